//go:build !linux

package proc

// forker starts programs. All threads share one umask here, so it leaves a
// child's own to the stand-in.
type forker struct{ setsUmask bool }

func newForker() *forker { return &forker{} }

func (f *forker) fork(p program) (int, error) { return p.start() }

func (f *forker) close() {}
