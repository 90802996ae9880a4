package trigger

import (
	"slices"
	"strings"
	"time"
)

// A search that finds nothing gives up after so many times that were looked at,
// and so long after the first of them; the trigger then counts as ended.
const (
	maxRounds  = 10_000
	maxHorizon = 100 * 366 * 24 * time.Hour
)

// or is due whenever one of its parts is.
type or struct {
	parts []Trigger
	// legacy is APScheduler 3: an interval restarts from whatever was due last.
	legacy bool
}

// Or is due whenever at least one of its parts is, once when several are at
// the same moment. It has ended when all have. It panics if a part is an
// interval without a start (EveryFrom gives one), whose times would depend on
// the others'.
func Or(parts ...Trigger) Trigger {
	mustHaveGrid(parts)
	return or{parts: slices.Clone(parts)}
}

func (o or) Next(prev, now time.Time) time.Time {
	var first time.Time
	for _, t := range o.parts {
		if next := t.Next(prev, now); !next.IsZero() && (first.IsZero() || next.Before(first)) {
			first = next
		}
	}
	return first
}

// Delay is the least of those of the parts that are due at slot.
func (o or) Delay(slot time.Time, key string) time.Duration {
	least := time.Duration(-1)
	for _, t := range o.parts {
		if !dueAt(t, slot) {
			continue
		}
		if d := Delay(t, slot, key); least < 0 || d < least {
			least = d
		}
	}
	return max(least, 0)
}

func (o or) String() string { return textOf(o) }

func (o or) kind() string   { return "or" }
func (o or) dayZone() *Zone { return firstZone(o.parts) }
func (o or) words() string  { return joinWords(o.parts, ", or ") }

func (o or) write(w *writer) {
	w.children(o.parts)
	if o.legacy {
		w.field("compat", apscheduler3)
	}
}

// and is due when all of its parts are.
type and struct {
	parts     []Trigger
	threshold int64 // microseconds by which they may be apart
}

// And is due when all of its parts are due at the same moment. It has ended
// when one of them has, or when 10,000 times at which one of them is due, or a
// hundred years, show none. It panics as Or does.
func And(first Trigger, more ...Trigger) Trigger { return AndWithin(0, first, more...) }

// AndWithin is due when all of its parts are due within threshold of each
// other, at the first of their moments. A time of a part counts for one match
// only.
func AndWithin(threshold time.Duration, first Trigger, more ...Trigger) Trigger {
	parts := append([]Trigger{first}, more...)
	mustHaveGrid(parts)
	return and{parts: parts, threshold: max(threshold.Microseconds(), 0)}
}

func (a and) Next(prev, now time.Time) time.Time {
	times := make([]time.Time, len(a.parts))
	matched := a.threshold > 0 && !prev.IsZero() && slices.ContainsFunc(a.parts, func(t Trigger) bool { return dueAt(t, prev) })
	for i, t := range a.parts {
		times[i] = t.Next(prev, now)
		if matched && a.usedUp(t, prev, times[i]) {
			times[i] = t.Next(times[i], now)
		}
	}
	parts := slices.Clone(a.parts)
	horizon := latest(times).Add(maxHorizon)
	// Each round moves every time that is too early to the first one that the
	// latest leaves possible, so a part that is due often takes no more rounds.
	for range maxRounds {
		first, last := slices.MinFunc(times, time.Time.Compare), latest(times)
		if first.IsZero() || last.After(horizon) {
			return time.Time{}
		}
		if last.Sub(first) <= a.within() {
			return first
		}
		possible := last.Add(-a.within())
		for i, t := range parts {
			if times[i].Before(possible) {
				parts[i] = begunAt(t, times[i])
				times[i] = atOrAfter(parts[i], possible)
			}
		}
	}
	return time.Time{}
}

func latest(times []time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }

// usedUp: next is a time of t that was matched with prev, the time of another
// part. A prev that is a time of no part was matched with nothing.
func (a and) usedUp(t Trigger, prev, next time.Time) bool {
	return !next.IsZero() && next.Sub(prev) <= a.within() && !dueAt(t, prev)
}

// dueAt: at is one of the times of t.
func dueAt(t Trigger, at time.Time) bool { return t.Next(before(at), at).Equal(at) }

func (a and) within() time.Duration { return time.Duration(a.threshold) * time.Microsecond }

// Delay is the greatest of those of the parts.
func (a and) Delay(slot time.Time, key string) time.Duration {
	var most time.Duration
	for _, t := range a.parts {
		most = max(most, Delay(t, slot, key))
	}
	return most
}

func (a and) String() string { return textOf(a) }

func (a and) kind() string   { return "and" }
func (a and) dayZone() *Zone { return firstZone(a.parts) }
func (a and) words() string  { return joinWords(a.parts, ", and at the same time ") }

func (a and) write(w *writer) {
	w.children(a.parts)
	w.duration("threshold", a.within())
}

// atOrAfter is the first time of t at or after a time; t must have a grid. A
// trigger that has begun before it may name its beginning when there is no
// previous time, so then it is given one.
func atOrAfter(t Trigger, at time.Time) time.Time {
	next := t.Next(time.Time{}, at)
	if next.Before(at) && !next.IsZero() {
		return t.Next(before(at), at)
	}
	return next
}

// begunAt is t for a search that goes on from at, one of its times: an
// interval without a grid gets one, and a calendar series need not be walked
// from its start each time.
func begunAt(t Trigger, at time.Time) Trigger {
	switch s := t.(type) {
	case interval:
		if s.zone == nil && !at.IsZero() {
			return interval{every: s.every, anchor: micros(at), zone: UTC()}
		}
	case calendarInterval:
		if s.walks() && !s.legacy && !at.IsZero() {
			s.start, _ = s.zone.wallAt(at.Unix()).split()
			return s
		}
	}
	return t
}

// before is one step of time before t.
func before(t time.Time) time.Time { return t.Add(-time.Microsecond) }

// hasGrid: t is due at times that do not depend on when it is asked.
func hasGrid(t Trigger) bool {
	if around, ok := t.(*bounded); ok {
		t = around.inner
	}
	i, ok := t.(interval)
	return !ok || i.zone != nil
}

func mustHaveGrid(parts []Trigger) {
	for _, t := range parts {
		if !hasGrid(t) {
			panic("trigger: " + t.String() + " has no start: use EveryFrom")
		}
	}
}

func firstZone(parts []Trigger) *Zone {
	if len(parts) == 0 {
		return nil
	}
	return dayZoneOf(parts[0])
}

func dayZoneOf(t Trigger) *Zone {
	if f, ok := t.(formed); ok {
		return f.dayZone()
	}
	return nil
}

func joinWords(parts []Trigger, word string) string {
	if len(parts) == 0 {
		return "never"
	}
	all := make([]string, len(parts))
	for i, t := range parts {
		all[i] = Describe(t)
	}
	return strings.Join(all, word)
}
