package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/internal/runlog"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

// What an operation on jobs can fail with besides the errors of packages job
// and schedule.
var (
	// ErrNoScheduler: the files that are in force have no [scheduler] and no [job:x].
	ErrNoScheduler = errors.New("this daemon has no scheduler: add a section [job:x] to its configuration and update, or [scheduler] and reload")
	// ErrSchedulerDown: the scheduler that the files want cannot be started yet.
	ErrSchedulerDown = errors.New("the scheduler cannot start, and is tried again")
	// ErrDeclared: a file declares the job, so it is changed there.
	ErrDeclared = errors.New("is declared by a configuration file")
	// ErrStoreAway: the store of the job could not be opened yet.
	ErrStoreAway = errors.New("the job store is away")
	// ErrBadJob: the options of a job, which the error names, are wrong.
	ErrBadJob = errors.New("is not a job")
)

// AwayError is ErrStoreAway of one store.
type AwayError struct {
	Store string
	Err   error // what its driver says, which may have its address in it
}

func (e *AwayError) Error() string { return fmt.Sprintf("%v: %s: %v", ErrStoreAway, e.Store, e.Err) }

// Unwrap gives ErrStoreAway and what the driver says.
func (e *AwayError) Unwrap() []error { return []error{ErrStoreAway, e.Err} }

// IncompleteError comes with a list in which the jobs or runs of some stores are
// missing, since they are away. The list is good as far as it goes.
type IncompleteError struct{ Stores []string }

func (e *IncompleteError) Error() string {
	return fmt.Sprintf("%v: %s", ErrStoreAway, strings.Join(e.Stores, ", "))
}

// Unwrap gives ErrStoreAway.
func (e *IncompleteError) Unwrap() error { return ErrStoreAway }

// incomplete is the error of a list without these stores; nil for none.
func incomplete(stores []string) error {
	if len(stores) == 0 {
		return nil
	}
	slices.Sort(stores)
	return &IncompleteError{stores}
}

