package trigger

import (
	"math/bits"
	"time"
)

// calendar is the set of the wall-clock times that a cron trigger matches,
// one set for each field. Bit n of a set stands for the value n.
type calendar struct {
	seconds, minutes uint64
	weeks            uint64
	// nth has weekdays by their place in the month: bit 7*n+w is the weekday w
	// (from Monday, 0) for the (n+1)-th time, n = 5 for the last time.
	nth      uint64
	hours    uint32
	days     uint32 // bit 0: the last day of the month
	months   uint16
	weekdays uint8 // bit 0: Monday
	// either: a date matches by its day of month or by its weekday, as in a
	// crontab that restricts both; otherwise it must match by both.
	either bool
	years  []yearRange // nil: every year
}

// yearRange is first, first+step ... up to last.
type yearRange struct{ first, last, step uint16 }

const (
	allWeeks     = 1<<54 - 2
	allDays      = 1<<32 - 2
	allWeekdays  = 1<<7 - 1
	lastInMonth  = 5
	lastDay      = 1 << 0
	everyWeekOne = 0x10204081 // bits 0, 7, 14, 21, 28
	// gregorian is the number of years after which dates, weekdays and ISO
	// weeks repeat exactly.
	gregorian = 400
)

// add puts one value into the set of f.
func (c *calendar) add(f field, value int) {
	switch f {
	case month:
		c.months |= 1 << value
	case dayOfMonth:
		c.days |= 1 << value
	case week:
		c.weeks |= 1 << value
	case weekday:
		c.weekdays |= 1 << value
	case hour:
		c.hours |= 1 << value
	case minute:
		c.minutes |= 1 << value
	case second:
		c.seconds |= 1 << value
	}
}

// addRange puts first, first+step ... last into the set of f.
func (c *calendar) addRange(f field, first, last, step int) {
	if f == year {
		c.years = append(c.years, yearRange{uint16(first), uint16(last), uint16(min(step, maxYear))})
		return
	}
	for v := first; v <= last; v += step {
		c.add(f, v)
	}
}

// next is the first matching wall time at or after w; ok is false when there
// is none before the year 10000.
func (c *calendar) next(w wall) (_ wall, ok bool) {
	days, sec := w.split()
	date, ok := c.nextDate(days)
	if !ok {
		return 0, false
	}
	if date == days {
		if at, ok := c.nextTime(int(sec)); ok {
			return wall(date*day + int64(at)), true
		}
		if date, ok = c.nextDate(days + 1); !ok {
			return 0, false
		}
	}
	return wall(date*day + int64(c.firstTime())), true
}

// firstTime and lastTime are the ends of the matching times of a day, in
// seconds.
func (c *calendar) firstTime() int {
	return bits.TrailingZeros32(c.hours)*3600 + bits.TrailingZeros64(c.minutes)*60 + bits.TrailingZeros64(c.seconds)
}

func (c *calendar) lastTime() int {
	return (bits.Len32(c.hours)-1)*3600 + (bits.Len64(c.minutes)-1)*60 + bits.Len64(c.seconds) - 1
}

// nextTime is the first matching second of the day at or after sec.
func (c *calendar) nextTime(sec int) (int, bool) {
	h, m, s := sec/3600, sec/60%60, sec%60
	if c.hours>>h&1 == 1 {
		if c.minutes>>m&1 == 1 {
			if rest := c.seconds >> s; rest != 0 {
				return sec + bits.TrailingZeros64(rest), true
			}
		}
		if rest := c.minutes >> (m + 1); rest != 0 {
			m += 1 + bits.TrailingZeros64(rest)
			return h*3600 + m*60 + bits.TrailingZeros64(c.seconds), true
		}
	}
	rest := c.hours >> (h + 1)
	if rest == 0 {
		return 0, false
	}
	h += 1 + bits.TrailingZeros32(rest)
	return h*3600 + bits.TrailingZeros64(c.minutes)*60 + bits.TrailingZeros64(c.seconds), true
}

