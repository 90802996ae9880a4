package trigger

import (
	"math"
	"time"
)

// bounded is a trigger with bounds around it. All that Between, Exclude, Only,
// Jitter and Splay add stands in one bounded, so that their order is no matter.
type bounded struct {
	inner  Trigger
	bounds bounds
}

// bounds are what any trigger can have around it; the zero bounds are none.
type bounds struct {
	start, end       int64 // microseconds
	hasStart, hasEnd bool
	exclude, only    *Days
	jitter, splay    time.Duration
	zone             *Zone // in which days begin; nil: UTC
	// legacy is APScheduler 3: the start is forgotten once there is a previous
	// time.
	legacy bool
}

// Between is t from start to end, both included. A zero Time is no bound.
func Between(t Trigger, start, end time.Time) Trigger {
	return around(t, func(b *bounds) {
		if !start.IsZero() {
			b.start, b.hasStart = micros(start), true
		}
		if !end.IsZero() {
			b.end, b.hasEnd = end.UnixMicro(), true
		}
	})
}

// Exclude is t without the times that fall on one of days, in the zone of t.
func Exclude(t Trigger, days *Days) Trigger {
	return around(t, func(b *bounds) { b.exclude = days })
}

// Only is t with only the times that fall on one of days, in the zone of t.
func Only(t Trigger, days *Days) Trigger {
	return around(t, func(b *bounds) { b.only = days })
}

// Jitter is t with a delay between nothing and most, another one for each
// slot. It looks random, but is made of the slot and of whose trigger it is,
// so all schedulers of a store agree on it.
func Jitter(t Trigger, most time.Duration) Trigger {
	return around(t, func(b *bounds) { b.jitter = most.Truncate(time.Microsecond) })
}

// Splay is t with a delay between nothing and most that is always the same
// for the same job: many jobs at the same minute are spread over it, and each
// keeps its rhythm.
func Splay(t Trigger, most time.Duration) Trigger {
	return around(t, func(b *bounds) { b.splay = most.Truncate(time.Microsecond) })
}

// around is t with its bounds changed.
func around(t Trigger, change func(*bounds)) Trigger {
	b := bounds{zone: dayZoneOf(t)}
	if old, ok := t.(*bounded); ok {
		t, b = old.inner, old.bounds
	}
	change(&b)
	if !b.hasStart {
		return withBounds(t, b)
	}
	// The start of these is where their series begins, so it moves there.
	switch s := t.(type) {
	case interval:
		if s.zone == nil {
			s.zone, s.anchor = UTC(), b.start
		}
		s.anchor = s.from(b.start)
		t, b.hasStart, b.start = s, false, 0
	case calendarInterval:
		t, b.hasStart, b.start = s.startingAt(b.start), false, 0
	}
	return withBounds(t, b)
}

func withBounds(t Trigger, b bounds) Trigger {
	if b == (bounds{zone: b.zone, legacy: b.legacy}) {
		return t
	}
	return &bounded{inner: t, bounds: b}
}

// bounds reads the options that any trigger takes.
func (b *builder) bounds(z *Zone) (around bounds, err error) {
	around.zone, around.legacy = z, b.legacy
	if around.start, around.hasStart, err = b.instant("start_date"); err != nil {
		return around, err
	}
	if around.end, around.hasEnd, err = b.endDate(); err != nil {
		return around, err
	}
	if around.jitter, err = b.span("jitter"); err != nil {
		return around, err
	}
	if around.splay, err = b.span("splay"); err != nil {
		return around, err
	}
	if around.exclude, err = b.days("exclude"); err != nil {
		return around, err
	}
	around.only, err = b.days("only")
	return around, err
}

// endsBefore is the error of an end_date before the time at which the trigger
// begins, when both are given as options. The text and the JSON form must be
// read again whatever Between was told, so there it is a warning.
func (b *builder) endsBefore(t Trigger, around bounds) error {
	if b.text != "" || !around.hasEnd {
		return nil
	}
	begin, key := around.start, "start_date"
	switch inner := t.(type) {
	case interval:
		if inner.zone == nil {
			return nil
		}
		begin = inner.anchor
	case calendarInterval:
		begin = inner.zone.instant(wall(inner.start*day)) * 1e6
	case date:
		begin, key = inner.at, "run_date"
	default:
		if !around.hasStart {
			return nil
		}
	}
	value := b.valueOf("end_date")
	if around.end >= begin || b.valueOf(key) == "" {
		return nil
	}
	return b.bad("end_date", value, 0, "the end is before %s=%s: it would never be due", key, b.valueOf(key))
}

