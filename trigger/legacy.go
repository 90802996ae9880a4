package trigger

import (
	"math/bits"
	"time"
)

// moment is a Python datetime with a zone: what the clock shows, and by which
// offset it is meant. Other than a span it can lie in a gap.
type moment struct {
	wall   wall
	offset int64
	fold   bool // the second time that the clock shows it
}

func (m moment) instant() int64 { return int64(m.wall) - m.offset }

func (z *Zone) moment(at int64) moment {
	s := z.span(at)
	m := moment{wall: wall(at + s.offset), offset: s.offset}
	if s.start != beginningOfTime {
		m.fold = m.wall < z.shownBefore(s)
	}
	return m
}

// meant is the moment of a wall time as Python finds it (PEP 495): in a gap by
// the offset before the change, or after it with fold.
func (z *Zone) meant(w wall, fold bool) moment {
	at, n := z.instants(w)
	switch {
	case n == 2 && fold:
		return moment{w, int64(w) - at[1], true}
	case n > 0:
		return moment{w, int64(w) - at[0], fold}
	}
	before, after, _ := z.gap(w)
	if fold {
		return moment{w, after.offset, true}
	}
	return moment{w, before.offset, false}
}

// legacyNext finds the slot as CronTrigger.get_next_fire_time of APScheduler
// 3.11.2 does, with what that gets wrong: going up by a field takes the
// difference of two wall times for time that passes, so that a clock change
// in between is overshot.
func (c *cron) legacyNext(prev, now time.Time) time.Time {
	from := now
	if !prev.IsZero() && !prev.After(now) {
		from = prev.Add(time.Microsecond)
	}
	walk := legacyWalk{c: c, at: c.zone.moment(firstSecond(from))}
	if !walk.run() {
		return time.Time{}
	}
	return c.zone.time(walk.at.instant())
}

// legacyWalk is one search: it settles the fields from year to second.
type legacyWalk struct {
	c  *cron
	at moment
	f  int // the field that is looked at; -1: there is no slot
}

func (l *legacyWalk) run() bool {
	limit := l.value(year) + gregorian
	for l.f = 0; 0 <= l.f && l.f < int(numFields); {
		f := field(l.f)
		if l.c.years == nil && l.value(year) > limit {
			return false
		}
		value := l.value(f)
		next, ok := l.next(f)
		switch {
		case !ok:
			l.f--
			l.increment()
		case next == value:
			l.f++
		case f == week || f == weekday:
			l.increment()
		default:
			l.set(f, next)
			l.f++
		}
	}
	return l.f >= 0
}

// value is the field of the time reached.
func (l *legacyWalk) value(f field) int {
	days, sec := l.at.wall.split()
	y, m, d := civil(days)
	switch f {
	case year:
		return y
	case month:
		return m
	case dayOfMonth:
		return d
	case week:
		_, n := time.Unix(int64(l.at.wall), 0).UTC().ISOWeek()
		return n
	case weekday:
		return weekdayOf(days)
	case hour:
		return int(sec / 3600)
	case minute:
		return int(sec / 60 % 60)
	}
	return int(sec % 60)
}

// next is the least value of the field's set from its value on.
func (l *legacyWalk) next(f field) (int, bool) {
	v := l.value(f)
	var set uint64
	switch f {
	case year:
		n := l.c.nextYear(v)
		return n, n <= maxYear
	case month:
		set = uint64(l.c.months)
	case dayOfMonth:
		days, _ := l.at.wall.split()
		y, m, _ := civil(days)
		set = uint64(l.c.monthDays(y, m, daysOf(y, m))) & (1<<(monthLength(y, m)+1) - 1)
	case week:
		set = l.c.weeks
	case weekday:
		set = uint64(l.c.weekdays)
	case hour:
		set = uint64(l.c.hours)
	case minute:
		set = l.c.minutes
	case second:
		set = l.c.seconds
	}
	set >>= v
	return v + bits.TrailingZeros64(set), set != 0
}

// increment goes on to the next value of l.f, or of the field above it that
// has one, with the least values below it (as _increment_field_value).
func (l *legacyWalk) increment() {
	if l.f == int(week) || l.f == int(weekday) {
		l.f = int(dayOfMonth)
	}
	for l.f >= 0 && l.value(field(l.f)) == l.greatest(field(l.f)) {
		l.f--
		if l.f == int(weekday) {
			l.f = int(dayOfMonth)
		}
	}
	if l.f < 0 {
		return
	}
	w := l.with(field(l.f), l.value(field(l.f))+1)
	l.at = l.c.zone.moment(l.at.instant() + int64(w-l.at.wall))
}

// set moves the field to a value, with the least values below it (as
// _set_field_value).
func (l *legacyWalk) set(f field, value int) {
	l.at = l.c.zone.meant(l.with(f, value), l.at.fold)
}

// with is the wall time with another value of f and the least values below.
func (l *legacyWalk) with(f field, value int) wall {
	var v [numFields]int
	for g := year; g < numFields; g++ {
		switch {
		case g < f:
			v[g] = l.value(g)
		case g == f:
			v[g] = value
		default:
			v[g], _ = g.bounds()
		}
	}
	date := daysOf(v[year], v[month]) + int64(v[dayOfMonth]) - 1
	return wall(date*day + int64(v[hour]*3600+v[minute]*60+v[second]))
}

func (l *legacyWalk) greatest(f field) int {
	if f == dayOfMonth {
		return monthLength(l.value(year), l.value(month))
	}
	_, high := f.bounds()
	return high
}
