package schedule_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// TestAnExecutorSaysThatARunIsLost: who carried it out is gone.
func TestAnExecutorSaysThatARunIsLost(t *testing.T) {
	for _, c := range []struct {
		name     string
		says     error
		onLost   job.OnLost
		attempts int
		ended    job.OutcomeKind
	}{
		{"and the job's runs end with that", job.ErrLost, job.FailLost, 1, job.Lost},
		{"and the job wants it again", job.ErrLost, job.RerunLost, 2, job.Succeeded},
		{"though nobody had begun", job.ErrNotBegun, job.FailLost, 2, job.Succeeded},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, w *world) {
				w.do("work", func(_ context.Context, task job.Task) error {
					if task.Run.Attempt == 1 {
						return fmt.Errorf("%w: the worker is gone", c.says)
					}
					return nil
				})
				w.add(job.Job{ID: "a", Trigger: in(time.Second), Func: "work", Policy: job.Policy{OnLost: c.onLost, Retry: job.Retry{Max: 5, Delay: time.Hour}}})
				wait(time.Minute)
				if got := len(w.exec.took()); got != c.attempts {
					t.Errorf("%d attempts, want %d", got, c.attempts)
				}
				runs, err := w.Runs(t.Context(), job.RunFilter{Job: "a"})
				if err != nil || len(runs) != 1 || runs[0].Outcome.Kind != c.ended {
					t.Errorf("runs %+v, %v", runs, err)
				}
			})
		})
	}
}
