// Package proc starts, signals and reaps one child at a time, and hands out
// its pipes. It is the only package that forks and waits.
//
// A Starter is the system in production (OS) and a script in tests
// (proctest.Starter, which works in virtual time); proctest.Conform holds the
// two to one behaviour. What a child is for, when it is started again and
// where its output goes is left to others.
package proc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"
)

// Errors that Start returns for what goes wrong before there is a child.
// What goes wrong afterwards (setuid, chdir, exec) is told by the child
// itself: it writes Supervisor's line to its standard error and exits 127.
var (
	// ErrTooManyFiles: no descriptors were left for the pipes (EMFILE, ENFILE).
	ErrTooManyFiles = errors.New("too many open files")
	// ErrTooManyProcesses: fork was refused for want of processes (EAGAIN).
	ErrTooManyProcesses = errors.New("too many processes in process table")
	// ErrGone: the child was reaped already, or its group is empty (ESRCH).
	ErrGone = errors.New("no such process")
)

// Command is everything needed to start one child. It leads a process group
// of its own in the session of the daemon, as under Supervisor.
type Command struct {
	Path  string   // file to execute, as found by the caller; relative paths count from Dir, after the change of directory
	Args  []string // argv, Args[0] included
	Env   []string // the whole environment
	Dir   string   // "" keeps the daemon's
	Umask int      // negative keeps the daemon's
	User  *User    // nil, or equal to who we are, drops no privileges

	// Stdin is handed over as descriptor 0; nil makes a pipe that Child.Stdin writes to.
	Stdin *os.File
	// Files are handed over as descriptors 3 and up; they stay the caller's to close.
	Files []*os.File
	// RedirectStderr makes descriptor 2 the same pipe as descriptor 1.
	RedirectStderr bool

	// Placed is called by Start, before it returns, as soon as this child has
	// its place in the order: those that are asked for from now on are made
	// after it. When Start fails it may not be called. May be nil.
	Placed func()
}

// User is whom a child runs as: setgroups, setgid, setuid, in that order.
type User struct {
	Name   string // as written in the configuration
	UID    uint32
	GID    uint32
	Groups []uint32
}

// Starter starts Commands. It may be called concurrently.
type Starter interface {
	// Start returns once the child exists. The error tells what kept it from
	// being made; errors.Is finds the sentinels above and syscall.Errno.
	Start(Command) (Child, error)
}

// Child is one started process. All methods may be called concurrently.
type Child interface {
	Grouped
	PID() int
	// Stdin is the writing end of descriptor 0; nil when Command.Stdin was given. Writes
	// may block while the pipe is full; Close ends them.
	Stdin() io.WriteCloser
	Stdout() Stream
	// Stderr is nil when the Command redirected it.
	Stderr() Stream
	// Signal sends sig to the process or, with group, to its process group.
	// Once the process was reaped it returns ErrGone (never hits a reused pid).
	Signal(sig syscall.Signal, group bool) error
	// Done is closed once the process was reaped; its streams then still give
	// what is in the pipes and end, whoever else holds the other end.
	Done() <-chan struct{}
	// Exit is the outcome; it is valid once Done is closed.
	Exit() Exit
	// Started is the kernel's start time of the process, in clock ticks since
	// boot (field 22 of /proc/pid/stat); 0 where the system does not tell.
	// With the pid it names one process for good.
	Started() uint64
}

// Grouped is the process group that a Child leads.
type Grouped interface {
	// Group lists the members of the child's process group that are alive
	// (zombies do not count). It works after Done too, which is its use.
	Group() []Member
	// SignalGroup sends sig to what is left of the process group after Done.
	SignalGroup(sig syscall.Signal) error
}

// Member is a process found in a group.
type Member struct {
	PID  int
	Name string // as the kernel calls it (comm)
}

// Stream is the reading end of a child's output. One goroutine at a time.
type Stream interface {
	// Next waits until there are bytes, reads up to 64 KiB of them into a
	// buffer that is borrowed for the call only, and hands them to use. It
	// returns io.EOF when the stream is over. While it waits it holds no buffer.
	Next(use func(p []byte)) error
	// Close ends a Next that waits, with os.ErrClosed. It may be called from
	// another goroutine.
	Close() error
}

// Exit tells how a process ended.
type Exit struct {
	Code   int            // exit status; -1 when Signal ended it
	Signal syscall.Signal // 0 when it exited by itself
	Core   bool           // a core was dumped
	At     time.Time
}

// String says it in Supervisor's words (as decode_wait_status).
func (e Exit) String() string {
	if e.Signal == 0 {
		return fmt.Sprintf("exit status %d", e.Code)
	}
	text := "terminated by " + SignalName(e.Signal)
	if e.Core {
		text += " (core dumped)"
	}
	return text
}
