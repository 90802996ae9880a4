package api

import (
	"encoding/json"
	"time"
)

// WorkerJoin is what a process says that has functions for an executor of type
// remote.
type WorkerJoin struct {
	Name      string   `json:"name" minLength:"1" maxLength:"200" doc:"For people; it need not be unique." example:"web1:4711"`
	Functions []string `json:"functions" maxItems:"10000" doc:"What it can run. More may be told of later."`
}

// WorkerFunctions are further functions of a worker, and those that it has no more.
type WorkerFunctions struct {
	Functions []string `json:"functions,omitempty" maxItems:"10000"`
	Gone      []string `json:"gone,omitempty" maxItems:"10000" doc:"What it has no more. Runs of them that it has go on. What is named in functions, too, stays."`
}

// Worker is a process that has joined.
type Worker struct {
	ID        string    `json:"id" doc:"To be named in all that follows."`
	Name      string    `json:"name"`
	Functions []string  `json:"functions"`
	Joined    time.Time `json:"joined"`
	Seen      time.Time `json:"seen" doc:"When it was last heard of."`
	Running   int       `json:"running" doc:"Runs that it has."`
	Lease     float64   `json:"lease,omitempty" doc:"After so many seconds of silence it is dead, and its runs are lost."`
}

// WorkerList is a list of workers, by the time when they joined.
type WorkerList struct {
	Items []Worker `json:"items"`
}

// WorkerRequest is what a worker brings and asks for.
type WorkerRequest struct {
	Results []WorkerResult `json:"results,omitempty" maxItems:"1000"`
	Free    int            `json:"free,omitempty" minimum:"0" maximum:"10000" doc:"So many more runs it can begin with now."`
	Wait    float64        `json:"wait,omitempty" minimum:"0" maximum:"60" doc:"Seconds to wait for something to do."`
	After   int64          `json:"after,omitempty" doc:"The serial of the last answer with calls that it has got. Those of a later one, which was lost on its way, come again."`
}

// WorkerResult is what became of a call.
type WorkerResult struct {
	Call   int64           `json:"call"`
	Result json.RawMessage `json:"result,omitempty" doc:"Any JSON."`
	Error  string          `json:"error,omitempty" doc:"One line. Without it the run has succeeded."`
	Detail string          `json:"detail,omitempty" doc:"More of it, such as a traceback."`

	Declined bool `json:"declined,omitempty" doc:"It was not begun, and is given back for others."`
}

// WorkerAnswer is what a worker gets.
type WorkerAnswer struct {
	Serial  int64        `json:"serial" doc:"To be sent as after."`
	Calls   []WorkerCall `json:"calls"`
	Cancel  []int64      `json:"cancel" doc:"Calls that are to end."`
	Unknown []int64      `json:"unknown" doc:"Calls whose results are not wanted any more: the run is lost or was given up, and may be under way elsewhere."`
}

// WorkerCall is a run that a worker is to carry out.
type WorkerCall struct {
	Call        int64           `json:"call" doc:"Names it in results. A number is used once."`
	Func        string          `json:"func"`
	Args        json.RawMessage `json:"args,omitempty" doc:"As the job has them."`
	Run         string          `json:"run"`
	Job         string          `json:"job"`
	JobStore    string          `json:"jobstore"`
	ScheduledAt time.Time       `json:"scheduled_at"`
	DueAt       time.Time       `json:"due_at"`
	Attempt     int             `json:"attempt"`
	Token       int64           `json:"token" doc:"The fencing token: it only grows."`
	KeepResult  int             `json:"keep_result" doc:"Bytes of the result that are kept; a longer one is left out."`
}
