package schedule_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

var errAway = errors.New("connection refused")

// flaky is a store that fails when told to, before or after it did what it was
// asked for.
type flaky struct {
	job.Store
	mu     sync.Mutex
	before map[string]bool
	after  map[string]bool // once each
}

func newFlaky() *flaky {
	return &flaky{Store: newStore(), before: map[string]bool{}, after: map[string]bool{}}
}

// away makes the store fail until back.
func (f *flaky) away() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, call := range []string{"Claim", "Commit", "Finish", "Beat", "Runs"} {
		f.before[call] = true
	}
}

func (f *flaky) back() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.before)
}

// loseAnswer makes the answer of the next such call get lost.
func (f *flaky) loseAnswer(call string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.after[call] = true
}

func failing[T any](f *flaky, call string, do func() (T, error)) (T, error) {
	var none T
	f.mu.Lock()
	before, after := f.before[call], f.after[call]
	f.after[call] = false
	f.mu.Unlock()
	if before {
		return none, errAway
	}
	v, err := do()
	if after {
		return none, errAway
	}
	return v, err
}

func (f *flaky) Watch(ctx context.Context) <-chan struct{} { return f.Store.(job.Watcher).Watch(ctx) }

func (f *flaky) Claim(ctx context.Context, c job.Claim) (job.Batch, error) {
	return failing(f, "Claim", func() (job.Batch, error) { return f.Store.Claim(ctx, c) })
}

func (f *flaky) Commit(ctx context.Context, node string, a []job.Advance) ([]job.Committed, error) {
	return failing(f, "Commit", func() ([]job.Committed, error) { return f.Store.Commit(ctx, node, a) })
}

func (f *flaky) Finish(ctx context.Context, x []job.Finished) ([]error, error) {
	return failing(f, "Finish", func() ([]error, error) { return f.Store.Finish(ctx, x) })
}

func (f *flaky) Beat(ctx context.Context, b job.Beat) (job.Pulse, error) {
	return failing(f, "Beat", func() (job.Pulse, error) { return f.Store.Beat(ctx, b) })
}

func (f *flaky) Runs(ctx context.Context, q job.RunFilter) ([]job.Run, error) {
	return failing(f, "Runs", func() ([]job.Run, error) { return f.Store.Runs(ctx, q) })
}

// TestNoRunIsDoubledWhenAnAnswerIsLost: the store did what it was asked for, and
// the scheduler never heard. What a Claim took over so may have been begun by
// whoever had it before, which only the answer would have told: it is lost.
func TestNoRunIsDoubledWhenAnAnswerIsLost(t *testing.T) {
	for _, call := range []string{"Claim", "Commit", "Finish", "Beat"} {
		t.Run(call, func(t *testing.T) {
			store := newFlaky()
			bubble(t, func(o *schedule.Options) { o.Store = store }, func(t *testing.T, w *world) {
				w.add(job.Job{ID: "a", Trigger: every{10 * time.Second, second(40)}})
				w.add(job.Job{ID: "now", Trigger: in(time.Hour)})
				wait(15 * time.Second)
				store.loseAnswer(call)
				if _, err := w.RunNow(t.Context(), "now"); err != nil { // is taken over in a Claim
					t.Fatal(err)
				}
				wait(time.Minute)
				w.hasHistory("a", "0 ok", "10 ok", "20 ok", "30 ok", "40 ok")
				manual, attempts := "15 ok", 6
				if call == "Claim" {
					manual, attempts = "15 lost", 5
				}
				w.hasHistory("now", manual)
				if n := len(w.exec.took()); n != attempts {
					t.Errorf("%d attempts, want %d", n, attempts)
				}
			})
		})
	}
}

