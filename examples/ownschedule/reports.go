// Package ownschedule is an application's schedule with tests of its own: what
// is due when, what a night without power does, what becomes of a report that
// fails. The tests play days in no time; reports_test.go is what this example
// is for.
package ownschedule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// Maker makes the report of a kind for a scheduled time.
type Maker func(ctx context.Context, kind string, of time.Time) error

// Reports are the jobs of an office in Berlin.
type Reports struct {
	funcs  *executor.Funcs
	report executor.Func[reportArgs]
}

// reportArgs are the arguments of the function "report".
type reportArgs struct {
	Kind string `json:"kind"`
}

// Validate refuses a report of no kind.
func (a reportArgs) Validate() error {
	if a.Kind == "" {
		return errors.New("kind is missing")
	}
	return nil
}

// NewReports returns the reports that a Maker makes.
func NewReports(makeReport Maker) *Reports {
	r := &Reports{funcs: executor.NewFuncs(4)}
	r.report = executor.RegisterNoResult(r.funcs, "report", func(ctx context.Context, a reportArgs) error {
		run, _ := executor.FromContext(ctx)
		return makeReport(ctx, a.Kind, run.Run.Slot)
	})
	return r
}

// Executor runs the reports.
func (r *Reports) Executor() job.Executor { return r.funcs }

// Declare adds the jobs, or brings those that are there up to date.
func (r *Reports) Declare(ctx context.Context, s *schedule.Scheduler) error {
	berlin, err := trigger.LoadZone("Europe/Berlin")
	if err != nil {
		return err
	}
	for _, plan := range []struct {
		kind   string
		fields trigger.CronFields
		policy job.Policy
	}{
		// The books are closed once a day, every day, however late.
		{"books", trigger.CronFields{Hour: "2", Minute: "30"}, job.Policy{
			Coalesce: job.All, Retry: job.Retry{Max: 3, Delay: time.Minute, Factor: 2},
		}},
		// News that is an hour old is none.
		{"news", trigger.CronFields{DayOfWeek: "mon-fri", Hour: "9-17"}, job.Policy{Grace: 30 * time.Minute}},
	} {
		j, err := r.report.Job(plan.kind, reportArgs{plan.kind})
		if err != nil {
			return err
		}
		if j.Trigger, err = trigger.Cron(plan.fields, trigger.In(berlin)); err != nil {
			return fmt.Errorf("trigger of %s: %w", plan.kind, err)
		}
		j.Policy = plan.policy
		if _, err := s.Add(ctx, j, schedule.Declare); err != nil {
			return err
		}
	}
	return nil
}
