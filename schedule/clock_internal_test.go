package schedule

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// In the bubble time.Sleep moves the clock by which timers go; offset is what
// people, NTP or a sleep of the machine add to what the wall clock shows.
func TestLookEachMinute(t *testing.T) {
	for _, c := range []struct {
		name  string
		jumps []time.Duration // one in each minute
		want  int
	}{
		{"nothing", []time.Duration{0, 0, 0}, 0},
		{"slewed by NTP", []time.Duration{30 * time.Millisecond, -30 * time.Millisecond, 499 * time.Millisecond}, 0},
		{"slewed for an hour", repeated(30*time.Millisecond, 60), 0},
		{"an hour forward", []time.Duration{0, time.Hour, 0}, 1},
		{"an hour back", []time.Duration{-time.Hour, 0, 0}, 1},
		{"there and back", []time.Duration{time.Second, 0, -time.Second}, 2},
		// Timers stood still while the machine slept; the wall clock did not.
		{"asleep for a night", []time.Duration{0, 8 * time.Hour, 0}, 1},
		{"asleep for a second", []time.Duration{time.Second}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var offset atomic.Int64
				wall := func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
				ctx, cancel := context.WithCancel(context.Background())
				ended, steps := make(chan struct{}), 0
				go func() {
					defer close(ended)
					lookEachMinute(ctx, wall, func() { steps++ })
				}()
				synctest.Wait()
				for _, jump := range c.jumps {
					offset.Add(int64(jump))
					time.Sleep(time.Minute)
					synctest.Wait()
				}
				cancel()
				<-ended
				if steps != c.want {
					t.Errorf("%d steps, want %d", steps, c.want)
				}
			})
		})
	}
}

func repeated(d time.Duration, n int) []time.Duration {
	all := make([]time.Duration, n)
	for i := range all {
		all[i] = d
	}
	return all
}
