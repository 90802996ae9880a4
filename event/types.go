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

	typeCount = iota
)

// node is a type's place in the tree: its subscription name and the type it
// stands below. The root is its own parent.
type node struct {
	name   string
	parent Type
}

// tree has one row per type.
func tree() [typeCount]node {
	return [typeCount]node{
		Any:                           {"EVENT", Any},
		ProcessState:                  {"PROCESS_STATE", Any},
		ProcessStateStarting:          {"PROCESS_STATE_STARTING", ProcessState},
		ProcessStateRunning:           {"PROCESS_STATE_RUNNING", ProcessState},
		ProcessStateBackoff:           {"PROCESS_STATE_BACKOFF", ProcessState},
		ProcessStateStopping:          {"PROCESS_STATE_STOPPING", ProcessState},
		ProcessStateExited:            {"PROCESS_STATE_EXITED", ProcessState},
		ProcessStateStopped:           {"PROCESS_STATE_STOPPED", ProcessState},
		ProcessStateFatal:             {"PROCESS_STATE_FATAL", ProcessState},
		ProcessStateUnknown:           {"PROCESS_STATE_UNKNOWN", ProcessState},
		ProcessCommunication:          {"PROCESS_COMMUNICATION", Any},
		ProcessCommunicationStdout:    {"PROCESS_COMMUNICATION_STDOUT", ProcessCommunication},
		ProcessCommunicationStderr:    {"PROCESS_COMMUNICATION_STDERR", ProcessCommunication},
		ProcessLog:                    {"PROCESS_LOG", Any},
		ProcessLogStdout:              {"PROCESS_LOG_STDOUT", ProcessLog},
		ProcessLogStderr:              {"PROCESS_LOG_STDERR", ProcessLog},
		RemoteCommunication:           {"REMOTE_COMMUNICATION", Any},
		SupervisorStateChange:         {"SUPERVISOR_STATE_CHANGE", Any},
		SupervisorStateChangeRunning:  {"SUPERVISOR_STATE_CHANGE_RUNNING", SupervisorStateChange},
		SupervisorStateChangeStopping: {"SUPERVISOR_STATE_CHANGE_STOPPING", SupervisorStateChange},
		Tick:                          {"TICK", Any},
		Tick5:                         {"TICK_5", Tick},
		Tick60:                        {"TICK_60", Tick},
		Tick3600:                      {"TICK_3600", Tick},
		ProcessGroup:                  {"PROCESS_GROUP", Any},
		ProcessGroupAdded:             {"PROCESS_GROUP_ADDED", ProcessGroup},
		ProcessGroupRemoved:           {"PROCESS_GROUP_REMOVED", ProcessGroup},
	}
}

// String returns the subscription name, such as PROCESS_STATE_RUNNING.
func (t Type) String() string {
	if t >= typeCount {
		return "UNKNOWN_EVENT"
	}
	return tree()[t].name
}

// Is reports whether t is ancestor or stands below it.
func (t Type) Is(ancestor Type) bool {
	for t != ancestor && t != Any {
		t = tree()[t].parent
	}
	return t == ancestor
}

// ParseType finds the type with the given subscription name (upper case).
func ParseType(name string) (Type, bool) {
	for t, node := range tree() {
		if node.name == name {
			return Type(t), true
		}
	}
	return Any, false
}
