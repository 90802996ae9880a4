//go:build !linux

package executor

import "os"

// unread is 0: other systems do not tell the writer of a pipe.
func unread(*os.File) (int, error) { return 0, nil }
