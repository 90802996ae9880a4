package schedule_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

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
		{"forward is noticed within a minute", 25 * time.Hour, []begun{{"a", 39.5, 90030}, {"a", 40, 90040}, {"a", 50, 90050}}},
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
