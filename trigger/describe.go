package trigger

import (
	"strconv"
	"strings"
	"time"
)

// Describe says in English when t is due, so that a person can see whether
// it was understood: "at 03:00, 03:20 and 03:40 every day, Europe/Berlin".
func Describe(t Trigger) string {
	if f, ok := t.(formed); ok {
		return f.words()
	}
	return t.String()
}

func (d date) words() string { return "once, at " + timeWords(d.at, d.zone) + inZone(d.zone) }

func (i interval) words() string {
	text := "every " + lengthWords(i.every)
	if unit, ok := strings.CutPrefix(text, "every 1 "); ok && !strings.Contains(unit, " ") {
		text = "every " + unit
	}
	if i.zone == nil {
		return text + ", the first time that long after it is added"
	}
	return text + ", counted from " + timeWords(i.anchor, i.zone) + inZone(i.zone)
}

func (c calendarInterval) words() string {
	var units []string
	for _, u := range []struct {
		n    int
		name string
	}{{c.step.Years, "year"}, {c.step.Months, "month"}, {c.step.Weeks, "week"}, {c.step.Days, "day"}} {
		if u.n > 0 {
			units = append(units, counted(int64(u.n), u.name))
		}
	}
	return "every " + series(units) + " at " + clockWords(c.at, false) + ", counted from " + dateText(c.start) + inZone(c.zone)
}

func (t *bounded) words() string {
	b := &t.bounds
	text := Describe(t.inner)
	if b.hasStart {
		text += ", not before " + timeWords(b.start, b.zone)
	}
	if b.hasEnd {
		text += ", not after " + timeWords(b.end, b.zone)
	}
	if b.only != nil {
		text += ", only on " + b.only.words()
	}
	if b.exclude != nil {
		text += ", but not on " + b.exclude.words()
	}
	if b.splay > 0 {
		text += ", delayed for each job by its own share of " + lengthWords(b.splay.Microseconds())
	}
	if b.jitter > 0 {
		text += ", delayed at random by up to " + lengthWords(b.jitter.Microseconds())
	}
	return text
}

// words lists a few days and counts many.
func (d *Days) words() string {
	if len(d.items) > 6 {
		return strconv.Itoa(len(d.items)) + " listed days"
	}
	all := make([]string, len(d.items))
	for i, item := range d.items {
		all[i] = strings.ReplaceAll(item.String(), "..", " to ")
	}
	return series(all)
}

// timeWords is an instant as the clocks of its zone show it.
func timeWords(us int64, z *Zone) string {
	return microTime(us, z).Format("2006-01-02 15:04:05.999999")
}

func inZone(z *Zone) string {
	if z == nil {
		return ", UTC"
	}
	return ", " + z.name
}

// lengthWords is a length of time in its largest units: 1 hour 30 minutes.
func lengthWords(us int64) string {
	var all []string
	for _, u := range []struct {
		micro int64
		name  string
	}{{day * 1e6, "day"}, {3600e6, "hour"}, {60e6, "minute"}} {
		if n := us / u.micro; n > 0 {
			all = append(all, strconv.FormatInt(n, 10)+" "+plural(n, u.name))
			us %= u.micro
		}
	}
	switch {
	case us == 0:
	case us%1e6 == 0:
		all = append(all, strconv.FormatInt(us/1e6, 10)+" "+plural(us/1e6, "second"))
	default:
		all = append(all, strconv.FormatFloat(float64(us)/1e6, 'f', -1, 64)+" seconds")
	}
	return strings.Join(all, " ")
}

// counted is "5 minutes", and the unit alone for one.
func counted(n int64, unit string) string {
	if n == 1 {
		return unit
	}
	return strconv.FormatInt(n, 10) + " " + plural(n, unit)
}

func plural(n int64, unit string) string {
	if n == 1 {
		return unit
	}
	return unit + "s"
}

// series joins words: a, b and c.
func series(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// clockWords is a second of the day as 15:04, or 15:04:05 if it has seconds.
func clockWords(second int, always bool) string {
	layout := "15:04"
	if always || second%60 != 0 {
		layout = "15:04:05"
	}
	return time.Unix(int64(second), 0).UTC().Format(layout)
}
