package proc

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// child implements Child for a process of ours.
type child struct {
	starter *OS
	pid     int
	stdin   *os.File // nil when the command brought its own
	stdout  *stream
	stderr  *stream // nil when redirected
	done    chan struct{}
	exit    Exit // written before done is closed
	alone   bool // the group has no members any more; guarded by OS.mu
}

func (c *child) PID() int { return c.pid }

func (c *child) Stdin() io.WriteCloser {
	if c.stdin == nil {
		return nil
	}
	return c.stdin
}

func (c *child) Stdout() Stream { return c.stdout }

func (c *child) Stderr() Stream {
	if c.stderr == nil {
		return nil
	}
	return c.stderr
}

func (c *child) Done() <-chan struct{} { return c.done }

func (c *child) Exit() Exit {
	select {
	case <-c.done:
		return c.exit
	default:
		return Exit{}
	}
}

// Signal implements Child.
func (c *child) Signal(sig syscall.Signal, group bool) error {
	c.starter.mu.Lock()
	defer c.starter.mu.Unlock()
	if c.starter.children[c.pid] != c {
		return ErrGone
	}
	pid := c.pid
	if group {
		pid = -pid
	}
	return kill(pid, sig)
}

// SignalGroup implements Child.
func (c *child) SignalGroup(sig syscall.Signal) error {
	c.starter.mu.Lock()
	defer c.starter.mu.Unlock()
	if !c.groupIsOurs() {
		return ErrGone
	}
	return kill(-c.pid, sig)
}

// groupIsOurs reports whether a process group with the number of the child
// can only be its own. While a group has members its number is given to no
// new process, and it was looked at right after the reap. The lock is held.
func (c *child) groupIsOurs() bool {
	owner, inUse := c.starter.children[c.pid]
	if inUse {
		return owner == c
	}
	c.alone = c.alone || errors.Is(kill(-c.pid, 0), ErrGone)
	return !c.alone
}

// Group implements Child.
func (c *child) Group() []Member {
	c.starter.mu.Lock()
	ours := c.groupIsOurs()
	c.starter.mu.Unlock()
	if !ours {
		return nil
	}
	return membersOf(c.pid, c.starter.session)
}

// Started implements Child.
func (c *child) Started() uint64 {
	c.starter.mu.Lock()
	defer c.starter.mu.Unlock()
	if c.starter.children[c.pid] != c {
		return 0
	}
	return startedAt(c.pid)
}

// kill sends sig to a process or, negative, to a group.
func kill(pid int, sig syscall.Signal) error {
	err := syscall.Kill(pid, sig)
	if err == syscall.ESRCH {
		return ErrGone
	}
	return os.NewSyscallError("kill", err)
}
