package job

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// What Execute may say of an attempt besides that it has failed.
var (
	// ErrLost: who carried it out died, or was cut off too long. What becomes of
	// the run is what the job's Policy says about lost ones (OnLost).
	ErrLost = errors.New("lost")
	// ErrNotBegun: nobody has begun it. The run waits again, for a scheduler that
	// serves it.
	ErrNotBegun = errors.New("not begun")
)

// Executor carries runs out. Execute is called concurrently.
type Executor interface {
	// Execute does the work of one attempt and returns its result, JSON or
	// nil. A result beside an error is kept, too: what a program wrote before
	// it failed. It returns when ctx is over (timeout, cancel, a lost lease),
	// after it has ended what it began. A panic of the work may pass through;
	// the scheduler makes it a failure.
	Execute(ctx context.Context, t Task) (json.RawMessage, error)
}

// Namer is an Executor that runs functions by name. A scheduler claims only
// jobs of functions that it has.
type Namer interface {
	Executor
	// Names are the functions it has now.
	Names() []string
}

// Changer is an Executor whose Names change while it is in use.
type Changer interface {
	Namer
	// OnChange has f called after each change, until stop is called. f is short
	// and may not call the executor's methods that change it.
	OnChange(f func()) (stop func())
}

// Bounded is an Executor that wants no more than so many runs at a time.
type Bounded interface {
	Executor
	// Workers is how many, at least 1.
	Workers() int
}

// Checker is an Executor that can tell before a job is stored that it could
// not run it: an unknown function, arguments that cannot be decoded.
type Checker interface {
	Executor
	// Check says what is wrong with j, whose Executor this is.
	Check(j Job) error
}

// RetryAfter is the error of an attempt that knows when another one makes
// sense, such as the Retry-After of a server. Where the job's Policy has
// another attempt, it begins no earlier than that.
type RetryAfter interface {
	error
	// RetryAfter is how long to wait, at least; 0: nothing is known.
	RetryAfter() time.Duration
}

// Task is one attempt of a run.
type Task struct {
	Run   Run
	Token int64  // to fence effects with: it only grows
	Store string // alias of the store that keeps the run, as its scheduler calls it
}
