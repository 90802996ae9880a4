package schedule

import (
	"context"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
)

// clock is what the scheduler knows of time. What is due goes by the wall clock,
// which people and NTP set; leases go by one that nobody sets. Timers of the
// runtime stand still while the machine sleeps and know nothing of steps, so the
// scheduler has itself told of both (watchClock) where the system does that, and
// elsewhere looks at the clock each minute while it waits for something.
type clock struct {
	now     func() time.Time
	machine func() time.Duration // never set; goes on while the machine sleeps, where there is such a clock
	system  bool                 // now is the system's clock
}

func newClock(now func() time.Time) clock {
	if now != nil {
		return clock{now: now, machine: monotonic(), system: false}
	}
	return clock{now: time.Now, machine: machineClock(), system: true}
}

// monotonic is the runtime's clock, virtual in a synctest bubble.
func monotonic() func() time.Duration {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}

// clockLoop makes everything be looked at anew when the clock was stepped.
func (s *Scheduler) clockLoop(ctx context.Context) {
	watchClock(ctx, func() {
		if s.opts.Bus.Wanted(event.SchedulerClockStepped) {
			s.opts.Bus.Publish(ClockStepped{})
		}
		for _, k := range s.keepers() {
			k.poke()
		}
	})
}

// clockIsWatched reports whether steps of the clock are reported.
func (s *Scheduler) clockIsWatched() bool { return s.clock.system && canWatchClock }