// unopened are the stores that could not be opened yet, if no store is asked for.
func (js *Jobs) unopened(asked string) (names []string) {
	if asked != "" {
		return nil
	}
	for _, s := range js.parts.Stores() {
		if !js.open(s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}

// inTrouble reports whether the store is known not to answer.
func (js *Jobs) inTrouble(store string) bool {
	_, err := js.parts.Scheduler.Trouble(store)
	return err != nil
}

// JobParts are what Jobs work with.
type JobParts struct {
	Scheduler *schedule.Scheduler
	Output    *runlog.Logs
	Log       *slog.Logger
	// Daemon names this daemon among those that share a store: one of the same
	// name declares the same jobs.
	Daemon string
	// LogDir is where logs of jobs go that are AUTO.
	LogDir string
	// Stores tells how the stores of the configuration stand, in the order of
	// their names. A store that could not be opened yet is not known to the
	// scheduler.
	Stores func() []StoreHealth
	// Adapt makes the stores and executors known that next has and the scheduler
	// has not. What else [scheduler] says counts from the next start on.
	Adapt func(next *config.Scheduler) error
	// Remote is the executor of type remote with a name, or nil. May be nil.
	Remote func(name string) *executor.Remote
	// Pause notes for the next start whether the scheduler is paused. May be nil.
	Pause func(paused bool) error
	// Ledger keeps which jobs this daemon has declared in which store.
	Ledger Ledger
}

// Ledger remembers, beyond the end of the daemon, what it has declared.
type Ledger interface {
	// Declared are those that stand, in any order.
	Declared() ([]Declaration, error)
	// Note adds declarations, or takes them back; what is so already stays.
	Note(these []Declaration, declared bool) error
}

// Declaration is a job that a daemon has declared.
type Declaration struct{ Store, Job string }

// StoreHealth is how a store stands.
type StoreHealth struct {
	config.JobStore

	Err      error         // why it is away; nil: it answers
	Since    time.Time     // since when it is away
	Took     time.Duration // to answer, for Status; 0: it was not asked
	Warnings []string      // why it may not keep all that it acknowledges
}

// Jobs are the operations on jobs, their runs and the scheduler. All methods
// may be called concurrently.
type Jobs struct {
	parts  JobParts
	waits  waits
	config atomic.Pointer[config.Config] // whose words count; has a Scheduler

	mu    sync.RWMutex
	force map[string]config.Job // jobs of files, as they are in force

	declaring chan struct{} // has room while nobody writes jobs of files
	// The rest is for who writes jobs of files.
	declared map[string]bool        // stores in which that was tried with all
	failing  map[Declaration]string // which could not be written, and why
}

// NewJobs returns the operations over p; c is the configuration that is in
// force. Declare puts its jobs into their stores.
func NewJobs(p JobParts, c *config.Config) *Jobs {
	js := &Jobs{
		parts: p, force: make(map[string]config.Job, len(c.Scheduler.Jobs)),
		declaring: make(chan struct{}, 1), declared: map[string]bool{}, failing: map[Declaration]string{},
	}
	js.waits = waits{scheduler: p.Scheduler, runs: map[string]*awaited{}, asking: map[string]bool{}}
	js.config.Store(c)
	for _, j := range c.Scheduler.Jobs {
		js.force[j.Name] = j
	}
	return js
}

// inForce is a job of the files as it is in force.
func (js *Jobs) inForce(name string) (config.Job, bool) {
	js.mu.RLock()
	defer js.mu.RUnlock()
	j, ok := js.force[name]
	return j, ok
}

// allInForce are the jobs of the files as they are in force, by name.
func (js *Jobs) allInForce() []config.Job {
	js.mu.RLock()
	defer js.mu.RUnlock()
	jobs := slices.Collect(maps.Values(js.force))
	slices.SortFunc(jobs, func(a, b config.Job) int { return strings.Compare(a.Name, b.Name) })
	return jobs
}

// Scheduler is what plans and runs the jobs, for its events.
func (js *Jobs) Scheduler() *schedule.Scheduler { return js.parts.Scheduler }

// Ref names a job. Without a Store the first store is meant that has the ID.
type Ref struct{ Store, ID string }

// in is the jobs of a store, or of all.
func (js *Jobs) in(store string) (schedule.Jobs, error) {
	if store == "" {
		return js.parts.Scheduler.Jobs, nil
	}
	known := false
	for _, s := range js.parts.Stores() {
		if s.Name != store {
			continue
		}
		if known = true; s.Err != nil && !js.open(store) {
			return schedule.Jobs{}, &AwayError{store, s.Err}
		}
	}
	if !known {
		return schedule.Jobs{}, fmt.Errorf("%w: there is no job store %q", schedule.ErrUnknown, store)
	}
	return js.parts.Scheduler.In(store), nil
}

// open reports whether the scheduler has the store: it could be opened.
func (js *Jobs) open(store string) bool {
	for _, alias := range js.parts.Scheduler.Stores() {
		if alias == store {
			return true
		}
	}
	return false
}

// lookTime bounds the question whether a store has a job, so that one which
// hangs holds up no operation on what others have.
const lookTime = 3 * time.Second

// place is the store that has the job: the first one, in the order of List.
func (js *Jobs) place(ctx context.Context, r Ref) (schedule.Jobs, string, error) {
	if r.Store != "" {
		in, err := js.in(r.Store)
		return in, r.Store, err
	}
	var away error
	for _, name := range js.parts.Scheduler.Stores() {
		in := js.parts.Scheduler.In(name)
		has, err := has(ctx, in, r.ID)
		if has {
			return in, name, nil
		}
		if err != nil {
			away = &AwayError{name, err}
		}
	}
	for _, s := range js.parts.Stores() {
		if !js.open(s.Name) {
			away = &AwayError{s.Name, s.Err}
		}
	}
	if away != nil { // it may be there
		return schedule.Jobs{}, "", away
	}
	return schedule.Jobs{}, "", noJob(r.ID)
}

// has reports whether a store has a job.
func has(ctx context.Context, in schedule.Jobs, id string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	_, err := in.Get(ctx, id)
	if errors.Is(err, job.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// noJob is the text that people know from APScheduler.
func noJob(id string) error { return &lookupError{id} }

type lookupError struct{ id string }

func (e *lookupError) Error() string { return "No job by the id of " + e.id + " was found" }
func (e *lookupError) Unwrap() error { return job.ErrNotFound }
