package supervise

import "time"

// State is a process state, with Supervisor's numbers.
type State int

// The states.
const (
	Stopped  State = 0
	Starting State = 10
	Running  State = 20
	Backoff  State = 30
	Stopping State = 40
	Exited   State = 100
	Fatal    State = 200
	Unknown  State = 1000
)

// String returns the upper-case name.
func (s State) String() string { panic("stub") }

// Stopped, Running and Signallable are Supervisor's sets of states.
func (s State) IsStopped() bool   { panic("stub") } // STOPPED EXITED FATAL UNKNOWN
func (s State) IsRunning() bool   { panic("stub") } // RUNNING BACKOFF STARTING
func (s State) Signallable() bool { panic("stub") } // RUNNING STARTING STOPPING

// Status is an atomic copy of what a process is doing.
type Status struct {
	State      State
	PID        int
	Start      time.Time // last start; zero: never
	Stop       time.Time // last stop; zero: never
	ExitStatus int
	SpawnErr   string
	Tries      int    // the backoff counter
	Note       string // more to tell, such as the members of the process group that outlived it
}
