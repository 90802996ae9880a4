package schedule_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

// The defects of APScheduler that concern the scheduler, by their numbers in the
// list of ten; those of triggers (1 to 4) are tested in package trigger, and
// here by what a scheduler makes of them.

// Defect 3: jitter accumulates.
func TestDefect3JitterDoesNotAccumulate(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		w.add(job.Job{ID: "a", Trigger: delayed{every{period: 10 * time.Second}, 3 * time.Second}})
		wait(34 * time.Second)
		w.began(begun{"a", 3, 0}, begun{"a", 13, 10}, begun{"a", 23, 20}, begun{"a", 33, 30})
	})
}

// Defect 5: an error of the store kills the loop.
func TestDefect5NoErrorOfAStoreEndsTheLoop(t *testing.T) {
	for _, call := range []string{"Claim", "Commit", "Finish", "Beat", "Runs"} {
		store := newFlaky()
		bubble(t, func(o *schedule.Options) { o.Store = store }, func(t *testing.T, w *world) {
			w.add(job.Job{ID: "a", Trigger: every{period: time.Minute}})
			wait(time.Second)
			store.mu.Lock()
			store.before[call] = true
			store.mu.Unlock()
			wait(time.Hour)
			store.back()
			w.exec.took()
			wait(time.Minute)
			if n := len(w.exec.took()); n == 0 {
				t.Errorf("after trouble with %s nothing runs any more", call)
			}
		})
	}
	t.Run("a job that goes away while it is planned", func(t *testing.T) {
		store := &vanishing{Store: newStore()}
		bubble(t, func(o *schedule.Options) { o.Store = store }, func(t *testing.T, w *world) {
			w.add(job.Job{ID: "gone", Trigger: in(time.Second)})
			w.add(job.Job{ID: "there", Trigger: in(5 * time.Second)})
			wait(10 * time.Second)
			w.began(begun{"there", 5, 5})
		})
	})
}

// Defect 6: what falls due during a shutdown is lost, and a job that calls the
// scheduler meanwhile deadlocks it.
func TestDefect6ShutdownLosesNothingAndHoldsNoLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, nil)
		w.do("busy", func(ctx context.Context, task job.Task) error {
			time.Sleep(10 * time.Second)
			if _, err := w.List(ctx, job.Filter{}); err != nil {
				return err
			}
			_, err := w.Add(ctx, job.Job{ID: "late", Trigger: in(0)})
			return errors.Join(err, w.Pause())
		})
		// Added before the start, so that the first claim finds it.
		w.add(job.Job{ID: "busy", Trigger: in(0), Func: "busy"})
		w.add(job.Job{ID: "due", Trigger: in(5 * time.Second)})
		w.start()
		wait(4*time.Second + 800*time.Millisecond)
		if err := w.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		r := w.onlyRun("busy")
		if r.Outcome.Error != schedule.ErrNotRunning.Error() {
			t.Errorf("the busy job ended with %q", r.Outcome.Error)
		}
		w.exec.took()
		w.start()
		wait(time.Second)
		w.hasHistory("due", "5 ok")
		w.hasHistory("late", "10 ok")
		w.end()
	})
}

// Defect 7: a job that cannot be loaded or run is deleted.
func TestDefect7NoJobIsDeletedSinceItCannotBeRun(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		if err := w.AddExecutor("gpu", w.exec); err != nil {
			t.Fatal(err)
		}
		w.add(job.Job{ID: "a", Trigger: in(10 * time.Second), Executor: "gpu"})
		w.add(job.Job{ID: "b", Trigger: broken{}})
		if err := w.RemoveExecutor("gpu"); err != nil {
			t.Fatal(err)
		}
		wait(time.Minute)
		for id, want := range map[string]string{
			"a": "waiting: no node serves executor gpu",
			"b": "parked: its trigger panics: out of order",
		} {
			if st, err := w.Status(t.Context(), id); err != nil || st.Text != want {
				t.Errorf("%s: %q, %v", id, st.Text, err)
			}
		}
		if err := w.AddExecutor("gpu", w.exec); err != nil {
			t.Fatal(err)
		}
		wait(time.Second)
		w.hasHistory("a", "10 ok")
	})
}

// Defect 8: two jobs with one ID, added before the start, leave it half started.
func TestDefect8ADuplicateIDIsRefusedBeforeTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, nil)
		w.add(job.Job{ID: "a", Trigger: in(time.Second)})
		if _, err := w.Add(t.Context(), job.Job{ID: "a", Trigger: in(time.Second)}); !errors.Is(err, job.ErrExists) {
			t.Errorf("second add: %v", err)
		}
		w.start()
		wait(2 * time.Second)
		w.hasHistory("a", "1 ok")
		w.end()
	})
}

