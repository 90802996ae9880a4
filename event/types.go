package event

// The family tree, by Supervisor's subscription names (String gives them).
const (
	Any Type = iota // EVENT: everything
	ProcessState
	ProcessStateStarting
	ProcessStateRunning
	ProcessStateBackoff
	ProcessStateStopping
	ProcessStateExited
	ProcessStateStopped
	ProcessStateFatal
	ProcessStateUnknown
	ProcessCommunication
	ProcessCommunicationStdout
	ProcessCommunicationStderr
	ProcessLog
	ProcessLogStdout
	ProcessLogStderr
	RemoteCommunication
	SupervisorStateChange
	SupervisorStateChangeRunning
	SupervisorStateChangeStopping
	Tick
	Tick5
	Tick60
	Tick3600
	ProcessGroup
	ProcessGroupAdded
	ProcessGroupRemoved
)

// String returns the subscription name, such as PROCESS_STATE_RUNNING.
func (t Type) String() string { panic("stub") }

// Is reports whether t is ancestor or stands below it.
func (t Type) Is(ancestor Type) bool { panic("stub") }

// ParseType finds the type with the given subscription name (upper case).
func ParseType(name string) (Type, bool) { panic("stub") }
