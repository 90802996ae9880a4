package schedule_test

import (
	"context"
	"encoding/json"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// textless is an error whose Error panics when there is none.
type textless struct{ text string }

func (e *textless) Error() string { return e.text }

// TestARunMayEndAsItLikes has runs that return a typed nil as their error, and
// runs that end the goroutine they were given.
func TestARunMayEndAsItLikes(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		w.do("nil", func(context.Context, job.Task) error { return (*textless)(nil) })
		w.do("goexit", func(context.Context, job.Task) error { runtime.Goexit(); return nil })
		w.add(job.Job{ID: "a", Trigger: in(time.Second), Func: "nil"})
		for _, id := range []string{"b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"} { // more than there are workers
			w.add(job.Job{ID: id, Trigger: in(time.Second), Func: "goexit"})
		}
		w.add(job.Job{ID: "z", Trigger: in(2 * time.Second)})
		wait(time.Minute)
		w.hasHistory("a", "1 failed")
		w.hasHistory("l", "1 failed")
		w.hasHistory("z", "2 ok")
	})
}

// TestASeriesSurvivesGoexit: the runs that come after one that ended its
// goroutine are carried out.
func TestASeriesSurvivesGoexit(t *testing.T) {
	bubble(t, func(o *schedule.Options) { o.StartPaused = true }, func(t *testing.T, w *world) {
		w.do("goexit", func(context.Context, job.Task) error { runtime.Goexit(); return nil })
		w.add(job.Job{ID: "a", Trigger: every{period: 10 * time.Second, end: second(30)}, Func: "goexit",
			Policy: job.Policy{Coalesce: job.All, MaxInstances: 1}})
		wait(time.Minute)
		if err := w.Resume(); err != nil {
			t.Fatal(err)
		}
		wait(time.Second)
		if n := len(w.exec.took()); n != 4 {
			t.Errorf("%d runs, want those of 0, 10, 20 and 30 s", n)
		}
	})
}

func TestBackoffHasAnEnd(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		w.add(job.Job{ID: "a", Trigger: in(time.Second), Func: "fail",
			Policy: job.Policy{Retry: job.Retry{Max: 3, Delay: time.Hour, Factor: 1e12}}})
		wait(time.Minute + time.Hour + time.Minute)
		if n := len(w.exec.took()); n != 2 {
			t.Errorf("%d attempts in 62 minutes, want 2", n)
		}
		for _, r := range []job.Retry{{Factor: -1}, {Factor: math.NaN()}, {Limit: -time.Second}} {
			if _, err := w.Add(t.Context(), job.Job{Trigger: in(time.Second), Policy: job.Policy{Retry: r}}); err == nil {
				t.Errorf("%+v is accepted", r)
			}
		}
	})
}

// TestPauseHoldsWhatWaitsForAWorker pauses while a run that was due waits for a
// worker.
func TestPauseHoldsWhatWaitsForAWorker(t *testing.T) {
	one := func(o *schedule.Options) { o.Executor.(*scripted).workers = 1 }
	bubble(t, one, func(t *testing.T, w *world) {
		w.add(job.Job{ID: "long", Trigger: in(time.Second), Func: "sleep", Args: json.RawMessage("5s")})
		w.add(job.Job{ID: "b", Trigger: in(2 * time.Second)})
		wait(3 * time.Second)
		w.exec.took()
		if err := w.Pause(); err != nil {
			t.Fatal(err)
		}
		wait(10 * time.Second)
		w.began()
		if err := w.Resume(); err != nil {
			t.Fatal(err)
		}
		wait(time.Second)
		w.began(begun{"b", 13, 2})
	})
}

// TestReplaceKeepsSlotAndDelayApart: with a splay, a job is due later than its
// slot, however it was written.
func TestReplaceKeepsSlotAndDelayApart(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		splayed := trigger.Splay(trigger.EveryFrom(second(100), time.Minute), 50*time.Second)
		wait(time.Second)
		w.add(job.Job{ID: "b", Trigger: in(time.Hour)})
		for range 2 { // the second time with the state that it got
			b, err := w.Replace(t.Context(), job.Job{ID: "b", Trigger: splayed})
			if err != nil {
				t.Fatal(err)
			}
			if since(b.State.Slot) != 100 || !b.State.Next.After(b.State.Slot) {
				t.Errorf("slot %g, due %g; want slot 100, due later", since(b.State.Slot), since(b.State.Next))
			}
			again, err := w.Replace(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			if again.State.Slot != b.State.Slot || again.State.Next != b.State.Next {
				t.Errorf("written back as it was read, it is due %v of %v, was %v of %v",
					again.State.Next, again.State.Slot, b.State.Next, b.State.Slot)
			}
		}
	})
}

// forgetful says of one Commit that its run exists, when there is no such row any
// more.
type forgetful struct {
	job.Store
	commits int
}

func (f *forgetful) Watch(ctx context.Context) <-chan struct{} {
	return f.Store.(job.Watcher).Watch(ctx)
}

