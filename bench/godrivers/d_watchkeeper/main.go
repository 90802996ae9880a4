// Command d_watchkeeper drives Watchkeeper's scheduler for the scheduling
// measurements: over the memory store or, with WATCHKEEPER_STORE=redis in its
// environment, over that one.
package main

import (
	"context"
	"encoding/json"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/trigger"

	"schedbench"
)

// engine implements schedbench.Engine and schedbench.BulkAdder.
type engine struct {
	scheduler *schedule.Scheduler
	store     job.Store
}

// Add implements schedbench.Engine.
func (e *engine) Add(id int, s schedbench.Spec) error {
	j, err := newJob(id, s)
	if err != nil {
		return err
	}
	_, err = e.scheduler.Add(context.Background(), j)
	return err
}

// AddMany implements schedbench.BulkAdder.
func (e *engine) AddMany(from, n int, s schedbench.Spec) error {
	jobs := make([]job.Job, n)
	for i := range jobs {
		j, err := newJob(from+i, s)
		if err != nil {
			return err
		}
		jobs[i] = j
	}
	_, err := e.scheduler.AddMany(context.Background(), jobs)
	return err
}

// newJob is a job as a user writes it: each has a trigger of its own.
func newJob(id int, s schedbench.Spec) (job.Job, error) {
	number := strconv.Itoa(id)
	j := job.Job{ID: "job-" + number, Func: "run", Args: json.RawMessage(number)}
	if s.Every > 0 {
		j.Trigger = trigger.EveryFrom(s.Start, s.Every)
		return j, nil
	}
	var err error
	j.Trigger, err = trigger.Crontab(s.Cron)
	return j, err
}

// Start implements schedbench.Engine.
func (e *engine) Start() error { return e.scheduler.Start() }

// Stop implements schedbench.Engine. The process ends after it: what a store
// says when it is closed changes nothing any more.
func (e *engine) Stop() {
	over, cancel := context.WithCancel(context.Background())
	cancel()
	_ = e.scheduler.Shutdown(over)
	_ = e.store.Close()
}

func open(kind string, run func(id int, due time.Time)) (schedbench.Engine, error) {
	store, err := openStore(kind)
	if err != nil {
		return nil, err
	}
	funcs := executor.NewFuncs(0)
	executor.RegisterNoResult(funcs, "run", func(ctx context.Context, id int) error {
		t, _ := executor.FromContext(ctx)
		run(id, t.Run.Slot)
		return nil
	})
	s, err := schedule.New(schedule.Options{Store: store, Executor: funcs})
	return &engine{s, store}, err
}

func next(expr string, loc *time.Location) (func(time.Time) time.Time, error) {
	zone, err := trigger.LoadZone(loc.String())
	if err != nil {
		return nil, err
	}
	t, err := trigger.Crontab(expr, trigger.In(zone))
	if err != nil {
		return nil, err
	}
	return func(after time.Time) time.Time { return t.Next(after, after) }, nil
}

// version is the revision that the driver was built from.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				return setting.Value[:12]
			}
		}
	}
	return "this tree"
}

func main() {
	stores := []string{"memory"}
	if persistent() != "" {
		stores = []string{"persistent"}
	}
	schedbench.Main(schedbench.Driver{Name: "watchkeeper", Version: version(), Stores: stores, Open: open, Next: next})
}
