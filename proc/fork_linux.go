package proc

import (
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// forker makes children from one thread of its own. The thread shares no umask
// with the others, so it can give each child another one while they create
// files. While it makes one child the next is handed in, so that it does not
// have to wait for another thread in between.
type forker struct {
	// setsUmask: the thread has a umask to itself. Containers may forbid that;
	// the stand-in sets the umask then.
	setsUmask bool
	tasks     chan func()
	quit      chan struct{}
	ended     chan struct{}
}

func newForker() *forker {
	f := &forker{tasks: make(chan func()), quit: make(chan struct{}), ended: make(chan struct{})}
	ready := make(chan struct{})
	go f.run(ready)
	<-ready
	return f
}

// run owns the thread. It never unlocks it, so that the thread ends with it.
func (f *forker) run(ready chan<- struct{}) {
	defer close(f.ended)
	runtime.LockOSThread()
	f.setsUmask = unix.Unshare(unix.CLONE_FS) == nil
	close(ready)
	for {
		select {
		case task := <-f.tasks:
			task()
		case <-f.quit:
			return
		}
	}
}

// do hands task to the thread and returns when the thread has begun with it:
// whatever is handed in later is done later. It is false after close.
func (f *forker) do(task func()) bool {
	select {
	case f.tasks <- task:
		return true
	case <-f.quit:
		return false
	}
}

// fork starts p. It is for tasks only.
func (f *forker) fork(p program) (int, error) {
	if p.umask >= 0 {
		defer syscall.Umask(syscall.Umask(p.umask))
	}
	return p.start()
}

func (f *forker) close() {
	close(f.quit)
	<-f.ended
}
