package proc

import (
	"syscall"
	"time"
)

// reapOn collects what has ended, each time the kernel says that something
// has, until Close.
func (o *OS) reapOn() {
	for {
		select {
		case <-o.sigchld:
			o.reap()
		case <-o.quit:
			return
		}
	}
}

// collect waits for pid, if it has ended. The error is ECHILD when somebody
// else has waited for it. The lock is held.
func collect(pid int) (e Exit, ended bool, err error) {
	var status syscall.WaitStatus
	for {
		got, err := syscall.Wait4(pid, &status, syscall.WNOHANG, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return Exit{}, false, err
		default:
			return exitOf(status), got == pid, nil
		}
	}
}

// exitOf reads the status of a process that has ended.
func exitOf(status syscall.WaitStatus) Exit {
	e := Exit{Code: status.ExitStatus(), At: time.Now()}
	if status.Signaled() {
		e.Signal, e.Core = status.Signal(), status.CoreDump()
	}
	return e
}

// reapChild collects a child, if it has ended, and tells.
func (o *OS) reapChild(c *child) {
	o.mu.Lock()
	if o.children[c.pid] != c {
		o.mu.Unlock()
		return
	}
	e, ok, err := collect(c.pid)
	if err != nil { // somebody else has waited for it: how it ended is lost
		e, ok = Exit{Code: -1, At: time.Now()}, true
	}
	if ok {
		delete(o.children, c.pid)
		c.groupIsOurs() // while the number cannot have been given away yet
	}
	o.mu.Unlock()
	if !ok {
		return
	}
	c.exit = e
	c.stdout.end()
	if c.stderr != nil {
		c.stderr.end()
	}
	close(c.done)
}

// living are the children that were not collected yet.
func (o *OS) living() []*child {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := make([]*child, 0, len(o.children))
	for _, c := range o.children {
		all = append(all, c)
	}
	return all
}

// reapAll looks at every child.
func (o *OS) reapAll() {
	for _, c := range o.living() {
		o.reapChild(c)
	}
}
