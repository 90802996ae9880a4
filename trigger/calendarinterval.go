package trigger

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Period is a number of calendar units.
type Period struct{ Years, Months, Weeks, Days int }

// Clock is a time of day.
type Clock struct{ Hour, Minute, Second int }

// calendarInterval is due at a time of day every so many calendar units.
type calendarInterval struct {
	step  Period
	at    int   // second of the day
	start int64 // the first date, days since 1970-01-01
	zone  *Zone
	// legacy is APScheduler 3: the start is due also when it has gone by, and
	// the date of the previous time is what the step is added to.
	legacy bool
}

// CalendarInterval is due at a time of day, in zone, on the date of start and
// from there on every so many years, months, weeks and days: the number of
// the day stays, so that a month or year that lacks it is left out. A day on
// which the clocks skip the time is left out too; when they show it twice, the
// first counts. It panics if step is not positive or at no time of day.
func CalendarInterval(step Period, at Clock, start time.Time, zone *Zone) Trigger {
	c := calendarInterval{step: step, at: at.Hour*3600 + at.Minute*60 + at.Second, zone: zone}
	if least := min(step.Years, step.Months, step.Weeks, step.Days); least < 0 || step == (Period{}) {
		panic(fmt.Sprintf("trigger: a calendar interval of %+v", step))
	}
	if c.at < 0 || c.at >= day || min(at.Hour, at.Minute, at.Second) < 0 || max(at.Minute, at.Second) > 59 {
		panic(fmt.Sprintf("trigger: no time of day: %+v", at))
	}
	c.start, _ = zone.wallAt(start.Unix()).split()
	return c
}

func (c calendarInterval) Next(prev, now time.Time) time.Time {
	from := int64(math.MinInt64)
	date := c.start
	switch {
	case c.legacy && !prev.IsZero():
		today, _ := c.zone.wallAt(prev.Unix()).split()
		date = c.after(today)
	case c.legacy:
	case prev.IsZero():
		from = micros(now)
	default:
		from = prev.UnixMicro() + 1
	}
	if from > math.MinInt64 {
		today, _ := c.zone.wallAt(floorDiv(from, 1e6)).split()
		date = c.near(today - 1)
	}
	// What is left out in a row are dates in clock changes, or at most two
	// dates before from: it is found soon, or there is none.
	for range maxRounds {
		if date > lastDate {
			return time.Time{}
		}
		at, n := c.zone.instants(wall(date*day + int64(c.at)))
		if n > 0 && at[0]*1e6 >= from {
			return c.zone.time(at[0])
		}
		date = c.after(date)
	}
	return time.Time{}
}

// lastDate is 9999-12-31.
const lastDate = 2932896

// after is the date one step after a date.
func (c calendarInterval) after(date int64) int64 {
	y, m, d := civil(date)
	if months := c.step.Years*12 + c.step.Months; months > 0 {
		for tries := 0; ; tries++ {
			n := y*12 + m - 1 + months
			y, m = n/12, n%12+1
			if y > maxYear || tries > gregorian*12 {
				return lastDate + 1
			}
			if d <= monthLength(y, m) {
				break
			}
		}
		date = daysOf(y, m) + int64(d) - 1
	}
	return date + int64(c.step.Weeks)*7 + int64(c.step.Days)
}

// near is a date of the series that is not after date, as late as can be told
// without walking; the start if there is none.
func (c calendarInterval) near(date int64) int64 {
	if date <= c.start {
		return c.start
	}
	days := int64(c.step.Weeks)*7 + int64(c.step.Days)
	months := c.step.Years*12 + c.step.Months
	switch {
	case months == 0:
		return c.start + (date-c.start)/days*days
	case days == 0:
		return c.nearMonth(date, months)
	}
	// A series of both is a walk: each date depends on the one before.
	last := c.start
	for next := c.after(last); next <= date && next <= lastDate; next = c.after(last) {
		last = next
	}
	return last
}

