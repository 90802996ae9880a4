package schedule_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

// The numbers of apscheduler.events, and that each event has the type of that name.
func TestEventsHaveAPSchedulersNumbers(t *testing.T) {
	for name, want := range map[string]struct {
		event schedule.Coded
		code  int
	}{
		"SCHEDULER_STARTED":  {schedule.Started{}, 1 << 0},
		"SCHEDULER_SHUTDOWN": {schedule.ShutDown{}, 1 << 1},
		"SCHEDULER_PAUSED":   {schedule.Paused{}, 1 << 2},
		"SCHEDULER_RESUMED":  {schedule.Resumed{}, 1 << 3},
		"EXECUTOR_ADDED":     {schedule.ExecutorAdded{}, 1 << 4},
		"EXECUTOR_REMOVED":   {schedule.ExecutorRemoved{}, 1 << 5},
		"JOBSTORE_ADDED":     {schedule.StoreAdded{}, 1 << 6},
		"JOBSTORE_REMOVED":   {schedule.StoreRemoved{}, 1 << 7},
		"ALL_JOBS_REMOVED":   {schedule.AllRemoved{}, 1 << 8},
		"JOB_ADDED":          {schedule.Added{}, 1 << 9},
		"JOB_REMOVED":        {schedule.Removed{}, 1 << 10},
		"JOB_MODIFIED":       {schedule.Modified{}, 1 << 11},
		"JOB_EXECUTED":       {schedule.Executed{}, 1 << 12},
		"JOB_ERROR":          {schedule.Errored{}, 1 << 13},
		"JOB_MISSED":         {schedule.Missed{}, 1 << 14},
		"JOB_SUBMITTED":      {schedule.Submitted{}, 1 << 15},
		"JOB_MAX_INSTANCES":  {schedule.LimitReached{}, 1 << 16},
	} {
		if got := want.event.EventType().String(); got != name || want.event.Code() != want.code {
			t.Errorf("%T is %s with code %d, want %s with %d", want.event, got, want.event.Code(), name, want.code)
		}
	}
}

// log notes the names of events.
type log struct {
	mu   sync.Mutex
	seen []string
}

func (l *log) Accept(e event.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := e.EventType().String()
	v := reflect.ValueOf(e)
	for _, field := range []string{"Job", "Alias"} {
		if f := v.FieldByName(field); f.IsValid() && f.String() != "" {
			text += " " + f.String()
		}
	}
	l.seen = append(l.seen, text)
}

func (l *log) took() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	seen := l.seen
	l.seen = nil
	return seen
}

func TestWhatHappensIsPublished(t *testing.T) {
	var l log
	options := func(o *schedule.Options) {
		o.Bus = event.NewBus()
		o.Bus.Subscribe(&l, event.Schedule)
	}
	bubble(t, options, func(t *testing.T, w *world) {
		want := func(what string, events ...string) {
			t.Helper()
			if diff := cmp.Diff(events, l.took()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		ctx := t.Context()
		want("start", "EXECUTOR_ADDED default", "JOBSTORE_ADDED default", "SCHEDULER_STARTED")
		soon := 1500 * time.Millisecond // beyond the horizon, so that nothing is claimed at once
		w.add(job.Job{ID: "a", Trigger: in(soon)})
		want("add", "JOB_ADDED a")
		wait(2 * time.Second)
		want("a run", "JOB_REMOVED a", "JOB_SUBMITTED a", "JOB_STARTED a", "JOB_EXECUTED a")

		w.add(job.Job{ID: "b", Trigger: in(soon), Func: "fail", Policy: job.Policy{Retry: job.Retry{Max: 1, Delay: 100 * time.Millisecond}}})
		wait(2 * time.Second)
		want("a failure", "JOB_ADDED b", "JOB_REMOVED b", "JOB_SUBMITTED b", "JOB_STARTED b", "JOB_RETRIED b",
			"JOB_SUBMITTED b", "JOB_STARTED b", "JOB_ERROR b")

		w.add(job.Job{ID: "c", Trigger: every{period: 10 * time.Second}, Func: "sleep", Args: json.RawMessage("15s")})
		wait(17 * time.Second)
		want("a limit", "JOB_ADDED c", "JOB_SUBMITTED c", "JOB_STARTED c", "JOB_MAX_INSTANCES c")
		if _, err := w.PauseJob(ctx, "c"); err != nil {
			t.Fatal(err)
		}
		if err := w.CancelRun(ctx, job.RunID("c", second(10))); err != nil {
			t.Fatal(err)
		}
		wait(time.Second)
		want("a change and a cancel", "JOB_MODIFIED c", "JOB_CANCELLED c")

		w.add(job.Job{ID: "d", Trigger: in(-time.Minute)})
		w.add(job.Job{ID: "e", Trigger: in(-time.Minute), Policy: job.Policy{Grace: time.Second}})
		wait(time.Second)
		got := map[string]bool{}
		for _, e := range l.took() {
			got[e] = true
		}
		if !got["JOB_LATE d"] || !got["JOB_MISSED e"] || got["JOB_LATE e"] {
			t.Errorf("late and missed: %v", got)
		}
		if err := w.RemoveAll(ctx); err != nil {
			t.Fatal(err)
		}
		if err := w.Pause(); err != nil {
			t.Fatal(err)
		}
		if err := w.Resume(); err != nil {
			t.Fatal(err)
		}
		want("the rest", "ALL_JOBS_REMOVED", "SCHEDULER_PAUSED", "SCHEDULER_RESUMED")
	})
	if diff := cmp.Diff([]string{"SCHEDULER_SHUTDOWN"}, l.took()); diff != "" {
		t.Errorf("shutdown (-want +got):\n%s", diff)
	}
}

func TestASlowListenerHoldsNothingUp(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		var heard []string
		stop := schedule.On(w.Bus(), func(e schedule.Executed) {
			time.Sleep(time.Hour)
			// A listener may call the scheduler.
			_, err := w.List(context.Background(), job.Filter{})
			heard = append(heard, fmt.Sprint(e.Job, " ", since(e.Slot), " ", err))
		})
		w.add(job.Job{ID: "a", Trigger: every{10 * time.Second, second(30)}})
		wait(time.Minute)
		w.hasHistory("a", "0 ok", "10 ok", "20 ok", "30 ok")
		stop()
		wait(5 * time.Hour)
		if diff := cmp.Diff([]string{"a 0 <nil>", "a 10 <nil>", "a 20 <nil>", "a 30 <nil>"}, heard); diff != "" {
			t.Errorf("heard (-want +got):\n%s", diff)
		}
	})
}
