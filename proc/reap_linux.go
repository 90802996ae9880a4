package proc

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// reap collects all children that have ended, and orphans that are ours to
// collect. It asks who has ended before it collects, so that it never takes
// the status of a process that other code of this program waits for.
func (o *OS) reap() {
	for {
		pid := ended()
		if pid == 0 {
			return
		}
		// A fork that is under way holds the lock until its child is known.
		o.mu.Lock()
		c := o.children[pid]
		o.mu.Unlock()
		switch {
		case c != nil:
			o.reapChild(c)
		case adoptsOrphans():
			o.reapStranger(pid)
		default:
			// Somebody else's; until he collects it, it hides all others.
			o.reapAll()
			return
		}
	}
}

// reapStranger collects an orphan and tells of it.
func (o *OS) reapStranger(pid int) {
	e, ok := o.collectStranger(pid)
	if ok && o.stranger != nil {
		o.stranger(pid, e)
	}
}

// collectStranger collects pid unless it is a child of ours by now: the one
// that ended was collected by others, and its number given away again.
func (o *OS) collectStranger(pid int) (e Exit, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.children[pid] != nil {
		return Exit{}, false
	}
	e, ok, err := collect(pid)
	return e, ok && err == nil
}

// adoptsOrphans reports whether orphans become children of ours.
func adoptsOrphans() bool {
	if os.Getpid() == 1 {
		return true
	}
	var subreaper int32
	err := unix.Prctl(unix.PR_GET_CHILD_SUBREAPER, uintptr(unsafe.Pointer(&subreaper)), 0, 0, 0)
	return err == nil && subreaper != 0
}

// childInfo is the head of siginfo_t as waitid fills it.
type childInfo struct {
	signo, errno, code int32
	fields             struct {
		_        [0]uintptr // the union they stand in has the alignment of a pointer
		pid, uid int32
		status   int32
	}
	_ [128]byte // more than the rest
}

// ended finds a child, of whoever in this program, that has ended and was not
// collected; 0 if there is none. Stops and continuations do not count.
func ended() int {
	var info childInfo
	const options = unix.WEXITED | unix.WNOWAIT | unix.WNOHANG
	for {
		_, _, errno := unix.Syscall6(unix.SYS_WAITID, unix.P_ALL, 0, uintptr(unsafe.Pointer(&info)), options, 0, 0)
		switch errno {
		case 0:
			return int(info.fields.pid)
		case syscall.EINTR:
		default: // ECHILD: no children at all
			return 0
		}
	}
}
