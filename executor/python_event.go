package executor

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// PythonEvent is what a listener is called with: an object with the attributes
// of APScheduler's JobExecutionEvent.
type PythonEvent struct {
	Code      int             // event.code, such as 4096 (EVENT_JOB_EXECUTED)
	JobID     string          // event.job_id
	JobStore  string          // event.jobstore, an alias
	Scheduled time.Time       // event.scheduled_run_time, an aware datetime in the zone of this time; zero: None
	Value     json.RawMessage // event.retval; nil: None
	Err       error           // event.exception, of a class with the name that a PythonError begins with, and event.traceback; nil: None
}

// MarshalJSON gives the form in which a worker is told of e.
func (e PythonEvent) MarshalJSON() ([]byte, error) {
	form := struct {
		Code      int             `json:"code"`
		JobID     string          `json:"job_id"`
		JobStore  string          `json:"jobstore"`
		Scheduled string          `json:"scheduled_run_time,omitempty"` // as datetime.fromisoformat reads it
		Value     json.RawMessage `json:"retval,omitempty"`
		Error     string          `json:"exception,omitempty"`
		Traceback string          `json:"traceback,omitempty"`
	}{Code: e.Code, JobID: e.JobID, JobStore: e.JobStore, Value: e.Value}
	if !e.Scheduled.IsZero() {
		form.Scheduled = e.Scheduled.Format("2006-01-02T15:04:05.000000-07:00")
	}
	if e.Err != nil {
		form.Error, form.Traceback, _ = strings.Cut(e.Err.Error(), "\n")
	}
	return json.Marshal(form)
}

// Notify calls a listener, plain or a coroutine function, with e. It takes the
// place of a run, and everything that is said of Execute holds: t is the run
// whose writer gets what the listener prints, and whose limits hold.
func (p *Python) Notify(ctx context.Context, t job.Task, listener string, e PythonEvent) (json.RawMessage, error) {
	if err := checkPythonName(listener); err != nil {
		return nil, err
	}
	return p.run(ctx, t, pythonRequest{Func: listener, Event: &e})
}
