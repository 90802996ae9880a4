package schedule_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// every has a slot at each multiple of its period after the epoch of a bubble,
// as far as end.
type every struct {
	period time.Duration
	end    time.Time
}

func (e every) Next(prev, now time.Time) time.Time {
	slot := now.Truncate(e.period)
	if slot.Before(now) {
		slot = slot.Add(e.period)
	}
	if !prev.IsZero() {
		slot = prev.Add(e.period).Truncate(e.period)
	}
	if !e.end.IsZero() && slot.After(e.end) {
		return time.Time{}
	}
	return slot.UTC()
}

func (e every) String() string { return "every " + e.period.String() }

// once has one slot.
type once struct{ at time.Time }

func (o once) Next(prev, _ time.Time) time.Time {
	if prev.IsZero() || prev.Before(o.at) {
		return o.at
	}
	return time.Time{}
}

func (o once) String() string { return "at " + o.at.Format(time.RFC3339Nano) }

// in is a trigger for one moment from now on.
func in(d time.Duration) trigger.Trigger { return once{time.Now().Add(d).UTC()} }

// scripted is an executor that does what the Func of a job says, and notes when.
type scripted struct {
	workers int
	do      map[string]func(context.Context, job.Task) error // by Func; none: nothing is done

	mu    sync.Mutex
	begun []begun
}

// begun is one attempt, by seconds since the bubble began.
type begun struct {
	Job  string
	At   float64
	Slot float64
}

func (s *scripted) Workers() int { return max(s.workers, 1) }

func (s *scripted) Execute(ctx context.Context, t job.Task) (json.RawMessage, error) {
	s.mu.Lock()
	s.begun = append(s.begun, begun{t.Run.Job, since(time.Now()), since(t.Run.Slot)})
	s.mu.Unlock()
	do := s.do[t.Run.Work.Func]
	if do == nil {
		return json.RawMessage(`"done"`), nil
	}
	return nil, do(ctx, t)
}

// took returns what began, and forgets it.
func (s *scripted) took() []begun {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.begun
	s.begun = nil
	return b
}

// since is t in seconds since a bubble began.
func since(t time.Time) float64 {
	return t.Sub(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).Seconds()
}

// second is a moment in a bubble.
func second(s float64) time.Time {
	return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(s * float64(time.Second)))
}

// world is one scheduler over one store.
type world struct {
	*schedule.Scheduler
	t     *testing.T
	store job.Store
	exec  *scripted
}

// begin makes a world in a bubble; the scheduler is not started.
func begin(t *testing.T, change func(*schedule.Options)) *world {
	t.Helper()
	w := &world{t: t, store: newStore(), exec: &scripted{workers: 10, do: map[string]func(context.Context, job.Task) error{}}}
	w.do("sleep", func(ctx context.Context, task job.Task) error {
		d, err := time.ParseDuration(string(task.Run.Work.Args))
		if err != nil {
			return err
		}
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	w.do("fail", func(context.Context, job.Task) error { return fmt.Errorf("no luck") })
	o := schedule.Options{Store: w.store, Executor: w.exec, Now: time.Now}
	if change != nil {
		change(&o)
	}
	if o.Store != nil {
		w.store = o.Store
	}
	s, err := schedule.New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.Scheduler = s
	return w
}

func (w *world) do(name string, f func(context.Context, job.Task) error) { w.exec.do[name] = f }

// bubble runs a test in virtual time with a started scheduler, which is shut
// down at the end.
func bubble(t *testing.T, change func(*schedule.Options), f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, change)
		w.start()
		f(t, w)
		w.end()
	})
}

func (w *world) start() {
	w.t.Helper()
	if err := w.Start(); err != nil {
		w.t.Fatal(err)
	}
}

// end shuts down at once.
func (w *world) end() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.Shutdown(ctx); err != nil {
		w.t.Errorf("shutdown: %v", err)
	}
}

func (w *world) add(j job.Job) job.Job {
	w.t.Helper()
	j, err := w.Add(w.t.Context(), j)
	if err != nil {
		w.t.Fatal(err)
	}
	return j
}

// wait lets so much time pass, and all that is to happen in it.
func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// began compares what began since the last time.
func (w *world) began(want ...begun) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.exec.took()); diff != "" {
		w.t.Errorf("began (-want +got):\n%s", diff)
	}
}

// history is the rows of a job in short, the oldest first.
func (w *world) history(id string) []string {
	w.t.Helper()
	runs, err := w.Runs(w.t.Context(), job.RunFilter{Job: id})
	if err != nil {
		w.t.Fatal(err)
	}
	var rows []string
	for i := len(runs) - 1; i >= 0; i-- {
		rows = append(rows, row(runs[i]))
	}
	return rows
}

func row(r job.Run) string {
	kinds := map[job.OutcomeKind]string{
		job.None: "", job.Succeeded: "ok", job.Failed: "failed", job.Cancelled: "cancelled", job.Lost: "lost", job.Missed: "missed",
	}
	phases := map[job.Phase]string{job.Waiting: "waiting", job.Running: "running", job.Done: kinds[r.Outcome.Kind]}
	text := fmt.Sprintf("%g %s", since(r.Slot), phases[r.Phase])
	if r.Skipped.Count > 0 {
		text = fmt.Sprintf("%g..%g missed x%d", since(r.Skipped.First), since(r.Skipped.Last), r.Skipped.Count)
	}
	return text
}

func (w *world) hasHistory(id string, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.history(id)); diff != "" {
		w.t.Errorf("history of %s (-want +got):\n%s", id, diff)
	}
}

func newStore() job.Store { return memory.New(memory.Options{}) }
