package trigger

import (
	"slices"
	"strconv"
	"strings"
)

// icalRule is an RRULE of FREQ=YEARLY.
type icalRule struct {
	interval, count int
	until           int64
	hasUntil        bool
	month, date     int // of the month
	nth             nthDay
	hasNth          bool
}

// repeat adds the days of an event that is repeated.
func (e *icalEvent) repeat(d *Days) error {
	r, err := e.readRule()
	if err != nil {
		return err
	}
	if r.count == 0 && !r.hasUntil {
		return e.everyYear(d, r)
	}
	year, _, _ := civil(e.start)
	for found := 0; (r.count == 0 || found < r.count) && year <= maxYear; year += r.interval {
		first, ok := r.in(year)
		if !ok || first < e.start {
			continue
		}
		if r.hasUntil && first > r.until {
			break
		}
		e.addSpan(d, first)
		found++
	}
	return nil
}

// everyYear adds what is repeated without end.
func (e *icalEvent) everyYear(d *Days, r icalRule) error {
	switch {
	case r.interval != 1:
		return e.rule.fail("every %d years without an end is not understood: give COUNT or UNTIL", r.interval)
	case len(e.except) > 0:
		return e.rule.fail("repeated without an end, with exceptions (EXDATE), is not understood: give COUNT or UNTIL")
	case r.hasNth && e.days > 1:
		return e.rule.fail("a weekday of each year can last one day only")
	case r.hasNth:
		d.add(dayItem{annual: true, nthDay: r.nth})
		return nil
	}
	// The days that follow are dates of their own; in a year without a leap
	// day, so that one that spans the end of February does not depend on it.
	first := daysOf(2001, r.month) + int64(r.date) - 1
	if r.month == 2 && r.date == 29 {
		first = daysOf(2000, 3) - 1
	}
	for n := first; n < first+e.days; n++ {
		_, m, date := civil(n)
		d.add(dayItem{annual: true, nthDay: nthDay{month: m}, day: date})
	}
	return nil
}

// in is the day of the rule in a year.
func (r icalRule) in(year int) (int64, bool) {
	length := monthLength(year, r.month)
	first := daysOf(year, r.month)
	if !r.hasNth {
		return first + int64(r.date) - 1, r.date <= length
	}
	for date := 1; date <= length; date++ {
		if n := first + int64(date) - 1; r.nth.is(n, year, r.month, date) {
			return n, true
		}
	}
	return 0, false
}

func (e *icalEvent) readRule() (r icalRule, err error) {
	_, r.month, r.date = civil(e.start)
	r.interval = 1
	byDay, yearly := "", false
	for part := range strings.SplitSeq(strings.TrimSuffix(e.rule.text, ";"), ";") {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "FREQ":
			yearly = value == "YEARLY"
		case "INTERVAL":
			r.interval, err = e.rule.count(part, 1, 1000)
		case "COUNT":
			r.count, err = e.rule.count(part, 1, 1000)
		case "BYMONTH":
			r.month, err = e.rule.count(part, 1, 12)
		case "BYMONTHDAY":
			r.date, err = e.rule.count(part, 1, 31)
		case "UNTIL":
			date, _, _ := strings.Cut(value, "T")
			r.until, err = e.rule.day(date)
			r.hasUntil = true
		case "BYDAY":
			byDay = value
		case "WKST": // matters to weeks only
		default:
			err = e.rule.fail("%s of an RRULE is not understood here", part)
		}
		if err != nil {
			return r, err
		}
	}
	if !yearly {
		return r, e.rule.fail("an RRULE must be FREQ=YEARLY here")
	}
	if byDay != "" {
		return r, e.weekday(&r, byDay)
	}
	if r.date > daysIn(2000, r.month) {
		return r, e.rule.fail("the month has no such day")
	}
	return r, nil
}

// weekday reads 4TH (the fourth Thursday) or -1MO (the last Monday).
func (e *icalEvent) weekday(r *icalRule, value string) error {
	split := max(len(value)-2, 0)
	w := slices.Index([]string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}, value[split:])
	n, err := strconv.Atoi(value[:split])
	if w < 0 || err != nil || n != -1 && (n < 1 || n > 5) {
		return e.rule.fail("BYDAY=%s is not understood: one such as 4TH or -1MO is", value)
	}
	if !strings.Contains(e.rule.text, "BYMONTH=") {
		return e.rule.fail("BYDAY=%s needs a BYMONTH", value)
	}
	if n == -1 {
		n = len(ordinals())
	}
	r.nth, r.hasNth = nthDay{nth: n, weekday: w, month: r.month}, true
	return nil
}

func (l icalLine) count(part string, low, high int) (int, error) {
	_, value, _ := strings.Cut(part, "=")
	n, err := strconv.Atoi(value)
	if err != nil || n < low || n > high {
		return 0, l.fail("%s: a whole number from %d to %d is understood here", part, low, high)
	}
	return n, nil
}
