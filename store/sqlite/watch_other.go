//go:build !linux

package sqlite

import "context"

// follow sends when the file may have been written to, until ctx is over.
func follow(ctx context.Context, _ string, c chan<- struct{}) { poll(ctx, c) }
