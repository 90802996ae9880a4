package proctest

import (
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

const kill = syscall.SIGKILL

// Script is what one child does. The zero Script says nothing and lives until
// a signal ends it.
type Script struct {
	// StartErr makes Start fail; nothing else of the script is played.
	StartErr error
	// NotSpawned is why the program cannot be executed, such as
	// "couldn't exec x: ENOEXEC". The child says so as proc's stand-in does
	// and exits 127 at once.
	NotSpawned string

	Lives  time.Duration  // until it ends by itself; 0 is for ever
	Code   int            // exit status, when it ends by itself
	Signal syscall.Signal // what ends it instead of an exit, when it ends by itself
	Core   bool           // a core was dumped

	Output []Chunk // in the order of their times
	// OnInput is called with each write to the child's standard input. It may
	// call the Child's methods.
	OnInput func(c *Child, data []byte)
	// EndsWithInput ends the child with Code when its standard input is closed.
	EndsWithInput bool

	// Reactions to signals. Without one, a signal does what the system does
	// by default: most end the child at once. SIGKILL may have one too, for a
	// child that hangs in the kernel.
	Reactions map[syscall.Signal]Reaction
	SignalErr error // what every Signal returns, to play a failing kill

	// Left are the members of its process group that outlive it.
	Left []proc.Member
	// LeaveAfter is how long they take to go by SIGTERM; negative means they
	// ignore it. SIGKILL ends them at once.
	LeaveAfter time.Duration
}

// Chunk is one write of a child.
type Chunk struct {
	After  time.Duration // since the start; 0 is at once
	Stderr bool
	Data   string
}

// Reaction is what a child does about a signal.
type Reaction struct {
	Ignore bool          // nothing
	Times  int           // with Ignore: only so many times, then the default; 0 is always
	After  time.Duration // how long it takes to end
	Exits  bool          // with Code, instead of being ended by the signal
	Code   int
	Says   string // on standard output, before anything else
}

// Ignore is the reaction of a child that must be killed.
func Ignore() Reaction { return Reaction{Ignore: true} }

// ExitAfter is the reaction of a child that handles the signal and exits.
func ExitAfter(d time.Duration, code int) Reaction {
	return Reaction{After: d, Exits: true, Code: code}
}

// endsByDefault reports whether a process without a handler dies of sig.
func endsByDefault(sig syscall.Signal) bool {
	switch sig {
	case 0, syscall.SIGCHLD, syscall.SIGCONT, syscall.SIGSTOP, syscall.SIGTSTP,
		syscall.SIGTTIN, syscall.SIGTTOU, syscall.SIGURG, syscall.SIGWINCH,
		syscall.SIGPIPE, syscall.SIGXFSZ: // the last two are ignored by every child of proc
		return false
	}
	return true
}
