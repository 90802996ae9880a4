package trigger

import (
	"fmt"
	"time"
)

// interval is due every so often: at the times of a grid or, without one,
// each time so long after the last.
type interval struct {
	every  int64 // microseconds, above zero
	anchor int64 // a time of the grid, the first
	zone   *Zone // in which the times are shown; nil: there is no grid
	// legacy is APScheduler 3: with a previous time the grid is forgotten.
	legacy bool
}

// Every is due each d, for the first time one d after it is first asked. It
// panics if d is less than a microsecond, as time.NewTicker does for zero.
//
// Days are of 24 hours and hours of 60 minutes, whatever clocks are changed
// to; Calendar counts days as people do.
func Every(d time.Duration) Trigger { return interval{every: wholeMicros(d)} }

// EveryFrom is due at start and each d from then on, also when start has gone
// by: the times are start+d, start+2d and so on, whenever it is asked. It
// panics as Every does.
func EveryFrom(start time.Time, d time.Duration) Trigger {
	return interval{every: wholeMicros(d), anchor: micros(start), zone: zoneOf(start)}
}

func wholeMicros(d time.Duration) int64 {
	if d < time.Microsecond {
		panic(fmt.Sprintf("trigger: an interval of %v", d))
	}
	return d.Microseconds()
}

func (i interval) Next(prev, now time.Time) time.Time {
	var at int64
	switch {
	case i.zone == nil && prev.IsZero():
		at = micros(now) + i.every
	case i.zone == nil, i.legacy && !prev.IsZero():
		at = micros(prev) + i.every
	case prev.IsZero():
		at = i.from(micros(now))
	default:
		at = i.from(prev.UnixMicro() + 1)
	}
	if at >= (lastDate+1)*day*1e6 {
		return time.Time{}
	}
	return microTime(at, i.zone)
}

// from is the first time of the grid at or after a time.
func (i interval) from(us int64) int64 {
	if us <= i.anchor {
		return i.anchor
	}
	steps := (us - i.anchor + i.every - 1) / i.every
	return i.anchor + steps*i.every
}

func (i interval) String() string { return textOf(i) }

func (i interval) kind() string    { return "interval" }
func (i interval) dayZone() *Zone  { return i.zone }
func (i interval) write(w *writer) { w.bare("every", timedelta(i.every)); i.writeGrid(w) }

func (i interval) writeGrid(w *writer) {
	if i.zone == nil {
		return
	}
	w.time("start_date", i.anchor, i.zone)
	w.zone(i.zone)
	if i.legacy {
		w.field("compat", apscheduler3)
	}
}
