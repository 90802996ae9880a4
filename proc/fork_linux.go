package proc

import (
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// forker starts programs from one thread of its own. The thread shares no
// umask with the others, so it can give each child another one while they
// create files. fork is called by one goroutine at a time.
type forker struct {
	// setsUmask: the thread has a umask to itself. Containers may forbid that;
	// the stand-in sets the umask then.
	setsUmask bool
	programs  chan program
	results   chan forked
}

type forked struct {
	pid int
	err error
}

func newForker() *forker {
	f := &forker{programs: make(chan program), results: make(chan forked)}
	ready := make(chan struct{})
	go f.run(ready)
	<-ready
	return f
}

// run owns the thread. It never unlocks it, so that the thread ends with it.
func (f *forker) run(ready chan<- struct{}) {
	runtime.LockOSThread()
	f.setsUmask = unix.Unshare(unix.CLONE_FS) == nil
	close(ready)
	for p := range f.programs {
		if p.umask >= 0 {
			before := syscall.Umask(p.umask)
			pid, err := p.start()
			syscall.Umask(before)
			f.results <- forked{pid, err}
			continue
		}
		pid, err := p.start()
		f.results <- forked{pid, err}
	}
	close(f.results)
}

func (f *forker) fork(p program) (int, error) {
	f.programs <- p
	r := <-f.results
	return r.pid, r.err
}

func (f *forker) close() {
	close(f.programs)
	<-f.results
}
