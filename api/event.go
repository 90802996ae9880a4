package api

import "time"

// Event says what happened. Type tells which of the members behind it are
// there: one of them, or none where the type says it all.
type Event struct {
	ID   string    `json:"id" doc:"For Last-Event-ID. It grows within one life of the daemon." example:"dqmw3k8-42"`
	At   time.Time `json:"at" doc:"When it was published."`
	Type string    `json:"type" doc:"Supervisor's name for it, such as PROCESS_STATE_RUNNING, or one of the scheduler's, such as JOB_EXECUTED." example:"PROCESS_STATE_RUNNING"`

	Process *ProcessEvent `json:"process,omitempty" doc:"Of PROCESS_STATE_*."`
	Output  *OutputEvent  `json:"output,omitempty" doc:"Of PROCESS_LOG_* and PROCESS_COMMUNICATION_*."`
	Group   string        `json:"group,omitempty" doc:"Of PROCESS_GROUP_*: its name."`
	Remote  *RemoteEvent  `json:"remote,omitempty" doc:"Of REMOTE_COMMUNICATION."`
	Tick    *time.Time    `json:"tick,omitempty" doc:"Of TICK_*: the start of the slice of time."`
	Run     *RunEvent     `json:"run,omitempty" doc:"Of what happens to a run: JOB_STARTED, JOB_EXECUTED, JOB_ERROR, JOB_MISSED and so on."`
	Job     *JobEvent     `json:"job,omitempty" doc:"Of what happens to a job: JOB_ADDED, JOB_REMOVED, JOB_MODIFIED, JOB_PARKED."`
	Store   *StoreEvent   `json:"jobstore,omitempty" doc:"Of JOBSTORE_* and ALL_JOBS_REMOVED."`
	Alias   string        `json:"executor,omitempty" doc:"Of EXECUTOR_*: its name."`
	Gap     *GapEvent     `json:"gap,omitempty" doc:"Of GAP."`
}

// EventGap is the type of the event that says that others are missing.
const EventGap = "GAP"

// GapEvent says that events were lost between the last one and the next: ask
// for states anew.
type GapEvent struct {
	Missed int64 `json:"missed,omitempty" doc:"How many; absent where nobody knows, as after a restart of the daemon."`
}

// ProcessEvent is a process that went from one state to another.
type ProcessEvent struct {
	Process  string `json:"process" doc:"Its id." example:"web:web_00"`
	From     string `json:"from_state" example:"STARTING"`
	To       string `json:"to_state" example:"RUNNING"`
	PID      int    `json:"pid,omitempty" doc:"Of the child, or of the one that has just ended."`
	Tries    int    `json:"tries,omitempty" doc:"Starts that failed in a row."`
	Expected bool   `json:"expected,omitempty" doc:"It ended with one of exitcodes."`
}

// OutputEvent is what a process wrote.
type OutputEvent struct {
	Process string `json:"process" doc:"Its id."`
	PID     int    `json:"pid"`
	Stream  string `json:"stream" enum:"stdout,stderr"`
	Data    string `json:"data" doc:"What is not UTF-8 is shown as U+FFFD."`
}

// RemoteEvent is what a client had sent to all who listen.
type RemoteEvent struct {
	Kind string `json:"kind"`
	Data string `json:"data"`
}

// JobEvent is about a job.
type JobEvent struct {
	Job      string `json:"job" doc:"Its id."`
	JobStore string `json:"jobstore"`
	Reason   string `json:"reason,omitempty" doc:"Why it is parked."`
}

// RunEvent is about a run.
type RunEvent struct {
	Run         string     `json:"run" doc:"Its id."`
	Job         string     `json:"job"`
	JobStore    string     `json:"jobstore"`
	ScheduledAt time.Time  `json:"scheduled_at"`
	Attempt     int        `json:"attempt,omitempty"`
	Outcome     string     `json:"outcome,omitempty" doc:"How it ended, where it has."`
	Error       string     `json:"error,omitempty" doc:"Why it, or the attempt, failed."`
	Late        float64    `json:"late,omitempty" doc:"Seconds; of JOB_LATE."`
	Next        *time.Time `json:"next,omitempty" doc:"When it is tried or run again."`
	Skipped     *Skipped   `json:"skipped,omitempty" doc:"The times that were not run."`
}

// StoreEvent is about a job store.
type StoreEvent struct {
	JobStore string     `json:"jobstore"`
	Error    string     `json:"error,omitempty" doc:"What is the matter."`
	Since    *time.Time `json:"since,omitempty" doc:"Since when it was away."`
}

// RemoteEventRequest is an event to be sent to all who listen.
type RemoteEventRequest struct {
	_    struct{} `additionalProperties:"false"`
	Kind string   `json:"kind" doc:"For those who listen; the type of Supervisor's sendRemoteCommEvent." example:"deploy"`
	Data string   `json:"data" doc:"Anything."`
}
