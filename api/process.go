package api

import "time"

// Process is a supervised process as it stands.
type Process struct {
	ID    string `json:"id" doc:"Its name, as supervisorctl prints it: group:name, or the name alone where both are the same. It never changes." example:"web:web_00"`
	Group string `json:"group" example:"web"`
	Name  string `json:"name" example:"web_00"`
	// State is one of the State words.
	State       string     `json:"state" enum:"STOPPED,STARTING,RUNNING,BACKOFF,STOPPING,EXITED,FATAL,UNKNOWN"`
	Description string     `json:"description,omitempty" doc:"The state in words, as supervisorctl shows it." example:"pid 4711, uptime 0:00:07"`
	PID         int        `json:"pid,omitempty" doc:"Of the child; absent while there is none." example:"4711"`
	StartedAt   *time.Time `json:"started_at,omitempty" doc:"When it was started last."`
	StoppedAt   *time.Time `json:"stopped_at,omitempty" doc:"When it ended last."`
	NextStart   *time.Time `json:"next_start,omitempty" doc:"When it is started again by itself."`
	ExitStatus  int        `json:"exit_status" doc:"Of the child that ended last; 0 if none has."`
	SpawnError  string     `json:"spawn_error,omitempty" doc:"Why it could not be started."`
	Tries       int        `json:"tries,omitempty" doc:"Starts that failed in a row."`
	Note        string     `json:"note,omitempty" doc:"What else there is to know, such as the members of its process group that outlived it."`
	StdoutLog   string     `json:"stdout_logfile,omitempty"`
	StderrLog   string     `json:"stderr_logfile,omitempty"`
	Socket      string     `json:"socket,omitempty" doc:"Of a FastCGI program: the listening socket that its children have as their standard input." example:"unix:///run/app.sock"`
	Listener    *Listener  `json:"listener,omitempty" doc:"What it does as an event listener; absent if it is none."`
}

// Listener is how an event listener and its pool are doing.
type Listener struct {
	// State is one of the Listener words.
	State     string `json:"state" enum:"ACKNOWLEDGED,READY,BUSY,UNKNOWN" doc:"What its child is waiting for, in Supervisor's words: READY for an event, BUSY with one, ACKNOWLEDGED before it says that it is ready (also while there is no child), UNKNOWN once it has broken the protocol."`
	Offence   string `json:"offence,omitempty" doc:"How the child has broken the protocol."`
	Buffered  int    `json:"buffered" doc:"Events that its pool keeps for a listener that is ready."`
	Discarded int    `json:"discarded" doc:"Events that its pool had no room for, since the pool was made."`
}

// The states of a Listener.
const (
	ListenerAcknowledged = "ACKNOWLEDGED"
	ListenerReady        = "READY"
	ListenerBusy         = "BUSY"
	ListenerUnknown      = "UNKNOWN"
)

// The states of a Process.
const (
	StateStopped  = "STOPPED"
	StateStarting = "STARTING"
	StateRunning  = "RUNNING"
	StateBackoff  = "BACKOFF"
	StateStopping = "STOPPING"
	StateExited   = "EXITED"
	StateFatal    = "FATAL"
	StateUnknown  = "UNKNOWN"
)

// Processes is a page of processes, sorted by group, then name.
type Processes struct {
	Processes []Process `json:"processes"`
	Next      string    `json:"next,omitempty" doc:"What to give as after for the next page; absent on the last one."`
}

// Result is what became of one process in an operation on several.
type Result struct {
	Process string   `json:"process" doc:"Its id." example:"web:web_00"`
	Done    bool     `json:"done"`
	Problem *Problem `json:"problem,omitempty" doc:"Why it was not done."`
}

// Results are those of the processes that took part, in the order in which
// they were done with.
type Results struct {
	Results []Result `json:"results"`
}

// SignalRequest names the signal to send.
type SignalRequest struct {
	_      struct{} `additionalProperties:"false"`
	Signal string   `json:"signal" minLength:"1" maxLength:"32" doc:"A name, with or without SIG, or a number." example:"HUP"`
}

// StdinRequest is what to write to the standard input of a process.
type StdinRequest struct {
	_    struct{} `additionalProperties:"false"`
	Data string   `json:"data" doc:"Text; it arrives as UTF-8. A line break, where one is wanted, is part of it." example:"reload\n"`
}

// Group is a group of processes that is supervised.
type Group struct {
	Name      string         `json:"name" example:"web"`
	Priority  int            `json:"priority" doc:"Lower starts earlier and stops later."`
	Kind      string         `json:"kind" enum:"group,fcgi-program,eventlistener"`
	Processes []string       `json:"processes" doc:"The ids of its processes, in the order in which they start."`
	States    map[string]int `json:"states" doc:"How many of them are in each state; absent is none."`
}

// The kinds of a Group.
const (
	KindGroup    = "group"
	KindFastCGI  = "fcgi-program"
	KindListener = "eventlistener"
)

// Groups is a page of groups, sorted by name.
type Groups struct {
	Groups []Group `json:"groups"`
	Next   string  `json:"next,omitempty" doc:"What to give as after for the next page; absent on the last one."`
}
