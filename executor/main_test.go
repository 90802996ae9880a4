package executor_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

func TestMain(m *testing.M) {
	if code, ok := proc.RunStandIn(os.Args); ok {
		os.Exit(code)
	}
	before := runtime.NumGoroutine()
	code := m.Run()
	if code == 0 && !settles(func() bool { return runtime.NumGoroutine() <= before+spare }) {
		fmt.Printf("left behind: %d goroutines, %d before\n", runtime.NumGoroutine(), before)
		code = 1
	}
	os.Exit(code)
}

// spare is what the runtime may start once and keep: signals.
const spare = 1

// settles waits for something that happens by itself, soon.
func settles(ok func() bool) bool {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range 10000 {
		if ok() {
			return true
		}
		<-tick.C
	}
	return false
}

// slot is when the runs of these tests are due.
func slot() time.Time { return time.Date(2026, 3, 29, 1, 30, 0, 250000, time.UTC) }

// task is an attempt of a run of what fn names.
func task(fn, args string, change ...func(*job.Task)) job.Task {
	t := job.Task{
		Token: 42,
		Run: job.Run{
			ID: job.RunID("nightly", slot()), Job: "nightly", Slot: slot(), Due: slot(), Phase: job.Running,
			Owner: job.Owner{Node: "node-1", Token: 42}, Attempt: 2,
			Work: job.Work{Executor: "default", Func: fn},
		},
	}
	if args != "" {
		t.Run.Work.Args = json.RawMessage(args)
	}
	for _, do := range change {
		do(&t)
	}
	return t
}

// asJob is the job that t would be a run of.
func asJob(t job.Task) job.Job {
	w := t.Run.Work
	return job.Job{ID: t.Run.Job, Executor: w.Executor, Func: w.Func, Args: w.Args, Policy: w.Policy}
}

func keepResult(n int) func(*job.Task) {
	return func(t *job.Task) { t.Run.Work.Policy.KeepResult = n }
}

// execute runs one attempt with patience for a slow machine.
func execute(t *testing.T, e job.Executor, task job.Task) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	result, err := e.Execute(ctx, task)
	return string(result), err
}

// wantError checks that err says text; "" wants none.
func wantError(t *testing.T, err error, text string) {
	t.Helper()
	switch {
	case text == "" && err != nil:
		t.Errorf("it fails: %v", err)
	case text != "" && (err == nil || !strings.Contains(err.Error(), text)):
		t.Errorf("the error is %v, want %q in it", err, text)
	}
}