func TestAStoreThatIsAwayStopsOnlyItself(t *testing.T) {
	for _, away := range []time.Duration{8 * time.Second, 2 * time.Minute} {
		t.Run(fmt.Sprint("for ", away), func(t *testing.T) {
			store, other := newFlaky(), newStore()
			change := func(o *schedule.Options) {
				o.Store, o.Stores = store, map[string]job.Store{"other": other}
			}
			bubble(t, change, func(t *testing.T, w *world) {
				var told []string
				defer schedule.On(w.Bus(), func(e schedule.StoreTrouble) { told = append(told, "trouble "+e.Alias+": "+e.Err.Error()) })()
				defer schedule.On(w.Bus(), func(e schedule.StoreRecovered) { told = append(told, "back "+e.Alias) })()
				w.add(job.Job{ID: "a", Trigger: every{10 * time.Second, second(300)}, Policy: job.Policy{Coalesce: job.All}})
				if _, err := w.In("other").Add(t.Context(), job.Job{ID: "b", Trigger: every{10 * time.Second, second(300)}}); err != nil {
					t.Fatal(err)
				}
				wait(19*time.Second + 800*time.Millisecond) // the runs at 20 are planned
				store.away()
				wait(away)
				if st, err := w.Status(t.Context(), "b"); err != nil || !strings.HasPrefix(st.Text, "next run") {
					t.Errorf("status of the other store's job: %q, %v", st.Text, err)
				}
				store.back()
				wait(300 * time.Second)
				var want []string
				for s := 0; s <= 300; s += 10 {
					want = append(want, fmt.Sprintf("%d ok", s))
				}
				w.hasHistory("a", want...)
				w.hasHistory("b", want...)
				if n := len(w.exec.took()); n != 62 {
					t.Errorf("%d attempts for 62 runs", n)
				}
				if diff := cmp.Diff([]string{"trouble default: connection refused", "back default"}, told); diff != "" {
					t.Errorf("told (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestARunOutlivesAShortOutage(t *testing.T) {
	store := newFlaky()
	bubble(t, func(o *schedule.Options) { o.Store = store }, func(t *testing.T, w *world) {
		w.add(job.Job{ID: "a", Trigger: in(time.Second), Func: "sleep", Args: json.RawMessage("30s")})
		wait(2 * time.Second)
		store.away()
		wait(9 * time.Second)
		store.back()
		wait(time.Minute)
		w.hasHistory("a", "1 ok")
	})
}

func TestARunEndsWithTheLease(t *testing.T) {
	for _, c := range []struct {
		onLost job.OnLost
		begun  int
		want   string
	}{
		{job.FailLost, 1, "1 lost"},
		{job.RerunLost, 2, "1 ok"},
	} {
		store := newFlaky()
		bubble(t, func(o *schedule.Options) { o.Store = store }, func(t *testing.T, w *world) {
			w.add(job.Job{ID: "a", Trigger: in(time.Second), Func: "sleep", Args: json.RawMessage("100s"), Policy: job.Policy{OnLost: c.onLost}})
			wait(2 * time.Second)
			store.away()
			wait(time.Minute)
			store.back()
			wait(200 * time.Second)
			w.hasHistory("a", c.want)
			if n := len(w.exec.took()); n != c.begun {
				t.Errorf("%d attempts, want %d", n, c.begun)
			}
		})
	}
}

// TestRunsOfADeadScheduler: one is cut off for ever, another is there.
func TestRunsOfADeadScheduler(t *testing.T) {
	for _, c := range []struct {
		name   string
		onLost job.OnLost
		want   string
	}{
		{"that had begun are lost", job.FailLost, "1 lost"},
		{"that had begun are run again if the job wants it", job.RerunLost, "1 ok"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				shared := newStore()
				dying := &flaky{Store: shared, before: map[string]bool{}, after: map[string]bool{}}
				one := begin(t, func(o *schedule.Options) { o.Store = dying })
				two := begin(t, func(o *schedule.Options) { o.Store = shared })
				hang := make(chan struct{})
				one.do("work", func(ctx context.Context, _ job.Task) error { <-hang; return nil }) // heeds no context
				one.start()
				one.add(job.Job{ID: "a", Trigger: in(time.Second), Func: "work", Policy: job.Policy{OnLost: c.onLost}})
				one.add(job.Job{ID: "b", Trigger: in(30 * time.Second)})
				wait(2 * time.Second)
				dying.away()
				two.start()
				wait(time.Minute)
				two.hasHistory("a", c.want)
				two.hasHistory("b", "30 ok")
				one.began(begun{"a", 1, 1})
				close(hang)
				dying.back()
				wait(time.Minute)
				two.hasHistory("a", c.want) // what the dead one says does not count
				one.end()
				two.end()
			})
		})
	}
}

// TestTheHistoryNamesWhoDied: a lost attempt is that of the node which carried it
// out, not of the one that took it over and wrote so.
func TestTheHistoryNamesWhoDied(t *testing.T) {
	for _, c := range []struct {
		name   string
		onLost job.OnLost
		cancel bool
	}{
		{"and the run is lost", job.FailLost, false},
		{"and the run is run again", job.RerunLost, false},
		{"and the run was cancelled", job.RerunLost, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dying := newFlaky()
				a := begin(t, func(o *schedule.Options) { o.Store, o.Name = dying, "a" })
				b := begin(t, func(o *schedule.Options) { o.Store, o.Name = dying.Store, "b" })
				a.start()
				a.add(job.Job{ID: "x", Trigger: in(time.Second), Func: "sleep", Args: json.RawMessage("20s"), Policy: job.Policy{OnLost: c.onLost}})
				wait(2 * time.Second)
				died := b.run("x").Owner
				if !strings.HasPrefix(died.Node, "a") || died.Token == 0 {
					t.Fatalf("the run is carried out by %+v, want a, with a token", died)
				}
				dying.away()
				b.start()
				if c.cancel {
					if err := b.CancelRun(t.Context(), b.run("x").ID); err != nil {
						t.Fatal(err)
					}
				}
				wait(time.Minute)
				dying.back() // what a says now does not count
				wait(time.Minute)

				r := b.run("x")
				lost := r.Owner
				if c.onLost == job.RerunLost && !c.cancel {
					if len(r.Attempts) != 1 || r.Attempts[0].Kind != job.Lost {
						t.Fatalf("the attempts before the last: %+v, want one that was lost", r.Attempts)
					}
					lost = r.Attempts[0].Owner
					if !strings.HasPrefix(r.Owner.Node, "b") || r.Owner.Token <= died.Token {
						t.Errorf("the last attempt is that of %+v after %+v, want b with a higher token", r.Owner, died)
					}
				}
				if lost != died {
					t.Errorf("the lost attempt is that of %+v, want %+v", lost, died)
				}
				a.end()
				b.end()
			})
		})
	}
}

// run is the one run of a job, as the store has it.
func (w *world) run(id string) job.Run {
	w.t.Helper()
	runs, err := w.store.Runs(w.t.Context(), job.RunFilter{Job: id})
	if err != nil || len(runs) != 1 {
		w.t.Fatalf("%d runs of %s, %v; want one", len(runs), id, err)
	}
	return runs[0]
}

// TestPlannedRunsOfADeadScheduler: what was planned and never begun goes to the
// other, even with FailLost.
func TestPlannedRunsOfADeadScheduler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newStore()
		dying := &flaky{Store: shared, before: map[string]bool{}, after: map[string]bool{}}
		timing := schedule.Timing{Horizon: 30 * time.Second}
		one := begin(t, func(o *schedule.Options) { o.Store, o.Timing = dying, timing })
		two := begin(t, func(o *schedule.Options) { o.Store = shared })
		one.start()
		one.add(job.Job{ID: "a", Trigger: in(25 * time.Second)})
		wait(time.Second)
		dying.away()
		two.start()
		wait(2 * time.Minute)
		one.began()
		two.began(begun{"a", 25, 25})
		two.hasHistory("a", "25 ok")
		one.end()
		two.end()
	})
}
