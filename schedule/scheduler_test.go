package schedule_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

func TestJobsRunWhenTheyAreDue(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		time.Sleep(5 * time.Second)
		w.add(job.Job{ID: "a", Trigger: every{period: 10 * time.Second}})
		w.add(job.Job{ID: "b", Trigger: in(20 * time.Second)})
		wait(25*time.Second + 500*time.Millisecond)
		w.began(begun{"a", 10, 10}, begun{"a", 20, 20}, begun{"b", 25, 25}, begun{"a", 30, 30})
		w.hasHistory("a", "10 ok", "20 ok", "30 ok")
		w.hasHistory("b", "25 ok")
		if _, err := w.Get(t.Context(), "b"); !errors.Is(err, job.ErrNotFound) {
			t.Errorf("the job without a next time is still there: %v", err)
		}
	})
}

func TestAnIdleSchedulerDoesNothing(t *testing.T) {
	counting := &counted{Store: newStore()}
	bubble(t, func(o *schedule.Options) { o.Store = counting }, func(t *testing.T, w *world) {
		w.add(job.Job{ID: "a", Trigger: in(24 * time.Hour)})
		wait(time.Minute)
		before := counting.calls.Load()
		wait(22 * time.Hour)
		// Where the clock is not watched it is looked at each minute, the store is not.
		if n := counting.calls.Load() - before; n != 0 {
			t.Errorf("%d calls of the store in an idle day", n)
		}
	})
}

func TestRunsThatWaitForAWorker(t *testing.T) {
	t.Run("begin by priority, then by due time, and are missed when their grace is over by then", func(t *testing.T) {
		one := func(o *schedule.Options) { o.Executor.(*scripted).workers = 1 }
		bubble(t, one, func(t *testing.T, w *world) {
			w.add(job.Job{ID: "long", Trigger: in(time.Second), Func: "sleep", Args: json.RawMessage("3s")})
			w.add(job.Job{ID: "strict", Trigger: in(2 * time.Second), Policy: job.Policy{Grace: time.Second}})
			w.add(job.Job{ID: "patient", Trigger: in(2 * time.Second)})
			w.add(job.Job{ID: "first", Trigger: in(3 * time.Second), Policy: job.Policy{Priority: 1}})
			wait(5 * time.Second)
			w.began(begun{"long", 1, 1}, begun{"first", 4, 3}, begun{"patient", 4, 2})
			w.hasHistory("strict", "2 missed")
		})
	})
}

func TestAttempts(t *testing.T) {
	t.Run("are repeated with growing delays", func(t *testing.T) {
		bubble(t, nil, func(t *testing.T, w *world) {
			w.add(job.Job{ID: "a", Trigger: in(time.Second), Func: "fail",
				Policy: job.Policy{Retry: job.Retry{Max: 3, Delay: 10 * time.Second, Factor: 2, Limit: 30 * time.Second}}})
			wait(500 * time.Second)
			got := w.exec.took()
			want := []float64{1, 11, 31, 61}
			for i := range got {
				if i >= len(want) || got[i].At < want[i] || got[i].At > want[i]+0.1 {
					t.Errorf("attempts at %v, want about %v", got, want)
					break
				}
			}
			if len(got) != len(want) {
				t.Errorf("%d attempts, want %d", len(got), len(want))
			}
			w.hasHistory("a", "1 failed")
		})
	})
	t.Run("end at their timeout", func(t *testing.T) {
		bubble(t, nil, func(t *testing.T, w *world) {
			w.add(job.Job{ID: "a", Trigger: in(0), Func: "sleep", Args: json.RawMessage("1h"), Policy: job.Policy{Timeout: time.Minute}})
			wait(61 * time.Second)
			r := w.onlyRun("a")
			if r.Outcome.Kind != job.Failed || !strings.HasPrefix(r.Outcome.Error, "timed out after 1m0s") {
				t.Errorf("outcome is %+v", r.Outcome)
			}
			if got := r.Outcome.Finished.Sub(r.Started); got != time.Minute {
				t.Errorf("it took %v, want a minute", got)
			}
		})
	})
	t.Run("that panic are failed runs with their stack", func(t *testing.T) {
		bubble(t, nil, func(t *testing.T, w *world) {
			w.do("panic", func(context.Context, job.Task) error { panic("oh no") })
			w.add(job.Job{ID: "a", Trigger: in(0), Func: "panic"})
			wait(time.Second)
			r := w.onlyRun("a")
			if r.Outcome.Kind != job.Failed || r.Outcome.Error != "panic: oh no" || !strings.Contains(r.Outcome.Detail, "scheduler_test.go") {
				t.Errorf("outcome is %+v", r.Outcome)
			}
		})
	})
	t.Run("end when somebody cancels the run", func(t *testing.T) {
		bubble(t, nil, func(t *testing.T, w *world) {
			w.add(job.Job{ID: "a", Trigger: in(0), Func: "sleep", Args: json.RawMessage("1h")})
			wait(time.Second)
			if err := w.CancelRun(t.Context(), w.onlyRun("a").ID); err != nil {
				t.Fatal(err)
			}
			wait(time.Second)
			w.hasHistory("a", "0 cancelled")
		})
	})
	t.Run("keep a result up to a limit", func(t *testing.T) {
		bubble(t, nil, func(t *testing.T, w *world) {
			w.add(job.Job{ID: "short", Trigger: in(0)})
			w.add(job.Job{ID: "long", Trigger: in(0), Policy: job.Policy{KeepResult: 3}})
			wait(time.Second)
			if got := string(w.onlyRun("short").Outcome.Result); got != `"done"` {
				t.Errorf("result is %s", got)
			}
			long := w.onlyRun("long").Outcome
			if long.Result != nil || long.Detail != "the result is left out: it has 6 bytes, and 3 are kept" {
				t.Errorf("outcome is %+v", long)
			}
		})
	})
}

