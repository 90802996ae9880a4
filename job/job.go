// Package job has the words of scheduling: a Job with its trigger and its
// policy, a Run of it, the Store that keeps both, and the Executor that
// carries a Run out. It leaves to package schedule what happens with them, and
// to the packages below store where they are kept.
//
// # Jobs and runs
//
// A Job is what a person wants; a Run is one execution of it, or a note that
// there was none and why. The trigger of a job gives slots, its scheduled times.
// Each slot becomes a run, or is covered by a row of kind Missed that names the
// reason; a row may stand for many slots. As the ID of a run is made of job and
// slot (RunID), no slot is run twice, whoever plans it.
//
// A run is Waiting until it is due and has room, Running while a scheduler has
// it in hand, and Done. What was planned is written as Running, with its owner
// and a token, before it begins. A Running run holds unique records: the instance
// (job, k) with k below Policy.MaxInstances, and the place (group, k) with k
// below Policy.GroupLimit. So limits hold for all machines together.
//
//	           Commit                 Finish
//	a slot ──────┬──▶ Running ──────────────────────▶ Done
//	             │     │  ▲                            ▲
//	             │     │  │ Claim: due, and has room   │
//	             │     ▼  │                            │ CancelRun
//	             ├──▶ Waiting ─────────────────────────┤
//	             │     ▲                               │
//	Enqueue ─────┼─────┘                               │
//	             └── Missed: late, coalesced, limit ───┘
//
// # Sharing a store
//
// Many schedulers may share a Store. Each is a node with a lease that it renews
// (Claims.Beat). It claims what is due, decides what is owed, and commits that
// against the revision that it read; whoever comes second is told ErrChanged and
// drops its plan. When a lease ends, the runs of that node go to others, with a
// new token from one sequence of the whole store. Whoever holds an old token can
// finish nothing (ErrFenced), and may give its token to what it changes
// elsewhere, so that it is fenced there, too (Task.Token).
//
// What becomes of a run whose scheduler died is the job's choice: with FailLost
// its effects happened at most once, with RerunLost they happen at least once.
//
// # Times
//
// All times that are kept have whole microseconds (Micro) and are in UTC. A Store
// that has a clock of its own goes by that; schedulers follow it.
package job

import (
	"encoding/json"
	"time"

	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// Job says what to run, when, by which executor, and what to do about late or
// overlapping runs. It is a value: a store hands out copies. Args and Metadata
// are shared between copies and must not be changed in place.
type Job struct {
	ID       string // unique in its store
	Name     string // for people; "" is shown as the ID
	Trigger  trigger.Trigger
	Executor string          // alias of the executor
	Func     string          // what the executor is to run, in its own terms: a registered name, a command line, an address
	Args     json.RawMessage // its arguments; nil: none
	Policy   Policy
	Metadata map[string]string
	State    State // the scheduler's; what Add and Replace are given here is kept as it is
}

// State is what changes while a job lives.
type State struct {
	Next   time.Time // when it is due next, delay included; zero: never, or paused
	Slot   time.Time // the slot that Next belongs to
	Last   time.Time // the slot it was planned up to; zero: none yet
	Paused bool      // by a person's wish; its times go by
	Parked string    // why it cannot be planned, such as text that cannot be decoded; "" when it can
	Rev    int64     // grows with each write; the store's. Comparing it makes writes of several schedulers exclude each other.
}

// Work is the part of the job that its runs take over.
func (j Job) Work() Work {
	return Work{Executor: j.Executor, Func: j.Func, Args: j.Args, Policy: j.Policy}
}

// Policy is what to do about late, overlapping and failing runs. It is
// comparable, so a store may keep one copy for many jobs. The names are those
// of the stored form, where durations are nanoseconds.
type Policy struct {
	Coalesce     Coalesce      `json:"coalesce,omitzero"`
	Grace        time.Duration `json:"grace,omitzero"`         // how late a run may begin; 0: as late as may be
	MaxInstances int           `json:"max_instances,omitzero"` // runs of the job that may live at the same time, on all machines together; 0 is 1; ignored by AllowOverlap
	Overlap      Overlap       `json:"overlap,omitzero"`       // when MaxInstances is reached
	Timeout      time.Duration `json:"timeout,omitzero"`       // of one attempt; 0: none
	Retry        Retry         `json:"retry,omitzero"`
	OnLost       OnLost        `json:"on_lost,omitzero"`
	Priority     int           `json:"priority,omitzero"` // higher begins first when workers are scarce
	Group        string        `json:"group,omitzero"`    // concurrency group: at most GroupLimit runs of all jobs that name it; "": none
	GroupLimit   int           `json:"group_limit,omitzero"`
	Named        bool          `json:"named,omitzero"`       // the executor has named functions: see Work.Needs
	KeepResult   int           `json:"keep_result,omitzero"` // bytes of the result that are kept; 0: DefaultKeepResult
}

// DefaultKeepResult is how many bytes of a result are kept by default.
const DefaultKeepResult = 64 << 10

// Coalesce says which of several missed slots are run.
type Coalesce uint8

// The values of Coalesce.
const (
	Latest   Coalesce = iota // the newest one
	Earliest                 // the oldest one
	All                      // all of them, one after another, as one instance
)

// Overlap says what becomes of a run that is due while MaxInstances live.
type Overlap uint8

// The values of Overlap.
const (
	Skip          Overlap = iota // it is skipped, as in APScheduler
	QueueOne                     // it waits; if one waits already, it is skipped
	Queue                        // it waits
	ReplaceOldest                // the oldest live run is cancelled, and it waits for that to end
	AllowOverlap                 // it runs: there is no limit
)

// OnLost says what becomes of a run whose scheduler died or was cut off.
type OnLost uint8

// The values of OnLost.
const (
	FailLost  OnLost = iota // it has failed: its effects happened at most once
	RerunLost               // it is run again, elsewhere: its effects happen at least once
)

// Retry is what to do when an attempt fails.
type Retry struct {
	Max    int           `json:"max,omitzero"`    // attempts after the first; 0: none
	Delay  time.Duration `json:"delay,omitzero"`  // before the second attempt
	Factor float64       `json:"factor,omitzero"` // by which the delay grows each time; 0 is 1
	Limit  time.Duration `json:"limit,omitzero"`  // of the delay; 0: none
}

// Micro is t in whole microseconds, rounded up, in UTC and without a
// monotonic clock: the form in which times are kept.
func Micro(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	r := t.Truncate(time.Microsecond)
	if r.Before(t) {
		r = r.Add(time.Microsecond)
	}
	return r.UTC()
}
