package service

import (
	"errors"

	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// Fault is an error as Supervisor's clients know it, from XML-RPC, from the
// results of operations on several processes and from the page.
type Fault struct {
	Code int
	Name string
	// Subject is what the fault is about, as in Error, if it is about something:
	// a caller may have asked for what has the empty name.
	Subject    string
	HasSubject bool
}

// String is the text of a fault: "NAME" or "NAME: subject".
func (f Fault) String() string {
	if !f.HasSubject {
		return f.Name
	}
	return f.Name + ": " + f.Subject
}

// faults is the table: which error is which of Supervisor's faults.
func faults() []struct {
	err  error
	code int
	name string
} {
	return []struct {
		err  error
		code int
		name string
	}{
		{ErrBadProgram, 2, "INCORRECT_PARAMETERS"},
		{ErrBadArguments, 3, "BAD_ARGUMENTS"},
		{ErrBeyondLog, 3, "BAD_ARGUMENTS"},
		{ErrBadJob, 3, "BAD_ARGUMENTS"},
		{ErrShuttingDown, 6, "SHUTDOWN_STATE"},
		{supervise.ErrShutdown, 6, "SHUTDOWN_STATE"},
		{ErrBadName, 10, "BAD_NAME"},
		{supervise.ErrNoProcess, 10, "BAD_NAME"},
		{supervise.ErrNoGroup, 10, "BAD_NAME"},
		{ErrNoScheduler, 10, "BAD_NAME"},
		{ErrBadSignal, 11, "BAD_SIGNAL"},
		{ErrNoLog, 20, "NO_FILE"},
		{supervise.ErrNoFile, 20, "NO_FILE"},
		{supervise.ErrStdinClosed, 20, "NO_FILE"},
		{supervise.ErrNotExecutable, 21, "NOT_EXECUTABLE"},
		{supervise.ErrFailed, 30, "FAILED"},
		{ErrDeclared, 30, "FAILED"},
		{ErrSchedulerDown, 30, "FAILED"},
		{ErrStoreAway, 30, "FAILED"},
		{ErrPlanChanged, 30, "FAILED"},
		{supervise.ErrUnknownState, 30, "FAILED"},
		{supervise.ErrAbnormal, 40, "ABNORMAL_TERMINATION"},
		{supervise.ErrSpawn, 50, "SPAWN_ERROR"},
		{supervise.ErrAlreadyStarted, 60, "ALREADY_STARTED"},
		{supervise.ErrNotRunning, 70, "NOT_RUNNING"},
		{supervise.ErrAlreadyAdded, 90, "ALREADY_ADDED"},
		{supervise.ErrStillRunning, 91, "STILL_RUNNING"},
		{ErrCannotReread, 92, "CANT_REREAD"},
	}
}

// FaultOf says err, which is not nil, as a fault. What the table does not
// know is FAILED with the text of the error.
func FaultOf(err error) Fault {
	for _, row := range faults() {
		if errors.Is(err, row.err) {
			f := Fault{Code: row.code, Name: row.name}
			f.Subject, f.HasSubject = SubjectOf(err)
			return f
		}
	}
	return Fault{Code: 30, Name: "FAILED", Subject: err.Error(), HasSubject: true}
}

// SubjectOf is the subject of the Error in err; ok is false when there is none.
func SubjectOf(err error) (subject string, ok bool) {
	if said, ok := errors.AsType[*Error](err); ok {
		return said.Subject, true
	}
	return "", false
}
