//go:build !linux

package sqlite

import "context"

// writes sends when the file may have been written to, until ctx is over.
func writes(ctx context.Context, _ string) <-chan struct{} {
	c := make(chan struct{}, 1)
	go poll(ctx, c)
	return c
}
