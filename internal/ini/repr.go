package ini

import "github.com/watchkeeper-go/watchkeeper/internal/pyrepr"

// Repr writes s as Python's repr does. The original's error texts quote file
// names and values so.
func Repr(s string) string { return pyrepr.String(s) }
