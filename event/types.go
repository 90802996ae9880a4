package event

// Two family trees. The first has Supervisor's events by their subscription
// names (String gives them); Any is its root. The second, below Schedule, has
// those of the scheduler, by the names of APScheduler's constants where that has
// them; Any does not cover it, so that a listener written for Supervisor sees
// what it saw there.
const (
	Any Type = iota // EVENT: everything of Supervisor's
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

	Schedule // SCHEDULE: everything of the scheduler's
	Scheduler
	SchedulerStarted
	SchedulerShutdown
	SchedulerPaused
	SchedulerResumed
	SchedulerClockStepped
	ScheduleExecutor
	ExecutorAdded
	ExecutorRemoved
	JobStore
	JobStoreAdded
	JobStoreRemoved
	JobStoreTrouble
	JobStoreRecovered
	Job
	AllJobsRemoved
	JobAdded
	JobRemoved
	JobModified
	JobParked
	JobRun
	JobExecuted
	JobError
	JobMissed
	JobSubmitted
	JobMaxInstances
	JobStarted
	JobLate
	JobRetried
	JobLost
	JobCancelled

	typeCount = iota
)

// node is a type's place in the tree: its subscription name and the type it
// stands below. A root is its own parent.
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

		Schedule:              {"SCHEDULE", Schedule},
		Scheduler:             {"SCHEDULER", Schedule},
		SchedulerStarted:      {"SCHEDULER_STARTED", Scheduler},
		SchedulerShutdown:     {"SCHEDULER_SHUTDOWN", Scheduler},
		SchedulerPaused:       {"SCHEDULER_PAUSED", Scheduler},
		SchedulerResumed:      {"SCHEDULER_RESUMED", Scheduler},
		SchedulerClockStepped: {"SCHEDULER_CLOCK_STEPPED", Scheduler},
		ScheduleExecutor:      {"EXECUTOR", Schedule},
		ExecutorAdded:         {"EXECUTOR_ADDED", ScheduleExecutor},
		ExecutorRemoved:       {"EXECUTOR_REMOVED", ScheduleExecutor},
		JobStore:              {"JOBSTORE", Schedule},
		JobStoreAdded:         {"JOBSTORE_ADDED", JobStore},
		JobStoreRemoved:       {"JOBSTORE_REMOVED", JobStore},
		JobStoreTrouble:       {"JOBSTORE_TROUBLE", JobStore},
		JobStoreRecovered:     {"JOBSTORE_RECOVERED", JobStore},
		Job:                   {"JOB", Schedule},
		AllJobsRemoved:        {"ALL_JOBS_REMOVED", Job},
		JobAdded:              {"JOB_ADDED", Job},
		JobRemoved:            {"JOB_REMOVED", Job},
		JobModified:           {"JOB_MODIFIED", Job},
		JobParked:             {"JOB_PARKED", Job},
		JobRun:                {"JOB_RUN", Job},
		JobExecuted:           {"JOB_EXECUTED", JobRun},
		JobError:              {"JOB_ERROR", JobRun},
		JobMissed:             {"JOB_MISSED", JobRun},
		JobSubmitted:          {"JOB_SUBMITTED", JobRun},
		JobMaxInstances:       {"JOB_MAX_INSTANCES", JobRun},
		JobStarted:            {"JOB_STARTED", JobRun},
		JobLate:               {"JOB_LATE", JobRun},
		JobRetried:            {"JOB_RETRIED", JobRun},
		JobLost:               {"JOB_LOST", JobRun},
		JobCancelled:          {"JOB_CANCELLED", JobRun},
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
	for t != ancestor {
		parent := tree()[t].parent
		if parent == t {
			return false
		}
		t = parent
	}
	return true
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

// Leaves returns the types that have none below them: each event is of one of these.
func Leaves() []Type {
	var inner [typeCount]bool
	rows := tree()
	for t, row := range rows {
		if row.parent != Type(t) {
			inner[row.parent] = true
		}
	}
	var found []Type
	for t := range rows {
		if !inner[t] {
			found = append(found, Type(t))
		}
	}
	return found
}
