package apscheduler

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/pickle"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// The classes that are triggers of APScheduler's own.
const (
	dateClass     = "apscheduler.triggers.date:DateTrigger"
	intervalClass = "apscheduler.triggers.interval:IntervalTrigger"
	cronClass     = "apscheduler.triggers.cron:CronTrigger"
	calendarClass = "apscheduler.triggers.calendarinterval:CalendarIntervalTrigger"
	andClass      = "apscheduler.triggers.combining:AndTrigger"
	orClass       = "apscheduler.triggers.combining:OrTrigger"
)

// trigger translates the trigger. It gets compat=apscheduler3 where its coming
// times would be others without, see what each kind says of itself.
func (c *conversion) trigger() {
	o, err := required[*pickle.Object](c.state, "trigger")
	if !c.try(err) {
		return
	}
	class, ok := o.Class.(pickle.Global)
	if !ok || !isTrigger(class.String()) {
		c.refuse("trigger: %s is a class of your own; describe it with the kinds of docs/triggers.md", pickle.Kind(o))
		return
	}
	state, err := stateOf(o)
	if !c.try(err) {
		return
	}
	form, err := c.form(class.String(), state)
	if err == nil {
		c.result.Job.Trigger, err = form.build()
	}
	if err != nil {
		c.refuse("trigger: %v", err)
		return
	}
	if form.compat != "" {
		c.note("compat=apscheduler3: %s", form.compat)
	}
}

func isTrigger(class string) bool {
	switch class {
	case dateClass, intervalClass, cronClass, calendarClass, andClass, orClass:
		return true
	}
	return false
}

// form is a trigger as options.
type form struct {
	kind    string
	options []trigger.Option
	// compat says why APScheduler's coming times are others than ours; "": they
	// are the same.
	compat string
}

func (f *form) set(key, value string) {
	if value != "" {
		f.options = append(f.options, trigger.Option{Key: key, Value: value})
	}
}

// setTime writes all six digits of a fraction, as APScheduler reads one.
func (f *form) setTime(key string, t time.Time) {
	f.set(key, t.UTC().Format("2006-01-02T15:04:05.000000Z"))
}

func (f *form) build() (trigger.Trigger, error) {
	options := append([]trigger.Option{{Key: "trigger", Value: f.kind}}, f.options...)
	if f.compat != "" {
		options = append(options, trigger.Option{Key: "compat", Value: "apscheduler3"})
	}
	return trigger.FromOptions(options, trigger.Defaults{})
}

func (c *conversion) form(class string, d *pickle.Dict) (f form, err error) {
	switch class {
	case dateClass:
		f, err = c.date(d)
	case intervalClass:
		f, err = c.interval(d)
	case cronClass:
		f, err = c.cron(d)
	case calendarClass:
		f, err = c.calendar(d)
	case andClass:
		f, err = c.combined("and", d)
	case orClass:
		f, err = c.combined("or", d)
	default:
		return f, fmt.Errorf("%s is a class of your own", class)
	}
	if err != nil {
		return f, fmt.Errorf("%s: %w", f.kind, err)
	}
	return f, nil
}

// date ends there when the job has run, whenever that was; here it is due at its
// time once more when the run was moved to an earlier one.
func (c *conversion) date(d *pickle.Dict) (form, error) {
	f := form{kind: "date"}
	if err := checkVersion(d, 1); err != nil {
		return f, err
	}
	at, ok, err := optionalMoment(d, "run_date")
	if err == nil && !ok {
		err = fmt.Errorf("run_date is missing")
	}
	if err != nil {
		return f, err
	}
	f.setTime("run_date", at.Time)
	f.set("timezone", at.zone.String())
	if !c.next.IsZero() && c.next.Before(at.Time) {
		f.compat = "its run was moved, and there is no other"
	}
	return f, nil
}

// interval counts there from the last run, here from its start: the same unless
// jitter or a change of next_run_time has moved the next run off that grid.
func (c *conversion) interval(d *pickle.Dict) (form, error) {
	f := form{kind: "interval"}
	if err := checkVersion(d, 2); err != nil {
		return f, err
	}
	length, err := required[any](d, "interval")
	if err != nil {
		return f, err
	}
	every, err := deltaOf(length)
	if err != nil {
		return f, fmt.Errorf("interval: %w", err)
	}
	f.set("days", nonZero(every.days))
	f.set("seconds", nonZero(every.seconds))
	f.set("microseconds", nonZero(every.micros))
	start, err := c.around(&f, d)
	if err != nil {
		return f, err
	}
	if start.IsZero() {
		return f, fmt.Errorf("start_date is missing")
	}
	if c.next.IsZero() {
		return f, nil
	}
	grid, err := f.build()
	if err != nil {
		return f, err
	}
	if !grid.Next(time.Time{}, c.next.Time).Equal(c.next.Time) {
		f.compat = "its next run is not on the grid of its start, and what follows is counted from there"
	}
	return f, nil
}

