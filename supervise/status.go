package supervise

import (
	"strconv"
	"time"
)

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
func (s State) String() string {
	switch s {
	case Stopped:
		return "STOPPED"
	case Starting:
		return "STARTING"
	case Running:
		return "RUNNING"
	case Backoff:
		return "BACKOFF"
	case Stopping:
		return "STOPPING"
	case Exited:
		return "EXITED"
	case Fatal:
		return "FATAL"
	case Unknown:
		return "UNKNOWN"
	}
	return "State(" + strconv.Itoa(int(s)) + ")"
}

// IsStopped reports whether s is one of Supervisor's stopped states: there is
// no child (UNKNOWN counts, though there may be one), and none is to come by itself.
func (s State) IsStopped() bool {
	return s == Stopped || s == Exited || s == Fatal || s == Unknown
}

// IsRunning reports whether s is one of Supervisor's running states, in
// which a start is refused with ErrAlreadyStarted.
func (s State) IsRunning() bool {
	return s == Running || s == Backoff || s == Starting
}

// Signallable reports whether a process in state s has a child to signal.
func (s State) Signallable() bool {
	return s == Running || s == Starting || s == Stopping
}

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
	// Next is when a retry or an automatic restart is due; zero: none is to come.
	Next time.Time
	// Over: it has ended, or could not be started, and nothing starts it by itself.
	Over bool
	// Listener is nil unless the process is an event listener.
	Listener *ListenerStatus
}
