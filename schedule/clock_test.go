package schedule_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
)

// setClock is a wall clock that people set; the store goes by the same.
type setClock struct{ offset atomic.Int64 }

func (c *setClock) now() time.Time { return time.Now().Round(0).Add(time.Duration(c.offset.Load())) }

func (c *setClock) step(d time.Duration) { c.offset.Add(int64(d)) }

func TestAStepOfTheClock(t *testing.T) {
	for _, c := range []struct {
		name string
		step time.Duration
		want []begun // At goes by the machine, Slot by the wall clock
	}{
		// After a step back by 25 s the slots 10, 20 and 30 come again, and are not run again.
		{"back re-runs nothing", -25 * time.Second, []begun{{"a", 65, 40}, {"a", 75, 50}}},
		// After a step forward what it jumped over is overdue, and is noticed within a minute.
		{"forward is noticed within a minute", 25 * time.Hour, []begun{{"a", 39.2, 90030}, {"a", 40, 90040}, {"a", 50, 90050}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clock := &setClock{}
				w := begin(t, func(o *schedule.Options) {
					o.Now = clock.now
					o.Store = memory.New(memory.Options{Now: clock.now})
				})
				w.start()
				w.add(job.Job{ID: "a", Trigger: every{period: 10 * time.Second}})
				wait(35 * time.Second)
				w.exec.took()
				clock.step(c.step)
				wait(20 * time.Second)
				if c.step < 0 {
					w.began()
					wait(25 * time.Second)
				}
				w.began(c.want...)
				w.end()
			})
		})
	}
}

// stepsOf counts the events about the clock from now on.
func stepsOf(t *testing.T, w *world) func() int {
	q := event.NewQueue(100)
	t.Cleanup(w.Bus().Subscribe(q, event.SchedulerClockStepped))
	return func() (n int) {
		for {
			ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
			_, _, err := q.Next(ctx)
			cancel()
			if err != nil {
				return n
			}
			n++
		}
	}
}

// What a step forward jumped over is overdue, and falls under each job's policy;
// a step back runs nothing again; either is told once, and what NTP does never.
func TestAStepIsToldOnce(t *testing.T) {
	const period = 20 * time.Minute
	for _, c := range []struct {
		name  string
		step  time.Duration
		steps int
		want  map[string][]float64 // slots by job, in the two minutes after the step
	}{
		{"an hour forward", time.Hour, 1, map[string][]float64{
			"latest": {3600}, "all": {1200, 2400, 3600}, "graceful": {3600},
		}},
		{"an hour back", -time.Hour, 1, nil},
		{"a little", 30 * time.Millisecond, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clock := &setClock{}
				w := begin(t, func(o *schedule.Options) {
					o.Now = clock.now
					o.Store = memory.New(memory.Options{Now: clock.now})
				})
				steps := stepsOf(t, w)
				w.start()
				for id, p := range map[string]job.Policy{
					"latest":   {Coalesce: job.Latest, MaxInstances: 1},
					"all":      {Coalesce: job.All, MaxInstances: 1},
					"graceful": {Coalesce: job.All, MaxInstances: 1, Grace: 10 * time.Minute},
				} {
					w.add(job.Job{ID: id, Trigger: every{period: period}, Policy: p})
				}
				wait(5 * time.Minute)
				w.exec.took()
				clock.step(c.step)
				wait(2 * time.Minute)
				got := map[string][]float64{}
				for _, b := range w.exec.took() {
					got[b.Job] = append(got[b.Job], b.Slot)
				}
				if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("begun (-want +got):\n%s", diff)
				}
				if n := steps(); n != c.steps {
					t.Errorf("told %d times, want %d", n, c.steps)
				}
				// The next slot that was not run yet is run at its time.
				wait(time.Duration(2)*period - min(c.step, 0))
				if ran := w.exec.took(); len(ran) < 3 {
					t.Errorf("afterwards only %v began", ran)
				} else if first := ran[0].Slot; c.step < 0 && first != 1200 {
					t.Errorf("the first slot after the step back is %v, want 1200", first)
				}
				if n := steps(); n != 0 {
					t.Errorf("told %d times more", n)
				}
				w.end()
			})
		})
	}
}