func nonZero(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// around reads what cron and interval have in common, and returns the start.
func (c *conversion) around(f *form, d *pickle.Dict) (start time.Time, err error) {
	tz, err := required[any](d, "timezone")
	if err != nil {
		return start, err
	}
	z, err := zoneOf(tz)
	if err != nil {
		return start, err
	}
	f.set("timezone", z.String())
	for _, key := range []string{"start_date", "end_date"} {
		m, ok, err := optionalMoment(d, key)
		if err != nil {
			return start, err
		}
		if !ok {
			continue
		}
		f.setTime(key, m.Time)
		if key == "start_date" {
			start = m.Time
		}
	}
	return start, jitter(f, d)
}

func jitter(f *form, d *pickle.Dict) error {
	v, ok, err := optional[any](d, "jitter")
	if err != nil || !ok {
		return err
	}
	most, err := seconds(v)
	if err != nil {
		return fmt.Errorf("jitter: %w", err)
	}
	if most > 0 {
		f.set("jitter", most.String())
	}
	return nil
}

// calendar adds there to the date of the last run, or begins with a start that
// has gone by; here it stays in the series of its start.
func (c *conversion) calendar(d *pickle.Dict) (form, error) {
	f := form{kind: "calendarinterval", compat: "each run is counted from the one before"}
	if err := checkVersion(d, 1); err != nil {
		return f, err
	}
	if err := setNumbers(&f, d, "interval", "years", "months", "weeks", "days"); err != nil {
		return f, err
	}
	if err := setNumbers(&f, d, "time", "hour", "minute", "second"); err != nil {
		return f, err
	}
	for _, key := range []string{"start_date", "end_date"} {
		v, ok, err := optional[any](d, key)
		if err != nil || !ok {
			continue
		}
		date, err := dateOf(v)
		if err != nil {
			return f, fmt.Errorf("%s: %w", key, err)
		}
		f.set(key, date.Format(time.DateOnly))
	}
	tz, err := required[any](d, "timezone")
	if err != nil {
		return f, err
	}
	z, err := zoneOf(tz)
	if err != nil {
		return f, err
	}
	f.set("timezone", z.String())
	return f, jitter(&f, d)
}

// setNumbers sets options to the numbers of an entry.
func setNumbers(f *form, d *pickle.Dict, entry string, keys ...string) error {
	values, err := sequence(d, entry)
	if err != nil {
		return err
	}
	n, err := numbers(values, len(keys))
	if err != nil {
		return fmt.Errorf("%s: %w", entry, err)
	}
	for i, key := range keys {
		f.set(key, nonZero(int64(n[i])))
	}
	return nil
}

// combined is and, or. What or passes on to its triggers there is the last run
// of any of them, which means nothing to cron, but moves the others.
func (c *conversion) combined(kind string, d *pickle.Dict) (form, error) {
	f := form{kind: kind}
	if err := checkVersion(d, 1); err != nil {
		return f, err
	}
	parts, err := sequence(d, "triggers")
	if err != nil {
		return f, err
	}
	texts := make([]string, len(parts))
	for i, part := range parts {
		inner, err := c.part(part)
		if err != nil {
			return f, err
		}
		if kind == "or" && inner.kind != "cron" {
			f.compat = "each of its triggers goes on from the last run of any"
		}
		f.compat = cmp.Or(f.compat, inner.compat)
		t, err := inner.build()
		if err != nil {
			return f, err
		}
		texts[i] = t.String()
	}
	f.set("triggers", strings.Join(texts, ", "))
	return f, jitter(&f, d)
}

// part is a trigger within another: a reference to its class, and its state.
func (c *conversion) part(v any) (form, error) {
	t, ok := v.(pickle.Tuple)
	if !ok || len(t) != 2 {
		return form{}, fmt.Errorf("a trigger in it is of type %s", pickle.Kind(v))
	}
	class, ok1 := t[0].(string)
	state, ok2 := t[1].(*pickle.Dict)
	if !ok1 || !ok2 {
		return form{}, fmt.Errorf("a trigger in it is a %s and a %s", pickle.Kind(t[0]), pickle.Kind(t[1]))
	}
	return c.form(class, state)
}
