package trigger

import (
	"strings"
	"time"
)

// CronFields are the eight fields of APScheduler's cron trigger; an empty one
// is not given. A field that is not given means every value if a less
// significant one is given, and its least value otherwise.
//
// A field is a list, with commas, of: * (any), n, a-b, each with /step or
// without, a/step (from a on); for Month and DayOfWeek also three-letter
// names; for Day also "last", "last fri" and "2nd tue". Weekdays count from
// Monday, 0. A date matches if all fields match.
type CronFields struct {
	Year, Month, Day, Week, DayOfWeek, Hour, Minute, Second string
}

// Cron is due at the times that match all fields. Errors of the texts are of
// type *SyntaxError.
func Cron(f CronFields, options ...CronOption) (Trigger, error) {
	var texts [numFields]string
	given := 0
	for i, text := range [...]string{f.Year, f.Month, f.Day, f.Week, f.DayOfWeek, f.Hour, f.Minute, f.Second} {
		if text != "" {
			texts[i] = text
			given |= 1 << i
		}
	}
	c, err := newCron(texts, given, cronSettings(options))
	if err != nil {
		return nil, err
	}
	return c, nil
}

func cronSettings(options []CronOption) cronOptions {
	var o cronOptions
	for _, set := range options {
		set(&o)
	}
	return o
}

// cron is the trigger of Cron and Crontab.
type cron struct {
	calendar
	zone *Zone
	// source is the line of a crontab, or the texts of the fields given with
	// separators between.
	source  string
	given   uint8 // bit n: the field n was given
	crontab bool
	dst     DST
	legacy  bool
	star    bool // hour, minute or second has a star
}

// newCron reads the fields whose bit in given is set; an empty text is not
// one that is not given.
func newCron(texts [numFields]string, given int, o cronOptions) (*cron, error) {
	c := blankCron(o)
	least := numFields // the least significant field that is given
	for f := year; f < numFields; f++ {
		if given>>f&1 == 1 {
			least = f
		}
	}
	for f := year; f < numFields; f++ {
		text := texts[f]
		switch {
		case given>>f&1 == 1:
		case f < least || least == numFields:
			text = "*"
		default:
			text = f.fallback()
		}
		if at := strings.Index(text, separator); at >= 0 {
			return nil, &SyntaxError{Key: f.String(), Text: text, Offset: at, Problem: "a field is one line"}
		}
		if err := c.readField(f, whole(f.String(), text), o.legacy); err != nil {
			return nil, err
		}
		if f >= hour && strings.IndexByte(text, '*') >= 0 {
			c.star = true
		}
	}
	c.settle()
	c.keep(texts, given)
	return c, nil
}

func blankCron(o cronOptions) *cron {
	if o.zone == nil {
		o.zone = UTC()
	}
	return &cron{zone: o.zone, dst: o.dst, legacy: o.legacy}
}

// settle brings the sets into the form that the search expects.
func (c *cron) settle() {
	for _, r := range c.years {
		if r == (yearRange{minYear, maxYear, 1}) {
			c.years = nil
			break
		}
	}
	if c.hours == 1<<24-1 || c.minutes == 1<<60-1 || c.seconds == 1<<60-1 {
		c.star = true
	}
}

// separator stands between the texts in cron.source; no field can have it.
const separator = "\n"

// keep remembers the texts of the fields, for the text form.
func (c *cron) keep(texts [numFields]string, given int) {
	list := make([]string, 0, numFields)
	for f := year; f < numFields; f++ {
		if given>>f&1 == 1 {
			list = append(list, texts[f])
		}
	}
	c.source, c.given = strings.Join(list, separator), uint8(given)
}

// String is the text form, as Parse reads it.
func (c *cron) String() string { return textOf(c) }

func (c *cron) kind() string {
	if c.crontab {
		return "crontab"
	}
	return "cron"
}

func (c *cron) dayZone() *Zone { return c.zone }

func (c *cron) write(w *writer) {
	if c.crontab {
		w.bareQuoted("crontab", c.source)
	} else {
		rest := c.source
		for f := year; f < numFields; f++ {
			if c.given>>f&1 == 1 {
				var text string
				text, rest, _ = strings.Cut(rest, separator)
				w.field(f.String(), text)
			}
		}
	}
	w.zone(c.zone)
	if c.dst != DSTAuto {
		w.field("dst", c.dst.String())
	}
	if c.legacy {
		w.field("compat", apscheduler3)
	}
}

// Next gives the first slot. See Trigger.
func (c *cron) Next(prev, now time.Time) time.Time {
	if c.legacy {
		return c.legacyNext(prev, now)
	}
	from := firstSecond(now)
	if !prev.IsZero() {
		from = prev.Unix() + 1
	} else if c.zone.span(from).start == from {
		// What the clocks have just skipped is made up for at this very moment.
		if at, ok := c.search(from - 1); ok && at == from {
			return c.zone.time(at)
		}
	}
	at, ok := c.search(from)
	if !ok {
		return time.Time{}
	}
	return c.zone.time(at)
}

// firstSecond is t in whole seconds, rounded up.
func firstSecond(t time.Time) int64 {
	if t.Nanosecond() > 0 {
		return t.Unix() + 1
	}
	return t.Unix()
}

// search is the first slot at or after an instant: it walks from one clock
// change to the next and asks the calendar for the next wall time in between.
func (c *cron) search(from int64) (int64, bool) {
	s := c.zone.span(from)
	w := wall(from + s.offset)
	skipRepeated := c.dst == DSTOnce || c.dst == DSTSkip || c.dst == DSTAuto && !c.star
	if skipRepeated {
		w = max(w, c.zone.shownBefore(s))
	}
	for {
		match, ok := c.next(w)
		if !ok {
			return 0, false
		}
		if at := int64(match) - s.offset; at < s.end {
			return at, true
		}
		after := c.zone.span(s.end)
		opening := wall(s.end + after.offset)
		if match < opening && c.runsAfterGap(match, wall(s.end+s.offset), opening) {
			return s.end, true
		}
		if skipRepeated {
			opening = max(opening, wall(s.end+s.offset))
		}
		if w <= opening && int64(match) > int64(opening)+2*day {
			// Nothing matches in between, and no clock change far from match
			// can bring back a time before w.
			s, w = c.zone.span(int64(match)-day), match
			continue
		}
		s, w = after, opening
	}
}

// shownBefore is the wall time at which the span before s ended: times before
// it were shown before s began.
func (z *Zone) shownBefore(s span) wall {
	if s.start == beginningOfTime {
		return beginningOfTime
	}
	return wall(s.start + z.span(s.start-1).offset)
}

// runsAfterGap says whether match, which the clocks skip by going from begin
// to end, is made up for right after the change. A date that is skipped as a
// whole (they cross the date line) is on no calendar and not made up for.
func (c *cron) runsAfterGap(match, begin, end wall) bool {
	switch c.dst {
	case DSTSkip, DSTWall:
		return false
	case DSTAuto:
		if c.star && !c.allSkipped(match, begin, end) {
			return false
		}
	}
	days, _ := match.split()
	return wall(days*day) < begin || wall(days*day+day) > end
}

// allSkipped: no time of match's date is shown.
func (c *cron) allSkipped(match, begin, end wall) bool {
	days, _ := match.split()
	midnight := wall(days * day)
	return midnight+wall(c.firstTime()) >= begin && midnight+wall(c.lastTime()) < end
}
