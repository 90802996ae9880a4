package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

func TestAJobWithoutAnIDGetsOne(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		digits := regexp.MustCompile(`^[0-9a-f]{32}$`)
		a := w.add(job.Job{Trigger: in(time.Hour)})
		b := w.add(job.Job{Trigger: in(time.Hour)})
		if !digits.MatchString(a.ID) || a.ID == b.ID {
			t.Errorf("IDs %q and %q, want 32 hexadecimal digits each time anew", a.ID, b.ID)
		}
	})
}

// TestTenMissedRuns: a scheduler that was off while ten runs of a job came due, ten
// seconds apart.
func TestTenMissedRuns(t *testing.T) {
	all := job.Policy{Coalesce: job.All, MaxInstances: 1}
	for _, c := range []struct {
		name     string
		coalesce job.Coalesce
		grace    time.Duration
		ran      int
		missed   int
	}{
		{"no limit", job.All, 0, 10, 0},
		{"grace of 30 s", job.All, 30 * time.Second, 3, 7},
		{"grace of 1 s", job.All, time.Second, 1, 9},
		{"coalesced", job.Latest, 0, 1, 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := begin(t, nil)
				policy := all
				policy.Coalesce, policy.Grace = c.coalesce, c.grace
				time.Sleep(time.Second)
				w.add(job.Job{ID: "a", Trigger: every{period: 10 * time.Second, end: second(100)}, Policy: policy})
				time.Sleep(99*time.Second + 500*time.Millisecond) // the last one is half a second old
				w.start()
				wait(time.Second)
				ran, missed := 0, 0
				runs, err := w.Runs(t.Context(), job.RunFilter{Job: "a"})
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range runs {
					switch r.Outcome.Kind {
					case job.Succeeded:
						ran++
					case job.Missed:
						missed += r.Skipped.Count
					default:
						t.Errorf("a run is %v", r.Outcome.Kind)
					}
				}
				if ran != c.ran || missed != c.missed {
					t.Errorf("%d runs and %d missed, want %d and %d", ran, missed, c.ran, c.missed)
				}
				if jobs, err := w.List(t.Context(), job.Filter{}); err != nil || len(jobs) != 0 {
					t.Errorf("jobs %v, %v; want none: it has no next time", jobs, err)
				}
				w.end()
			})
		})
	}
}

// TestTheHistoryIsKeptByAge: a run that is older than wanted goes while others
// come.
func TestTheHistoryIsKeptByAge(t *testing.T) {
	short := func(o *schedule.Options) { o.History = job.Keep{Age: time.Hour} }
	bubble(t, short, func(t *testing.T, w *world) {
		w.add(job.Job{ID: "old", Trigger: in(time.Second)})
		w.add(job.Job{ID: "a", Trigger: every{period: 10 * time.Minute}})
		wait(30 * time.Minute)
		w.hasHistory("old", "1 ok")
		wait(2 * time.Hour)
		w.hasHistory("old")
		if n := len(w.history("a")); n < 6 || n > 8 {
			t.Errorf("%d rows of a run each ten minutes, want those of about an hour", n)
		}
	})
}

// later is an error that asks for time.
type later struct{ error }

func (later) RetryAfter() time.Duration { return 90 * time.Second }

func TestAnErrorMayAskForTime(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		w.do("busy", func(context.Context, job.Task) error { return fmt.Errorf("no: %w", later{errors.New("busy")}) })
		w.add(job.Job{ID: "a", Trigger: in(time.Second), Func: "busy",
			Policy: job.Policy{Retry: job.Retry{Max: 1, Delay: time.Second}}})
		wait(time.Hour)
		w.began(begun{"a", 1, 1}, begun{"a", 91, 1})
		w.hasHistory("a", "1 failed")
	})
}

// TestAJobOfOneProcessRunsInAnother: two schedulers share a store; one only adds
// and changes.
func TestAJobOfOneProcessRunsInAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newStore()
		one := begin(t, func(o *schedule.Options) { o.Store = shared })
		two := begin(t, func(o *schedule.Options) { o.Store = shared })
		two.start()
		wait(time.Minute) // it sleeps until it is told
		one.add(job.Job{ID: "a", Trigger: in(10 * time.Second)})
		one.add(job.Job{ID: "b", Trigger: in(time.Hour)})
		wait(20 * time.Second)
		two.began(begun{"a", 70, 70})
		if _, err := one.Reschedule(t.Context(), "b", in(10*time.Second)); err != nil {
			t.Fatal(err)
		}
		wait(20 * time.Second)
		two.began(begun{"b", 90, 90})
		one.began()
		two.end()
	})
}
