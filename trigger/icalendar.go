package trigger

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseICalendar reads the days of an iCalendar file (RFC 5545), as calendars
// of holidays are published: of each VEVENT the days from DTSTART up to DTEND
// or for DURATION, which must be whole days, with an RRULE of FREQ=YEARLY (and
// INTERVAL=1, COUNT, UNTIL, BYMONTH, BYMONTHDAY, BYDAY) and EXDATE. An event
// that repeats without end is taken for one of all years. What it cannot
// read is an error that names the line: a holiday that is overlooked would be
// worse.
func ParseICalendar(text string) (*Days, error) {
	d := &Days{}
	var e *icalEvent
	for _, line := range unfold(text) {
		name, params, value := line.property()
		switch {
		case name == "BEGIN" && value == "VEVENT":
			e = &icalEvent{line: line.number, days: 1}
		case name == "END" && value == "VEVENT" && e != nil:
			if err := e.addTo(d); err != nil {
				return nil, err
			}
			e = nil
		case e != nil && name == "BEGIN": // such as a VALARM
			e.inner++
		case e != nil && name == "END":
			e.inner--
		case e != nil && e.inner == 0:
			if err := e.property(line, name, params, value); err != nil {
				return nil, err
			}
		}
	}
	if e != nil {
		return nil, fmt.Errorf("%d: the event that begins here has no end", e.line)
	}
	if len(d.items) == 0 {
		return nil, fmt.Errorf("1: no event (VEVENT) is in this file")
	}
	d.finish()
	return d, nil
}

// icalLine is one line, with those that continue it.
type icalLine struct {
	number int
	text   string
}

// unfold joins lines that begin with a blank to those before.
func unfold(text string) []icalLine {
	var all []icalLine
	text = strings.TrimPrefix(text, "\ufeff")
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		line = strings.TrimSuffix(line, "\r")
		if len(all) > 0 && line != "" && (line[0] == ' ' || line[0] == '\t') {
			all[len(all)-1].text += line[1:]
			continue
		}
		all = append(all, icalLine{number, line})
	}
	return all
}

// property splits NAME;PARAM=...:VALUE.
func (l icalLine) property() (name, params, value string) {
	quoted := false
	for i := range len(l.text) {
		switch l.text[i] {
		case '"':
			quoted = !quoted
		case ':':
			if !quoted {
				name, params, _ = strings.Cut(l.text[:i], ";")
				return strings.ToUpper(name), strings.ToUpper(params), strings.TrimSpace(l.text[i+1:])
			}
		}
	}
	return strings.ToUpper(l.text), "", ""
}

func (l icalLine) fail(format string, args ...any) error {
	return fmt.Errorf("%d: %s", l.number, fmt.Sprintf(format, args...))
}

// icalEvent is a VEVENT.
type icalEvent struct {
	line     int
	inner    int // how deep in components within it
	start    int64
	hasStart bool
	end      int64
	hasEnd   bool
	days     int64
	rule     icalLine // RRULE; text "": none
	except   []int64
}

func (e *icalEvent) property(line icalLine, name, params, value string) (err error) {
	switch name {
	case "DTSTART":
		e.start, err = line.day(value)
		e.hasStart = true
	case "DTEND":
		e.end, err = line.day(value)
		e.hasEnd = true
	case "DURATION":
		e.days, err = line.duration(value)
	case "RRULE":
		e.rule = icalLine{line.number, strings.ToUpper(value)}
	case "RDATE":
		err = line.fail("RDATE is not understood here")
	case "EXDATE":
		for part := range strings.SplitSeq(value, ",") {
			day, err := line.day(part)
			if err != nil {
				return err
			}
			e.except = append(e.except, day)
		}
	}
	return err
}

// day reads 20251224, or 20251224T000000: a midnight is as good as a date.
func (l icalLine) day(value string) (int64, error) {
	date, clock, _ := strings.Cut(strings.TrimSpace(value), "T")
	n, err := strconv.Atoi(date)
	y, m, d := n/10000, n/100%100, n%100
	if err != nil || len(date) != 8 || y < 1 || m < 1 || m > 12 || d < 1 || d > monthLength(y, m) {
		return 0, l.fail("%q is no date such as 20251224", value)
	}
	if strings.Trim(clock, "0Z") != "" {
		return 0, l.fail("%q has a time of day: only events of whole days are read", value)
	}
	return daysOf(y, m) + int64(d) - 1, nil
}

// duration reads P1D or P2W.
func (l icalLine) duration(value string) (int64, error) {
	number := strings.TrimPrefix(strings.TrimPrefix(value, "+"), "P")
	weeks := strings.HasSuffix(number, "W")
	n, err := strconv.Atoi(strings.TrimRight(number, "DW"))
	if err != nil || n < 1 || n > 3660 || len(number) != len(strconv.Itoa(n))+1 {
		return 0, l.fail("%q is no whole number of days such as P1D", value)
	}
	if weeks {
		n *= 7
	}
	return int64(n), nil
}

// addTo adds the days of the event to d.
func (e *icalEvent) addTo(d *Days) error {
	if !e.hasStart {
		return fmt.Errorf("%d: the event that begins here has no DTSTART", e.line)
	}
	if e.hasEnd {
		e.days = max(e.end-e.start, 1)
	}
	if e.days > 3660 {
		return fmt.Errorf("%d: the event that begins here lasts more than ten years", e.line)
	}
	if e.rule.text != "" {
		return e.repeat(d)
	}
	e.addSpan(d, e.start)
	return nil
}

// addSpan adds the event where it begins on a day, unless that is excepted.
func (e *icalEvent) addSpan(d *Days, first int64) {
	for _, except := range e.except {
		if except == first {
			return
		}
	}
	d.add(dayItem{first: first, last: first + e.days - 1})
}
