package event

import "time"

// SupervisorChanged says that the daemon has come up, or begins to stop.
// Its payload is empty.
type SupervisorChanged struct {
	Stopping bool
}

// EventType implements Event.
func (e SupervisorChanged) EventType() Type {
	if e.Stopping {
		return SupervisorStateChangeStopping
	}
	return SupervisorStateChangeRunning
}

// Remote is what a client asked to be told to all who listen
// (sendRemoteCommEvent). Its payload is "type:KIND\nDATA".
type Remote struct {
	Kind string
	Data string
}

// EventType implements Event.
func (Remote) EventType() Type { return RemoteCommunication }

// Ticked says that a new slice of time has begun. Its payload is "when:N", the
// start of the slice in Unix seconds.
type Ticked struct {
	Type Type // Tick5, Tick60 or Tick3600
	When time.Time
}

// EventType implements Event.
func (e Ticked) EventType() Type { return e.Type }

// GroupChanged says that a group of processes was added or removed. Its
// payload is "groupname:NAME\n".
type GroupChanged struct {
	Group   string
	Removed bool
}

// EventType implements Event.
func (e GroupChanged) EventType() Type {
	if e.Removed {
		return ProcessGroupRemoved
	}
	return ProcessGroupAdded
}