// Defect 9: a trigger that raises stops the scheduler, or its job gets the next
// time of another one.
func TestDefect9ABrokenTriggerHarmsOnlyItsJob(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		var parked []string
		defer schedule.On(w.Bus(), func(e schedule.Parked) { parked = append(parked, e.Job+": "+e.Reason) })()
		w.add(job.Job{ID: "a", Trigger: every{period: 10 * time.Second}})
		w.add(job.Job{ID: "b", Trigger: broken{}})
		w.add(job.Job{ID: "c", Trigger: backward{}})
		wait(25 * time.Second)
		w.hasHistory("a", "0 ok", "10 ok", "20 ok")
		w.hasHistory("b")
		w.hasHistory("c")
		if len(parked) != 2 {
			t.Errorf("parked %q, want b and c", parked)
		}
		for _, id := range []string{"b", "c"} {
			if j, err := w.Get(t.Context(), id); err != nil || !j.State.Next.IsZero() || j.State.Parked == "" {
				t.Errorf("%s: %+v, %v", id, j.State, err)
			}
		}
	})
}

// Defect 10: an overdue paused job makes the scheduler spin.
func TestDefect10AnOverduePausedJobCostsNothing(t *testing.T) {
	counting := &counted{Store: newStore()}
	bubble(t, func(o *schedule.Options) { o.Store = counting }, func(t *testing.T, w *world) {
		w.add(job.Job{ID: "a", Trigger: every{period: time.Minute}})
		wait(time.Second)
		if _, err := w.PauseJob(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		wait(time.Minute)
		before := counting.calls.Load()
		wait(time.Hour)
		if n := counting.calls.Load() - before; n > 0 {
			t.Errorf("%d calls of the store for a paused job", n)
		}
	})
}

// Defects 1, 2 and 4 are those of cron, and and interval triggers: whatever a
// trigger does, a scheduler asks it no more than a plan may enumerate.
func TestDefects1And2And4ATriggerIsAskedABoundedNumberOfTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, nil)
		asked := 0
		w.add(job.Job{ID: "a", Trigger: counter{every{period: time.Second}, &asked}, State: job.State{Next: second(0)}})
		wait(365 * 24 * time.Hour)
		asked = 0
		now := time.Now()
		w.start()
		wait(100 * time.Millisecond)
		w.end()
		if asked > 5000 {
			t.Errorf("the trigger was asked %d times for a year of seconds", asked)
		}
		w.began(begun{"a", since(now), since(now)})
		runs, err := w.Runs(t.Context(), job.RunFilter{Kinds: []job.OutcomeKind{job.Missed}})
		if err != nil || len(runs) != 2 {
			t.Fatalf("%d rows for what was missed, %v", len(runs), err)
		}
		if first, last := runs[1].Skipped.First, runs[0].Skipped.Last; since(first) != 0 || now.Sub(last) > time.Second {
			t.Errorf("missed is %v to %v", first, last)
		}
	})
}

type delayed struct {
	every
	by time.Duration
}

func (d delayed) Delay(time.Time, string) time.Duration { return d.by }

// backward gives the same slot again and again.
type backward struct{}

func (backward) Next(prev, now time.Time) time.Time {
	if !prev.IsZero() {
		return prev
	}
	return now.Add(time.Second)
}

func (backward) String() string { return "backward" }

type counter struct {
	every
	asked *int
}

func (c counter) Next(prev, now time.Time) time.Time {
	*c.asked++
	return c.every.Next(prev, now)
}

// vanishing loses the job "gone" between Claim and Commit.
type vanishing struct{ job.Store }

func (v *vanishing) Watch(ctx context.Context) <-chan struct{} {
	return v.Store.(job.Watcher).Watch(ctx)
}

func (v *vanishing) Commit(ctx context.Context, node string, a []job.Advance) ([]job.Committed, error) {
	if err := v.Store.Remove(ctx, "gone", 0); err != nil && !errors.Is(err, job.ErrNotFound) {
		return nil, err
	}
	return v.Store.Commit(ctx, node, a)
}

// What a job that calls every method of its scheduler gets: answers.
func TestAJobMayCallItsScheduler(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		w.do("all", func(ctx context.Context, task job.Task) error {
			id := task.Run.Job
			_, e1 := w.Get(ctx, id)
			_, e2 := w.Status(ctx, id)
			_, e3 := w.Modify(ctx, id, func(j *job.Job) error { j.Name = "renamed"; return nil })
			_, e4 := w.RunNow(ctx, id)
			_, e5 := w.PauseJob(ctx, id)
			return errors.Join(e1, e2, e3, e4, e5, w.Pause(), w.Resume(), w.Remove(ctx, id))
		})
		w.add(job.Job{ID: "a", Trigger: every{period: time.Minute}, Func: "all", Args: json.RawMessage("1")})
		wait(30 * time.Second)
		if rows := w.history("a"); !slices.Contains(rows, "0 ok") {
			t.Errorf("history is %q", rows)
		}
	})
}
