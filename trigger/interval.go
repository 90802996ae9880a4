package trigger

import (
	"fmt"
	"time"
)

// interval is due every so often.
type interval struct {
	every  time.Duration
	anchor time.Time // a slot; zero: the first slot is one interval after now
}

// Every is due each d, for the first time one d after it is first asked. It
// panics if d has no whole microseconds above zero, as time.NewTicker does.
func Every(d time.Duration) Trigger { return EveryFrom(time.Time{}, d) }

// EveryFrom is due at start and each d from then on: start+d, start+2d... It
// panics as Every does.
func EveryFrom(start time.Time, d time.Duration) Trigger {
	if d < time.Microsecond {
		panic(fmt.Sprintf("trigger: interval of %v", d))
	}
	return interval{every: d.Truncate(time.Microsecond), anchor: micro(start)}
}

func (i interval) Next(prev, now time.Time) time.Time {
	if i.anchor.IsZero() {
		if prev.IsZero() {
			prev = now
		}
		return micro(prev).Add(i.every)
	}
	if prev.IsZero() {
		if !now.After(i.anchor) {
			return i.anchor
		}
		return i.after(now.Add(-time.Nanosecond))
	}
	if prev.Before(i.anchor) {
		return i.anchor
	}
	return i.after(prev)
}

// after is the first slot of the grid that is later than t, which is not
// before the anchor.
func (i interval) after(t time.Time) time.Time {
	return i.anchor.Add((t.Sub(i.anchor)/i.every + 1) * i.every)
}

func (i interval) String() string {
	return "interval[" + i.every.String() + "]"
}

// micro is t in whole microseconds, rounded up, without a monotonic clock.
func micro(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	r := t.Truncate(time.Microsecond)
	if r.Before(t) {
		r = r.Add(time.Microsecond)
	}
	return r
}
