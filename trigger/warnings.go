package trigger

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"time"
)

// Warning is something that is allowed but often not meant.
type Warning struct {
	// Code names the trap for programs: "every-second", "every-minute", "either-day",
	// "step-of-star", "uneven-step", "skipped", "repeated" or "never".
	Code string
	// Text says in English what happens and what may have been meant.
	Text string
	// At is the change of clocks that "skipped" and "repeated" are about; zero for others.
	At time.Time
}

// warner is a trigger that knows its traps.
type warner interface {
	warnings(now time.Time) []Warning
}

// Warnings are the traps in t, seen from now. That t is never due is one; And
// says how far that was looked for.
func Warnings(t Trigger, now time.Time) []Warning {
	all := ownWarnings(t, now)
	known := slices.ContainsFunc(all, func(w Warning) bool { return w.Code == "never" })
	if !known && t.Next(time.Time{}, now).IsZero() {
		all = append(all, Warning{Code: "never", Text: whyNever(t, now)})
	}
	return all
}

func ownWarnings(t Trigger, now time.Time) []Warning {
	switch t := t.(type) {
	case warner:
		return t.warnings(now)
	case *bounded:
		return ownWarnings(t.inner, now)
	case and:
		return warningsOf(t.parts, now)
	case or:
		return warningsOf(t.parts, now)
	}
	return nil
}

func warningsOf(parts []Trigger, now time.Time) (all []Warning) {
	for _, part := range parts {
		all = append(all, Warnings(part, now)...)
	}
	return all
}

// whyNever says why t, which was found to have no times from now on, has none.
func whyNever(t Trigger, now time.Time) string {
	switch t := t.(type) {
	case *bounded:
		return t.whyNever(now)
	case and:
		return "no moment was found at which all of its triggers are due, among the next 10,000 times" +
			" of them or in a hundred years: it never runs"
	case or:
		if len(t.parts) == 0 {
			return "there is no trigger in it: it never runs"
		}
	}
	return "it has no times from now on: it never runs"
}

func (t *bounded) whyNever(now time.Time) string {
	b := &t.bounds
	first := t.inner.Next(time.Time{}, now)
	end := timeWords(b.end, b.zone)
	switch {
	case first.IsZero():
		return whyNever(t.inner, now)
	case b.hasEnd && b.hasStart && b.end < b.start:
		return "its end, " + end + ", is before its start, " + timeWords(b.start, b.zone) + ": it never runs"
	case b.hasEnd && b.end < micros(now):
		return "its end, " + end + ", has gone by: it does not run any more"
	case b.hasEnd && b.end < micros(first):
		return "its end, " + end + ", is before the first time, " + timeWords(micros(first), b.zone) + ": it never runs"
	case b.only != nil || b.exclude != nil:
		return "none of its times in the next hundred years is on a day that exclude and only leave: it never runs"
	}
	return "no time lies between its start and its end: it never runs"
}

func (c *cron) warnings(now time.Time) []Warning {
	all := c.meaningWarnings()
	if _, ok := c.search(firstSecond(now)); !ok {
		return append(all, Warning{Code: "never", Text: "no date matches all fields from now on: it never runs"})
	}
	return append(all, c.clockWarnings(now)...)
}

// meaningWarnings are about what was probably meant otherwise.
func (c *cron) meaningWarnings() (all []Warning) {
	if c.given == 0 && !c.crontab {
		all = append(all, Warning{Code: "every-second", Text: "no field is given: it runs every second"})
	}
	const allMinutes = 1<<60 - 1
	if c.minutes == allMinutes && c.hours != 1<<24-1 && bits.OnesCount32(c.hours) <= 3 {
		all = append(all, Warning{Code: "every-minute", Text: fmt.Sprintf(
			"it runs every minute of the hour, %d times a day; for once an hour give the minute, such as 0",
			60*bits.OnesCount32(c.hours))})
	}
	if c.either && c.days != 0 {
		all = append(all, Warning{Code: "either-day", Text: "day of month and day of week are both given: cron runs on the days that match either, not both"})
	}
	if c.crontab && !c.legacy {
		all = append(all, c.lineWarnings()...)
	}
	return all
}

// lineWarnings are about steps in a crontab line.
func (c *cron) lineWarnings() (all []Warning) {
	parts, err := splitLine(c.source, false)
	if err != nil {
		return nil
	}
	day, weekday := parts[2].rest(), parts[4].rest()
	if strings.HasPrefix(day, "*/") && weekday != "*" || strings.HasPrefix(weekday, "*/") && day != "*" {
		all = append(all, Warning{Code: "step-of-star", Text: "a day field that begins with a star does not restrict for cron: days must match both fields here"})
	}
	for i, size := range [...]int{60, 24} {
		r := parts[i]
		if !r.take('*') || !r.take('/') {
			continue
		}
		if n, ok := r.number(); ok && r.rest() == "" && size%n != 0 {
			all = append(all, Warning{Code: "uneven-step", Text: fmt.Sprintf(
				"%s starts anew at 0: the last step before it is %d long, not %d", parts[i].rest(), (size-1)%n+1, n)})
		}
	}
	return all
}

// clockWarnings looks at the clock changes of the coming year and says which
// would skip or repeat a time of the trigger, and what happens then.
func (c *cron) clockWarnings(now time.Time) (all []Warning) {
	if c.legacy {
		return nil
	}
	seen := [2]bool{}
	limit := now.Unix() + 366*day
	for s := c.zone.span(now.Unix()); s.end < limit; s = c.zone.span(s.end) {
		after := c.zone.span(s.end)
		begin, end, kind := wall(s.end+s.offset), wall(s.end+after.offset), 0
		if begin > end {
			begin, end, kind = end, begin, 1
		}
		match, ok := c.next(begin)
		if !ok || match >= end || seen[kind] {
			continue
		}
		if c.star && (kind == 1 || !c.allSkipped(match, begin, end)) && c.dst == DSTAuto {
			continue // it keeps its rhythm, as one expects
		}
		seen[kind] = true
		all = append(all, c.clockWarning(match, s.end, kind == 1))
	}
	return all
}

func (c *cron) clockWarning(match wall, at int64, repeated bool) Warning {
	when := time.Unix(int64(match), 0).UTC().Format("2006-01-02 15:04:05")
	if repeated {
		then := "it runs the first time only"
		if c.dst == DSTWall || c.dst == DSTAll {
			then = "it runs both times"
		}
		return Warning{"repeated", fmt.Sprintf("the clocks of %s show %s twice: %s", c.zone, when, then), c.zone.time(at)}
	}
	then := "it runs right after the change, at " + c.zone.time(at).Format(time.RFC3339)
	if c.dst == DSTWall || c.dst == DSTSkip {
		then = "it does not run then"
	}
	return Warning{"skipped", fmt.Sprintf("the clocks of %s skip %s: %s", c.zone, when, then), c.zone.time(at)}
}
