package jobpython

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

// Listener calls a Python function with events of the scheduler, one after
// another and in their order, as APScheduler's add_listener does.
type Listener struct {
	Executor *Executor
	Func     string // module:function
	Codes    int    // of the events that it wants, or-ed
	Zone     *time.Location
	Log      *slog.Logger
}

const (
	// waiting is how many events a listener may be behind. Beyond that the
	// oldest are dropped, and the log says how many.
	waiting = 10_000
	// patience is how long one call may take.
	patience = 30 * time.Second
)

// Subscribe begins to listen on bus. The function that it returns calls the
// listener until ctx is over.
func (l Listener) Subscribe(bus *event.Bus) (run func(ctx context.Context)) {
	queue := event.NewQueue(waiting)
	cancel := bus.Subscribe(queue, event.Schedule)
	return func(ctx context.Context) {
		defer cancel()
		for {
			e, dropped, err := queue.Next(ctx)
			if err != nil {
				return
			}
			if dropped > 0 {
				l.Log.Warn(fmt.Sprintf("listener %s is too slow: it was not called with %d events", l.Func, dropped))
			}
			if coded, ok := e.(schedule.Coded); ok && coded.Code()&l.Codes != 0 {
				l.call(ctx, coded)
			}
		}
	}
}

func (l Listener) call(ctx context.Context, e schedule.Coded) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	task, about := l.about(e)
	if err := l.Executor.Notify(ctx, task, l.Func, about); err != nil && !errors.Is(err, executor.ErrPythonClosed) {
		l.Log.Error(fmt.Sprintf("listener %s: %v", l.Func, err))
	}
}

// about is what the listener is told, and of which run.
func (l Listener) about(e schedule.Coded) (job.Task, executor.PythonEvent) {
	about := executor.PythonEvent{Code: e.Code()}
	var run schedule.RunEvent
	switch e := e.(type) {
	case schedule.Executed:
		run, about.Value = e.RunEvent, value(e.Outcome.Result)
	case schedule.Errored:
		run, about.Err = e.RunEvent, e.Err
	case schedule.Missed:
		run = e.RunEvent
	case schedule.LimitReached:
		run = e.RunEvent
	case schedule.Submitted:
		run = e.RunEvent
	case schedule.Added:
		run.Subject = e.Subject
	case schedule.Removed:
		run.Subject = e.Subject
	case schedule.Modified:
		run.Subject = e.Subject
	case schedule.AllRemoved:
		run.Store = e.Store
	case schedule.StoreAdded:
		run.Store = e.Alias
	case schedule.StoreRemoved:
		run.Store = e.Alias
	}
	about.JobID, about.JobStore = run.Job, run.Store
	if !run.Slot.IsZero() {
		about.Scheduled = run.Slot.In(l.Zone)
	}
	return job.Task{Store: run.Store, Run: job.Run{ID: run.Run, Job: run.Job, Slot: run.Slot}}, about
}

// value is what a function returned, in the result of its run.
func value(result json.RawMessage) json.RawMessage {
	var r executor.PythonResult
	if json.Unmarshal(result, &r) != nil || r.Value == nil {
		return nil
	}
	return r.Value
}
