package supervise

import (
	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/output"
)

// StateChanged says that a process has gone from one state to another. Who
// looks at its Status then sees the new state or a later one. Its payload is
// "processname:P groupname:G from_state:S" and, by the new state, tries
// (STARTING, BACKOFF), pid (RUNNING, STOPPING, STOPPED), or expected and pid
// (EXITED).
type StateChanged struct {
	Process  string
	Group    string
	From, To State
	Tries    int  // the backoff counter
	PID      int  // of the child, or of the one that has just ended; 0 if there was none
	Expected bool // EXITED with one of exitcodes
	// How a child ended (EXITED, STOPPED), such as "exit status 3" or "terminated
	// by SIGKILL", or why it could not be started (BACKOFF, FATAL); else "". It is
	// not part of the payload.
	How string
	// Stdout and Stderr are how far the logs had got when a child has ended; the zero
	// Mark at other times, and where there is no log.
	Stdout, Stderr output.Mark
}

// EventType implements event.Event.
func (e StateChanged) EventType() event.Type { return eventOf(e.To) }

// eventOf is the type of the event that tells of a change to s.
func eventOf(s State) event.Type {
	switch s {
	case Stopped:
		return event.ProcessStateStopped
	case Starting:
		return event.ProcessStateStarting
	case Running:
		return event.ProcessStateRunning
	case Backoff:
		return event.ProcessStateBackoff
	case Stopping:
		return event.ProcessStateStopping
	case Exited:
		return event.ProcessStateExited
	case Fatal:
		return event.ProcessStateFatal
	}
	return event.ProcessStateUnknown
}

// Output is what a process wrote to one of its streams, published for those
// with stdout_events_enabled or stderr_events_enabled. Its payload is
// "processname:P groupname:G pid:N channel:stdout\n" and the data.
type Output struct {
	Process string
	Group   string
	PID     int
	Stderr  bool
	Data    []byte // not to be changed
}

// EventType implements event.Event.
func (e Output) EventType() event.Type {
	if e.Stderr {
		return event.ProcessLogStderr
	}
	return event.ProcessLogStdout
}

// Communication is what a process wrote between Supervisor's communication
// tags. Its payload is "processname:P groupname:G pid:N\n" and the data.
type Communication struct {
	Process string
	Group   string
	PID     int
	Stderr  bool
	Data    []byte // not to be changed
}

// EventType implements event.Event.
func (e Communication) EventType() event.Type {
	if e.Stderr {
		return event.ProcessCommunicationStderr
	}
	return event.ProcessCommunicationStdout
}
