package daemon

import (
	"runtime/debug"
	"time"
)

// While everything starts at once the heap may grow to several times its
// size: each collection has to wait for a fork that is under way. What that
// leaves behind, with a thousand programs some 5 MiB, is given back to the
// system when the start is over.
const (
	startPercent = 400
	usualPercent = 100
	settledAfter = 2 * time.Second
)

// hurry prepares for a start.
func hurry() { debug.SetGCPercent(startPercent) }

// settle saves memory once the start is over, or as soon as over is closed.
func settle(over <-chan struct{}) {
	select {
	case <-time.After(settledAfter):
	case <-over:
	}
	debug.SetGCPercent(usualPercent)
	debug.FreeOSMemory()
}
