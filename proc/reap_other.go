//go:build !linux

package proc

// reap collects all children that have ended. Processes that this OS did not
// start are left to others.
func (o *OS) reap() { o.reapAll() }