func (c calendarInterval) nearMonth(date int64, months int) int64 {
	y, m, _ := civil(date)
	startYear, startMonth, d := civil(c.start)
	for steps := (y*12 + m - startYear*12 - startMonth) / months; steps > 0; steps-- {
		n := startYear*12 + startMonth - 1 + steps*months
		if found := daysOf(n/12, n%12+1) + int64(d) - 1; d <= monthLength(n/12, n%12+1) && found <= date {
			return found
		}
	}
	return c.start
}

// startingAt is the series from the first date on whose time is not before us.
func (c calendarInterval) startingAt(us int64) calendarInterval {
	if next := c.Next(time.Time{}, microTime(us, nil)); !next.IsZero() {
		first, _ := c.zone.wallAt(next.Unix()).split()
		c.start = max(c.start, first)
	} else {
		c.start = lastDate
	}
	return c
}

// walks: both months and days are added, so that no date but the next one can
// be told without those between.
func (c calendarInterval) walks() bool {
	return c.step.Years*12+c.step.Months > 0 && c.step.Weeks*7+c.step.Days > 0
}

func (c calendarInterval) String() string { return textOf(c) }

func (c calendarInterval) kind() string   { return "calendarinterval" }
func (c calendarInterval) dayZone() *Zone { return c.zone }

func (c calendarInterval) write(w *writer) {
	w.number("years", c.step.Years)
	w.number("months", c.step.Months)
	w.number("weeks", c.step.Weeks)
	w.number("days", c.step.Days)
	w.number("hour", c.at/3600)
	w.number("minute", c.at/60%60)
	w.number("second", c.at%60)
	w.field("start_date", dateText(c.start))
	w.zone(c.zone)
	if c.legacy {
		w.field("compat", apscheduler3)
	}
}

func (b *builder) calendarInterval() (Trigger, error) {
	c := calendarInterval{zone: b.zone, legacy: b.legacy}
	for _, u := range []struct {
		key  string
		into *int
	}{{"years", &c.step.Years}, {"months", &c.step.Months}, {"weeks", &c.step.Weeks}, {"days", &c.step.Days}} {
		if err := b.whole(u.key, u.into, 0, 1_000_000); err != nil {
			return nil, err
		}
	}
	if c.step == (Period{}) {
		return nil, b.missing("trigger calendarinterval needs years, months, weeks or days above 0")
	}
	var at Clock
	if err := b.whole("hour", &at.Hour, 0, 23); err != nil {
		return nil, err
	}
	if err := b.whole("minute", &at.Minute, 0, 59); err != nil {
		return nil, err
	}
	if err := b.whole("second", &at.Second, 0, 59); err != nil {
		return nil, err
	}
	c.at = at.Hour*3600 + at.Minute*60 + at.Second
	return c.begin(b)
}

// begin reads where the series begins; the default is today.
func (c calendarInterval) begin(b *builder) (Trigger, error) {
	value, ok := b.take("start_date")
	if !ok {
		if b.Now.IsZero() {
			return nil, b.missing("trigger calendarinterval needs a start_date, such as 2030-01-31")
		}
		c.start, _ = c.zone.wallAt(b.Now.Unix()).split()
		return c, nil
	}
	clock, bad := parseClock(value, b.legacy)
	if bad != nil {
		return nil, keyed("start_date", bad)
	}
	c.start = clock.days()
	if clock.hasOffset {
		c.start, _ = c.zone.wallAt(floorDiv(clock.instant(c.zone), 1e6)).split()
	}
	return c, nil
}

// whole reads an option that is a whole number.
func (b *builder) whole(key string, into *int, low, high int) error {
	value, ok := b.take(key)
	if !ok {
		return nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil || n < low || n > high {
		if clock := clockHint(value); clock != "" && key == "hour" {
			return b.bad(key, value, strings.IndexByte(value, ':'), "%s", clock)
		}
		return b.bad(key, value, 0, "a whole number from %d to %d is expected", low, high)
	}
	*into = n
	return nil
}
