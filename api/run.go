package api

import (
	"encoding/json"
	"time"
)

// Run is one execution of a job, or a row that says why there was none.
type Run struct {
	ID       string `json:"id"`
	Job      string `json:"job" doc:"The id of its job."`
	JobStore string `json:"jobstore"`
	Manual   bool   `json:"manual,omitempty" doc:"Somebody asked for it; it is no time of the trigger."`

	// Phase is one of the RunPhase words, Outcome one of the Outcome words.
	Phase   string `json:"phase" enum:"waiting,running,done"`
	Outcome string `json:"outcome,omitempty" enum:"succeeded,failed,cancelled,lost,missed" doc:"How it ended; of a run that waits for a retry, how the attempt before ended."`
	Cancel  bool   `json:"cancel,omitempty" doc:"Somebody wants it ended."`

	ScheduledAt time.Time  `json:"scheduled_at" doc:"The time of the trigger; of a manual run, when it was asked for."`
	DueAt       *time.Time `json:"due_at,omitempty" doc:"When it was to begin: with the delay of the trigger, or the time of a retry."`
	StartedAt   *time.Time `json:"started_at,omitempty"`
	FinishedAt  *time.Time `json:"finished_at,omitempty"`
	Duration    float64    `json:"duration,omitempty" doc:"Seconds that the last attempt took, once it is over."`
	Late        float64    `json:"late,omitempty" doc:"Seconds that the last attempt began after it was due."`

	Attempt  int       `json:"attempt" doc:"Which attempt this is, from 1; 0 while none began."`
	Attempts []Attempt `json:"attempts,omitempty" doc:"Those before, the last ten."`
	Node     string    `json:"node,omitempty" doc:"Who carries it out, or did."`
	Token    int64     `json:"token,omitempty" doc:"The fencing token: it only grows."`

	Error  string          `json:"error,omitempty" doc:"One line."`
	Detail string          `json:"detail,omitempty" doc:"More of it, such as a stack."`
	Result json.RawMessage `json:"result,omitempty"`
	Exit   *int            `json:"exit_code,omitempty" doc:"Of a command that ended by itself."`
	Signal string          `json:"signal,omitempty" doc:"Of a command that was killed."`

	Skipped *Skipped `json:"skipped,omitempty" doc:"What a row of outcome missed stands for."`
	Func    string   `json:"func,omitempty"`
	HasLog  bool     `json:"has_log,omitempty" doc:"Its output is kept here."`
}

// The phases of a Run.
const (
	RunWaiting = "waiting"
	RunRunning = "running"
	RunDone    = "done"
)

// The outcomes of a Run.
const (
	Succeeded = "succeeded"
	Failed    = "failed"
	Cancelled = "cancelled"
	Lost      = "lost"
	Missed    = "missed"
)

// Attempt is one that was followed by another.
type Attempt struct {
	Number     int        `json:"number"`
	Node       string     `json:"node,omitempty"`
	Token      int64      `json:"token,omitempty"`
	StartedAt  *time.Time `json:"started_at,omitempty"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
	Outcome    string     `json:"outcome"`
	Error      string     `json:"error,omitempty"`
}

// Skipped is a range of times that were not run.
type Skipped struct {
	First  time.Time `json:"first"`
	Last   time.Time `json:"last"`
	Count  int       `json:"count"`
	Reason string    `json:"reason"`
}

// Runs is a page of the history, the latest first.
type Runs struct {
	Runs []Run    `json:"runs"`
	Away []string `json:"away,omitempty" doc:"Job stores that do not answer: what they have is missing here."`
	Next string   `json:"next,omitempty" doc:"What to give as after for the next page; absent on the last one."`
}