func (w *world) onlyRun(id string) job.Run {
	w.t.Helper()
	runs, err := w.Runs(w.t.Context(), job.RunFilter{Job: id})
	if err != nil {
		w.t.Fatal(err)
	}
	if len(runs) != 1 {
		w.t.Fatalf("%d runs of %s, want 1", len(runs), id)
	}
	return runs[0]
}

func TestCoalesceAllRunsOneAfterAnother(t *testing.T) {
	for _, c := range []struct {
		name   string
		policy job.Policy
		want   []string
	}{
		{"without a grace", job.Policy{Coalesce: job.All},
			[]string{"10 ok", "20 ok", "30 ok", "40 ok", "50 ok", "60 ok", "70 ok", "80 ok", "90 ok", "100 ok"}},
		{"with a grace of 30 s", job.Policy{Coalesce: job.All, Grace: 30 * time.Second},
			[]string{"10..70 missed x7", "80 ok", "90 ok", "100 ok"}},
		{"with a grace of 1 s", job.Policy{Coalesce: job.All, Grace: time.Second}, []string{"10..90 missed x9", "100 ok"}},
		{"but the latest only, when coalesced", job.Policy{}, []string{"10..90 missed x9", "100 ok"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := begin(t, nil)
				live, most := 0, 0
				w.do("count", func(context.Context, job.Task) error {
					live++ // no lock: the race detector shows two at a time
					most = max(most, live)
					time.Sleep(10 * time.Millisecond)
					live--
					return nil
				})
				w.add(job.Job{ID: "a", Trigger: every{10 * time.Second, second(100)}, Func: "count", Policy: c.policy,
					State: job.State{Next: second(10)}})
				wait(100*time.Second + 500*time.Millisecond)
				w.start()
				wait(5 * time.Second)
				w.hasHistory("a", c.want...)
				if most != 1 {
					t.Errorf("%d at a time", most)
				}
				w.end()
			})
		})
	}
}

func TestOverlap(t *testing.T) {
	for _, c := range []struct {
		name   string
		policy job.Policy
		want   []string
	}{
		{"skip", job.Policy{}, []string{"0 ok", "10 missed", "20 missed", "30 ok"}},
		{"queue one", job.Policy{Overlap: job.QueueOne}, []string{"0 ok", "10 ok", "20 missed", "30 ok"}},
		{"queue", job.Policy{Overlap: job.Queue}, []string{"0 ok", "10 ok", "20 ok", "30 ok"}},
		{"replace", job.Policy{Overlap: job.ReplaceOldest}, []string{"0 cancelled", "10 cancelled", "20 cancelled", "30 ok"}},
		{"allow", job.Policy{Overlap: job.AllowOverlap}, []string{"0 ok", "10 ok", "20 ok", "30 ok"}},
		{"two at a time", job.Policy{MaxInstances: 2}, []string{"0 ok", "10 ok", "20 missed", "30 ok"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, w *world) {
				w.add(job.Job{ID: "a", Trigger: every{10 * time.Second, second(30)}, Func: "sleep", Args: json.RawMessage("25s"), Policy: c.policy})
				wait(150 * time.Second)
				got := w.history("a")
				for i := range got {
					got[i] = strings.Split(got[i], "..")[0] + map[bool]string{true: " missed"}[strings.Contains(got[i], "..")]
				}
				if strings.Join(got, ", ") != strings.Join(c.want, ", ") {
					t.Errorf("history is %q, want %q", got, c.want)
				}
			})
		})
	}
}

func TestGroupsLimitJobsTogether(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		for _, id := range []string{"a", "b", "c"} {
			w.add(job.Job{ID: id, Trigger: in(time.Second), Func: "sleep", Args: json.RawMessage("10s"),
				Policy: job.Policy{Group: "db", GroupLimit: 1}})
		}
		wait(15 * time.Second)
		if n := len(w.exec.took()); n != 2 {
			t.Errorf("%d began in 15 s, want 2", n)
		}
		wait(20 * time.Second)
		if n := len(w.exec.took()); n != 1 {
			t.Errorf("%d began after that, want 1", n)
		}
		for _, id := range []string{"a", "b", "c"} {
			w.hasHistory(id, "1 ok")
		}
	})
}

func TestPauseLetsNothingBegin(t *testing.T) {
	bubble(t, func(o *schedule.Options) { o.StartPaused = true }, func(t *testing.T, w *world) {
		w.add(job.Job{ID: "a", Trigger: every{period: 10 * time.Second}})
		wait(35 * time.Second)
		w.began()
		if err := w.Resume(); err != nil {
			t.Fatal(err)
		}
		wait(time.Second)
		w.began(begun{"a", 35, 30})
		wait(4*time.Second + 200*time.Millisecond)
		w.began(begun{"a", 40, 40})
		wait(9*time.Second + 500*time.Millisecond) // the run at 50 is planned by now
		if err := w.Pause(); err != nil {
			t.Fatal(err)
		}
		wait(5 * time.Second)
		w.began()
		if got := w.State(); got != schedule.Pausing {
			t.Errorf("state is %v", got)
		}
		if err := w.Resume(); err != nil {
			t.Fatal(err)
		}
		wait(time.Second)
		w.began(begun{"a", 54.7, 50})
	})
}