func (f *forgetful) Commit(ctx context.Context, node string, all []job.Advance) ([]job.Committed, error) {
	if f.commits++; f.commits != 2 {
		return f.Store.Commit(ctx, node, all)
	}
	answers := make([]job.Committed, len(all))
	for i := range answers {
		answers[i].Err = job.ErrExists
	}
	return answers, nil
}

func TestAJobGoesOnWhenItsRunWasForgotten(t *testing.T) {
	bubble(t, func(o *schedule.Options) { o.Store = &forgetful{Store: newStore()} }, func(t *testing.T, w *world) {
		w.add(job.Job{ID: "a", Trigger: every{period: 10 * time.Second}})
		wait(65 * time.Second)
		if n := len(w.history("a")); n < 6 {
			t.Errorf("%d runs in 65 s", n)
		}
	})
}

// slowPrune has a history that takes long to prune.
type slowPrune struct{ job.Store }

func (s *slowPrune) Watch(ctx context.Context) <-chan struct{} {
	return s.Store.(job.Watcher).Watch(ctx)
}

func (s *slowPrune) Prune(ctx context.Context, _ job.Keep) (int, error) {
	time.Sleep(2 * time.Second)
	return 10_000, nil
}

func TestPruningHoldsUpNothing(t *testing.T) {
	bubble(t, func(o *schedule.Options) { o.Store = &slowPrune{newStore()} }, func(t *testing.T, w *world) {
		w.add(job.Job{ID: "long", Trigger: in(time.Second), Func: "sleep", Args: json.RawMessage("100s")})
		w.add(job.Job{ID: "a", Trigger: every{period: 10 * time.Second}})
		wait(155 * time.Second)
		runs := 0
		for _, b := range w.exec.took() {
			if b.Job == "a" {
				runs++
			}
		}
		if runs != 16 {
			t.Errorf("%d runs, want one each 10 s from 0 to 150", runs)
		}
		w.hasHistory("long", "1 ok")
	})
}

func TestWhatIsNothingIsRefused(t *testing.T) {
	plain := struct{ job.Executor }{&scripted{}} // says nothing about workers
	bubble(t, func(o *schedule.Options) { o.Executor, o.Workers = plain, -1 }, func(t *testing.T, w *world) {
		if err := w.AddStore("x", nil); err == nil {
			t.Error("a store that is nil is accepted")
		}
		if err := w.AddExecutor("x", nil); err == nil {
			t.Error("an executor that is nil is accepted")
		}
		w.add(job.Job{ID: "a", Trigger: in(time.Second)})
		wait(time.Minute)
		w.hasHistory("a", "1 ok")
	})
}

// TestListPagesThroughStores reads the jobs of two stores one by one.
func TestListPagesThroughStores(t *testing.T) {
	bubble(t, func(o *schedule.Options) { o.Stores = map[string]job.Store{"other": newStore()} }, func(t *testing.T, w *world) {
		w.add(job.Job{ID: "b", Trigger: in(time.Hour)})
		w.add(job.Job{ID: "a", Trigger: in(2 * time.Hour)})
		for _, id := range []string{"d", "c"} {
			if _, err := w.In("other").Add(t.Context(), job.Job{ID: id, Trigger: in(time.Hour)}); err != nil {
				t.Fatal(err)
			}
		}
		var got, after string
		for {
			page, err := w.List(t.Context(), job.Filter{Limit: 1, After: after})
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			after = page[0].ID
			if got += after; len(got) > 4 {
				break
			}
		}
		if got != "bacd" {
			t.Errorf("page by page: %s, want bacd", got)
		}
	})
}

// TestAFunctionThatComesLaterRuns registers a function while its job waits for it
// and the scheduler sleeps. At first it is only declared.
func TestAFunctionThatComesLaterRuns(t *testing.T) {
	funcs := executor.NewFuncs(0)
	later := executor.Declare[executor.None](funcs, "later")
	bubble(t, func(o *schedule.Options) { o.Executor = funcs }, func(t *testing.T, w *world) {
		j, err := later.Job("a", executor.None{})
		if err != nil {
			t.Fatal(err)
		}
		j.Trigger = in(time.Second)
		w.add(j)
		wait(time.Minute)
		st, err := w.Status(t.Context(), "a")
		if err != nil || st.Text != "waiting: no node serves function later" {
			t.Errorf("status %q, %v", st.Text, err)
		}
		executor.RegisterPlain(funcs, "later", func(context.Context) error { return nil })
		wait(time.Second)
		w.hasHistory("a", "1 ok")
	})
}

// TestAJobMayRemoveItsStore: it cannot wait for itself.
func TestAJobMayRemoveItsStore(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		w.do("remove", func(ctx context.Context, _ job.Task) error { return w.RemoveStore(ctx, schedule.Default) })
		w.add(job.Job{ID: "a", Trigger: in(time.Second), Func: "remove"})
		wait(time.Minute)
		runs, err := w.store.Runs(t.Context(), job.RunFilter{Job: "a"})
		if err != nil || len(runs) != 1 || runs[0].Outcome.Kind != job.Succeeded {
			t.Errorf("runs %+v, %v; want one that succeeded", runs, err)
		}
	})
}