// endDate reads end_date, which is included. That of a calendarinterval is a
// day, up to its end; elsewhere a date without a time is its midnight, as in
// APScheduler.
func (b *builder) endDate() (us int64, ok bool, err error) {
	value, ok := b.take("end_date")
	if !ok {
		return 0, false, nil
	}
	c, bad := parseClock(value, b.legacy)
	if bad != nil {
		return 0, false, keyed("end_date", bad)
	}
	us = c.instant(b.zone)
	if b.kind == "calendarinterval" && !c.hasTime {
		us = b.zone.instant(wall((c.days()+1)*day))*1e6 - 1
	}
	return us, true, nil
}

func (b *bounds) write(w *writer) {
	if b.hasStart {
		w.time("start_date", b.start, b.zone)
	}
	if b.hasEnd {
		w.time("end_date", b.end, b.zone)
	}
	w.duration("jitter", b.jitter)
	w.duration("splay", b.splay)
	if b.exclude != nil {
		w.field("exclude", b.exclude.String())
	}
	if b.only != nil {
		w.field("only", b.only.String())
	}
}

func (t *bounded) Next(prev, now time.Time) time.Time {
	b := &t.bounds
	inner := t.inner
	if b.hasStart && prev.IsZero() && now.UnixMicro() < b.start {
		now = microTime(b.start, nil)
	}
	next := inner.Next(prev, now)
	horizon := next.Add(maxHorizon)
	for range maxRounds {
		if next.IsZero() || b.hasEnd && next.UnixMicro() > b.end || next.After(horizon) {
			return time.Time{}
		}
		at := next.UnixMicro()
		from := b.allowed(at, prev.IsZero())
		if from == at {
			return next
		}
		if from == math.MaxInt64 {
			return time.Time{}
		}
		if from == b.start && b.hasStart {
			horizon = microTime(from, nil).Add(maxHorizon)
		}
		inner = begunAt(inner, next)
		next = atOrAfter(inner, microTime(from, nil))
	}
	return time.Time{}
}

// allowed is at, or when the bounds do not let it pass, the first time after
// it at which they might. MaxInt64: there is none.
func (b *bounds) allowed(at int64, first bool) int64 {
	if b.hasStart && at < b.start && (first || !b.legacy) {
		return b.start
	}
	if b.exclude == nil && b.only == nil {
		return at
	}
	zone := b.zone
	if zone == nil {
		zone = UTC()
	}
	today, _ := zone.wallAt(floorDiv(at, 1e6)).split()
	want := today
	if b.only != nil && !b.only.has(today) {
		next, ok := b.only.after(today)
		if !ok {
			return math.MaxInt64
		}
		want = next
	} else if b.exclude != nil && b.exclude.has(today) {
		want = today + 1
	}
	if want == today {
		return at
	}
	return max(zone.instant(wall(want*day))*1e6, at+1)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// Delay is what is added to a slot; it never goes beyond the end.
func (t *bounded) Delay(slot time.Time, key string) time.Duration {
	b := &t.bounds
	d := Delay(t.inner, slot, key)
	if b.splay > 0 {
		d += share(b.splay, hash(key, 0))
	}
	if b.jitter > 0 {
		d += share(b.jitter, hash(key, slot.UnixMicro()))
	}
	if b.hasEnd {
		d = min(d, time.Duration(max(b.end-slot.UnixMicro(), 0))*time.Microsecond)
	}
	return d
}

// share is a part of most, in whole microseconds.
func share(most time.Duration, h uint64) time.Duration {
	steps := uint64(most.Microseconds()) + 1
	return time.Duration(h%steps) * time.Microsecond
}

// hash mixes a key and a number so that close ones are far apart: FNV-1a for
// the key, then the finalizer of SplitMix64. It is part of what is stored, in
// that schedulers of different versions must agree on it.
func hash(key string, n int64) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(key) {
		h = (h ^ uint64(key[i])) * 1099511628211
	}
	h += uint64(n) * 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

func (t *bounded) String() string { return textOf(t) }

// kind, write and the others are the inner one's; the writer adds the bounds.
func (t *bounded) kind() string    { return t.inner.(formed).kind() }
func (t *bounded) write(w *writer) { t.inner.(formed).write(w) }
func (t *bounded) dayZone() *Zone  { return dayZoneOf(t.inner) }
