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
// elsewhere looks at the clock each minute.
type clock struct {
	now     func() time.Time
	machine func() time.Duration // never set; goes on while the machine sleeps, where there is such a clock
	told    bool                 // now is the system's clock, and the system tells of steps
}

func newClock(now func() time.Time) clock {
	if now != nil {
		return clock{now: now, machine: monotonic()}
	}
	return clock{now: time.Now, machine: machineClock(), told: canWatchClock}
}

// monotonic is the runtime's clock, virtual in a synctest bubble.
func monotonic() func() time.Duration {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}

// clockLoop makes everything be looked at anew when the clock was stepped.
func (s *Scheduler) clockLoop(ctx context.Context) {
	stepped := func() {
		if s.opts.Bus.Wanted(event.SchedulerClockStepped) {
			s.opts.Bus.Publish(ClockStepped{})
		}
		for _, k := range s.keepers() {
			k.poke()
		}
	}
	if s.clock.told {
		watchClock(ctx, stepped)
		return
	}
	lookEachMinute(ctx, s.clock.now, stepped)
}

// step is by how much a clock goes wrong in a minute before it counts as
// stepped. NTP slews by no more than 500 millionths, 30 ms a minute.
const step = 500 * time.Millisecond

// lookEachMinute is for a system that tells nothing: it calls stepped when wall
// went further than the clock by which timers go, or less far, until ctx is
// over. The latter stands still, on some systems, while the machine sleeps.
func lookEachMinute(ctx context.Context, wall func() time.Time, stepped func()) {
	shown, at := wall().Round(0), time.Now()
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		since, now := shown, at
		shown, at = wall().Round(0), time.Now()
		if drift := shown.Sub(since) - at.Sub(now); drift.Abs() > step {
			stepped()
		}
	}
}
