package scheduletest_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/schedule/scheduletest"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// What follows is how the test of an application's schedule may look.

func evening() time.Time { return time.Date(2026, 3, 27, 22, 0, 0, 0, time.UTC) }

func reports() job.Job {
	return job.Job{
		ID:      "report",
		Trigger: trigger.EveryFrom(evening().Add(30*time.Minute), 6*time.Hour),
		Policy:  job.Policy{Retry: job.Retry{Max: 2, Delay: time.Minute}},
	}
}

func TestReportsAfterANightWithoutPower(t *testing.T) {
	var recorder scheduletest.Recorder
	options := func() schedule.Options {
		return schedule.Options{Store: memory.New(memory.Options{}), Executor: &recorder}
	}
	scheduletest.Play(t, evening(), options, func(p *scheduletest.Player) {
		p.Declare(reports())
		p.Wait(time.Hour)
		p.Off(15 * time.Hour) // over two of its times
		p.Declare(reports())
		p.Wait(time.Minute)
		p.WantRuns("report", evening().Add(30*time.Minute), evening().Add(12*time.Hour+30*time.Minute))
		p.Until(evening().Add(18*time.Hour + 31*time.Minute))

		began := recorder.Began()
		if len(began) != 3 {
			t.Fatalf("%d attempts, want 3", len(began))
		}
		if got, want := began[1].At, evening().Add(16*time.Hour); got.Sub(want).Abs() > time.Second {
			t.Errorf("the missed one began at %v, want %v", got, want)
		}
		if row := p.History("report")[1]; row.Skipped.Count != 1 || row.Skipped.Reason != job.Coalesced {
			t.Errorf("the other one is %+v", row)
		}
	})
}

func TestReportsAreTriedAgain(t *testing.T) {
	recorder := scheduletest.Recorder{Do: func(_ context.Context, task job.Task) (json.RawMessage, error) {
		if task.Run.Attempt < 3 {
			return nil, errors.New("no paper")
		}
		return json.RawMessage(`"printed"`), nil
	}}
	options := func() schedule.Options {
		return schedule.Options{Store: memory.New(memory.Options{}), Executor: &recorder}
	}
	scheduletest.Play(t, evening(), options, func(p *scheduletest.Player) {
		p.Declare(reports())
		p.Wait(time.Hour)
		row := p.History("report")[0]
		if row.Outcome.Kind != job.Succeeded || string(row.Outcome.Result) != `"printed"` || len(row.Attempts) != 2 {
			t.Errorf("the run is %+v", row)
		}
	})
}
