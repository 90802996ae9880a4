package schedule

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Errors of a Scheduler. Those of the job package (job.ErrExists,
// job.ErrNotFound, job.ErrChanged) come through wrapped.
var (
	// ErrRunning: it was started already.
	ErrRunning = errors.New("scheduler is already running")
	// ErrNotRunning: it was not started, or is shut down.
	ErrNotRunning = errors.New("scheduler is not running")
	// ErrEnded: the trigger of a job has no next time.
	ErrEnded = errors.New("its trigger has no next time")
	// ErrUnknown: no store, or no executor, has that alias.
	ErrUnknown = errors.New("is not known")
)

// Why an attempt was told to end: context.Cause of the context that Execute
// got.
var (
	// ErrTimeout: it took longer than Policy.Timeout.
	ErrTimeout = errors.New("timed out")
	// ErrCancelled: somebody wants the run ended.
	ErrCancelled = errors.New("was cancelled")
	// ErrLease: the scheduler was cut off from the store for so long that
	// another one may have taken the run over.
	ErrLease = errors.New("the lease is over")
	// ErrShutdown: the scheduler was shut down and did not want to wait longer.
	ErrShutdown = errors.New("scheduler is shutting down")
)

// conflictError has the text that APScheduler's users know.
type conflictError struct{ id string }

func (e *conflictError) Error() string {
	return fmt.Sprintf("Job identifier (%s) conflicts with an existing job", e.id)
}

func (e *conflictError) Unwrap() error { return job.ErrExists }

// lookupError has the text that APScheduler's users know.
type lookupError struct{ id string }

func (e *lookupError) Error() string {
	return fmt.Sprintf("No job by the id of %s was found", e.id)
}

func (e *lookupError) Unwrap() error { return job.ErrNotFound }

// told puts the known texts in the place of a store's errors about a job.
func told(id string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, job.ErrExists):
		return &conflictError{id}
	case errors.Is(err, job.ErrNotFound):
		return &lookupError{id}
	}
	return fmt.Errorf("job %s: %w", id, err)
}

// unknown says that there is no such thing, and what there is.
func unknown[V any](what, alias string, known map[string]V) error {
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, fmt.Sprintf("%q", name))
	}
	slices.Sort(names)
	if len(names) == 0 {
		return fmt.Errorf("%s %q %w: there is none at all", what, alias, ErrUnknown)
	}
	return fmt.Errorf("%s %q %w: there are %s", what, alias, ErrUnknown, strings.Join(names, ", "))
}

// ErrRefused is in the error of an executor that could not run the job (see
// job.Checker).
var ErrRefused = errors.New("its executor refuses it")

// refusal is what the executor says, in its own words.
type refusal struct{ err error }

func (e *refusal) Error() string { return e.err.Error() }

func (e *refusal) Unwrap() []error { return []error{e.err, ErrRefused} }
