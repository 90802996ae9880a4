package jobpython

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

// What a listener of APScheduler reads of each event: code, job_id, jobstore,
// scheduled_run_time, retval and exception.
func TestListenersGetTheAttributesOfAPScheduler(t *testing.T) {
	zone := time.FixedZone("CST", 8*3600)
	slot := time.Date(2030, 1, 2, 3, 0, 0, 0, time.UTC)
	subject := schedule.Subject{Store: "redis", Job: "j"}
	run := schedule.RunEvent{Subject: subject, Run: "j@1", Slot: slot}
	why := errors.New("why")
	base := executor.PythonEvent{JobID: "j", JobStore: "redis", Scheduled: slot.In(zone)}
	with := func(change func(*executor.PythonEvent)) executor.PythonEvent {
		e := base
		change(&e)
		return e
	}
	for name, c := range map[string]struct {
		event schedule.Coded
		want  executor.PythonEvent
	}{
		"executed": {
			schedule.Executed{RunEvent: run, Outcome: job.Outcome{Result: json.RawMessage(`{"value":{"n":1},"output":"x"}`)}},
			with(func(e *executor.PythonEvent) { e.Code, e.Value = 1<<12, json.RawMessage(`{"n":1}`) }),
		},
		"of a command, which returns nothing": {
			schedule.Executed{RunEvent: run, Outcome: job.Outcome{Result: json.RawMessage(`{"exit":0}`)}},
			with(func(e *executor.PythonEvent) { e.Code = 1 << 12 }),
		},
		"error":         {schedule.Errored{RunEvent: run, Err: why}, with(func(e *executor.PythonEvent) { e.Code, e.Err = 1<<13, why })},
		"missed":        {schedule.Missed{RunEvent: run}, with(func(e *executor.PythonEvent) { e.Code = 1 << 14 })},
		"submitted":     {schedule.Submitted{RunEvent: run}, with(func(e *executor.PythonEvent) { e.Code = 1 << 15 })},
		"max instances": {schedule.LimitReached{RunEvent: run}, with(func(e *executor.PythonEvent) { e.Code = 1 << 16 })},
		"added":         {schedule.Added{Subject: subject}, executor.PythonEvent{Code: 1 << 9, JobID: "j", JobStore: "redis"}},
		"store":         {schedule.StoreAdded{Alias: "redis"}, executor.PythonEvent{Code: 1 << 6, JobStore: "redis"}},
		"started":       {schedule.Started{}, executor.PythonEvent{Code: 1 << 0}},
	} {
		t.Run(name, func(t *testing.T) {
			task, got := Listener{Zone: zone}.about(c.event)
			if diff := cmp.Diff(c.want, got, cmpopts.EquateErrors()); diff != "" {
				t.Errorf("event (-want +got):\n%s", diff)
			}
			if c.want.Scheduled.IsZero() != (task.Run.ID == "") {
				t.Errorf("it prints to run %q", task.Run.ID)
			}
		})
	}
}
