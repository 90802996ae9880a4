package job

import (
	"encoding/json"
	"strconv"
	"time"
)

// Run is one execution of a Job, or a note that there was none: a row of the
// history. What a row says of its job (Job, Policy...) is as it was when the
// run was planned.
type Run struct {
	ID       string    // RunID of a slot, or "job~ULID" of one that was asked for
	Job      string    // the job's ID
	Slot     time.Time // its scheduled time; for a run that was asked for, when that was
	Due      time.Time // when it is to begin: the slot with its delay, or the time of a retry
	Phase    Phase
	Owner    Owner     // who carries it out; zero while it waits
	Attempt  int       // which attempt this is, from 1; 0 while none began
	Instance int       // the k in the unique record (job, k) that it holds while it runs; -1: none
	Place    int       // the k in (group, k); -1: none
	Cancel   bool      // somebody wants it ended
	Started  time.Time // of the latest attempt
	Outcome  Outcome   // once Phase is Done; also of the last attempt while it waits for a retry
	Skipped  Skipped   // what a row of Outcome Missed stands for; zero if that is a run which was planned, and for which no worker was free in time
	Attempts []Attempt // those before the latest, the last ten
	Work     Work      // what is to be done
}

// Work is what an executor needs to carry a run out. It is kept with the run,
// so a change of the job does not change a run that was planned.
type Work struct {
	Executor string
	Func     string
	Args     json.RawMessage
	Policy   Policy
}

// Needs names what a scheduler must have to carry w out: the executor and, when
// that has named functions, the function ("default:sync"). Schedulers claim
// only what they serve.
func (w Work) Needs() string {
	if w.Policy.Named {
		return w.Executor + ":" + w.Func
	}
	return w.Executor
}

// Phase is where a run stands.
type Phase uint8

// The phases. A run is written as Running with its owner before it begins
// (planned up to a second ahead), or as Waiting when it may not begin yet, or
// as Done when it was skipped.
const (
	Waiting Phase = iota // until Due, and until a limit has room
	Running              // it has an owner and a token, and holds its unique records
	Done
)

// Owner is who carries a run out.
type Owner struct {
	Node  string // one incarnation of a scheduler
	Token int64  // from one sequence for the whole store: whoever holds an older one can finish nothing
}

// Outcome is how a run ended.
type Outcome struct {
	Kind     OutcomeKind
	Finished time.Time
	Error    string          // one line, for Failed, Lost and Missed (the reason)
	Detail   string          // more of it, such as the stack of a panic
	Result   json.RawMessage // up to Policy.KeepResult bytes; a longer one is left out and Detail says so
}

// OutcomeKind is the kind of an Outcome.
type OutcomeKind uint8

// The kinds. None is a run that is not over.
const (
	None OutcomeKind = iota
	Succeeded
	Failed    // error, panic, timeout, or it could not be begun
	Cancelled // by a person's or the scheduler's wish
	Lost      // its scheduler died, or was cut off too long
	Missed    // it never began: see Skipped and Error
)

// Attempt is one that was followed by another.
type Attempt struct {
	Number            int
	Owner             Owner
	Started, Finished time.Time
	Kind              OutcomeKind
	Error             string
}

// Skipped is the range of slots that a row of kind Missed stands for.
type Skipped struct {
	First, Last time.Time
	Count       int // 0 in other rows; 1 for Overdue, where nobody counted
	Reason      Reason
}

// Reason is why slots were skipped.
type Reason uint8

// The reasons.
const (
	NoReason  Reason = iota
	TooLate          // the grace was over
	Coalesced        // another slot was run for it
	LimitFull        // MaxInstances lived
	Overdue          // more slots than a plan enumerates
)

// RunID is the ID of the run of a slot: a second one with the same job and
// slot cannot be stored.
func RunID(job string, slot time.Time) string {
	return job + "@" + strconv.FormatInt(slot.UnixMicro(), 10)
}
