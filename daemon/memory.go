package daemon

import "runtime/debug"

// gcPercent lets the heap grow by half before it is collected, not to double
// its size. What lives is a few KiB a program and is collected in a
// millisecond or two; what counts is what a daemon with a thousand idle
// programs keeps resident.
const gcPercent = 50

func saveMemory() { debug.SetGCPercent(gcPercent) }

// settle gives back what loading the configuration and starting everything at
// once took: with a thousand programs some 5 MiB.
func settle() { debug.FreeOSMemory() }