// nextDate is the first matching date at or after the one given, both in days
// since 1970-01-01. It gives up when the calendar has come round without a
// match.
func (c *calendar) nextDate(days int64) (int64, bool) {
	y, m, d := civil(max(days, 0))
	limit := maxYear
	if c.years == nil {
		limit = min(limit, y+gregorian)
	}
	for {
		inSet := c.nextYear(y)
		if inSet > limit {
			return 0, false
		}
		if inSet != y {
			y, m, d = inSet, 1, 1
		}
		for rest := c.months >> m; rest != 0; rest = c.months >> m {
			if skip := bits.TrailingZeros16(rest); skip > 0 {
				m, d = m+skip, 1
			}
			first := daysOf(y, m)
			if match := c.dates(y, m, first) >> d; match != 0 {
				return first + int64(d+bits.TrailingZeros32(match)) - 1, true
			}
			m, d = m+1, 1
		}
		y, m, d = y+1, 1, 1
	}
}

// nextYear is the first matching year from y on, or one beyond maxYear.
func (c *calendar) nextYear(y int) int {
	if c.years == nil {
		return y
	}
	best := maxYear + 1
	for _, r := range c.years {
		next := int(r.first)
		if y > next {
			step := int(r.step)
			next += (y - next + step - 1) / step * step
		}
		if next <= int(r.last) {
			best = min(best, next)
		}
	}
	return best
}

// dates is the set of the matching days of a month, whose first day is first
// days after 1970-01-01.
func (c *calendar) dates(y, m int, first int64) uint32 {
	opening := weekdayOf(first)
	byDay := c.monthDays(y, m, first)
	match := byDay
	if c.weekdays != allWeekdays {
		turned := uint64(c.weekdays) * (1<<7 + 1) >> opening & allWeekdays
		byWeekday := uint32(turned*everyWeekOne) << 1
		if c.either {
			match |= byWeekday
		} else {
			match &= byWeekday
		}
	}
	match &= uint32(1)<<(monthLength(y, m)+1) - 2
	if c.weeks != allWeeks && match != 0 {
		match &= c.weekDates(y, m, opening)
	}
	return match
}

// monthDays is the set of the days that the field day names in a month; it
// can have days beyond the month's end.
func (c *calendar) monthDays(y, m int, first int64) uint32 {
	set := c.days & allDays
	if c.days&lastDay != 0 {
		set |= 1 << monthLength(y, m)
	}
	if c.nth != 0 {
		set |= c.nthDates(weekdayOf(first), monthLength(y, m))
	}
	return set
}

// nthDates are the days of a month that nth names.
func (c *calendar) nthDates(opening, length int) (match uint32) {
	for set := c.nth; set != 0; set &= set - 1 {
		bit := bits.TrailingZeros64(set)
		n, w := bit/7, bit%7
		d := 1 + (w-opening+7)%7 + 7*n
		if n == lastInMonth {
			d = 29 + (w-opening+7)%7
			if d > length {
				d -= 7
			}
		}
		if d <= length {
			match |= 1 << d
		}
	}
	return match
}

// weekDates are the days of a month, and some beyond its end, whose ISO week
// is in weeks.
func (c *calendar) weekDates(y, m, opening int) (match uint32) {
	for d := 1; d <= 31; {
		upTo := d + 6 - opening // the Sunday
		opening = 0
		_, n := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).ISOWeek()
		if c.weeks>>n&1 == 1 {
			match |= uint32(1)<<min(upTo+1, 32) - uint32(1)<<d
		}
		d = upTo + 1
	}
	return match
}

func monthLength(y, m int) int {
	if m == 2 {
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 30 + (m+m>>3)&1
}

// daysOf is the first of a month as days since 1970-01-01, for years from 0
// on. The years are taken to begin in March, so that the leap day comes last.
func daysOf(y, m int) int64 {
	if m <= 2 {
		y, m = y-1, m+12
	}
	return int64(365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 - 719468)
}

// civil is the inverse of daysOf, for any day from the year 0 on.
func civil(days int64) (y, m, d int) {
	days += 719468
	era := days / 146097
	inEra := days % 146097
	inYear := (inEra - inEra/1460 + inEra/36524 - inEra/146096) / 365
	rest := int(inEra - (365*inYear + inYear/4 - inYear/100))
	y = int(inYear + era*gregorian)
	m = (5*rest + 2) / 153
	d = rest - (153*m+2)/5 + 1
	if m < 10 {
		return y, m + 3, d
	}
	return y + 1, m - 9, d
}
