package job

import (
	"context"
	"encoding/json"
)

// Executor carries runs out. Execute is called concurrently.
type Executor interface {
	// Execute does the work of one attempt and returns its result, JSON or
	// nil. It returns when ctx is over (timeout, cancel, a lost lease), after
	// it has ended what it began.
	Execute(ctx context.Context, t Task) (json.RawMessage, error)
}

// Namer is an Executor that runs functions by name. A scheduler claims only
// jobs of functions that it has.
type Namer interface {
	Executor
	// Names are the functions it has now.
	Names() []string
}

// Bounded is an Executor that wants no more than so many runs at a time.
type Bounded interface {
	Executor
	// Workers is how many, at least 1.
	Workers() int
}

// Task is one attempt of a run.
type Task struct {
	Run   Run
	Token int64 // to fence effects with: it only grows
}
