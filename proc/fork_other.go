//go:build !linux

package proc

// forker makes children. All threads share one umask here, so it leaves a
// child's own to the stand-in.
type forker struct{ setsUmask bool }

func newForker() *forker { return &forker{} }

// do does task, and there is no end to that.
func (f *forker) do(task func()) bool {
	task()
	return true
}

func (f *forker) fork(p program) (int, error) { return p.start() }

func (f *forker) close() {}
