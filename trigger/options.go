package trigger

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Option is one KEY=VALUE of a trigger.
type Option struct{ Key, Value string }

// Defaults are what the options of a trigger leave open.
type Defaults struct {
	// Zone is the time zone of triggers without a timezone; nil: UTC.
	Zone *Zone
	// Now is where an interval without a start_date begins: its first time is
	// one interval later. With the zero Time it has no grid, as Every; a
	// trigger of and, or must have one.
	Now time.Time
	// ReadFile reads the files that exclude and only name. Nil: they may name
	// none.
	ReadFile func(name string) ([]byte, error)
}

// FromOptions makes a trigger of options, as APScheduler's add_job takes them:
// trigger=KIND and what belongs to that kind (Options lists it), or
// crontab=LINE. The value of trigger may also be a whole text form, and the
// other options then add to it. An empty value is an option that is not given.
//
// Errors are of type *SyntaxError where a value is wrong.
func FromOptions(options []Option, d Defaults) (Trigger, error) {
	var s spec
	for _, o := range options {
		if o.Key == "trigger" && s.kind == "" {
			kind, err := kindOf(o.Value)
			if err != nil {
				return nil, err
			}
			kind.options = append(kind.options, s.options...)
			kind.parts = append(kind.parts, s.parts...)
			s = kind
			continue
		}
		if o.Key == "triggers" {
			parts, err := parseList(o.Value)
			if err != nil {
				return nil, err
			}
			s.parts = append(s.parts, parts...)
			continue
		}
		s.options = append(s.options, o)
	}
	if s.kind == "" {
		if !slices.ContainsFunc(s.options, func(o Option) bool { return o.Key == "crontab" }) {
			return nil, errors.New("trigger= is missing: " + kindList() + ", or crontab=LINE instead")
		}
		s.kind = "crontab"
	}
	return d.build(s)
}

// kindOf reads the value of the option trigger.
func kindOf(value string) (spec, error) {
	if strings.Contains(value, "[") {
		return parseSpec(value)
	}
	return spec{kind: value}, nil
}

// kinds are the names of the kinds of triggers.
func kinds() []string {
	return []string{"date", "interval", "cron", "crontab", "calendarinterval", "and", "or"}
}

func kindList() string { return "one of " + strings.Join(kinds(), ", ") }

// Options lists the options that a kind of trigger takes, nil for an unknown
// kind. Start and end dates, jitter, splay and holidays belong to each.
func Options(kind string) []string {
	own, ok := ownOptions(kind)
	if !ok {
		return nil
	}
	common := []string{"timezone", "start_date", "end_date", "jitter", "splay", "exclude", "only", "compat"}
	return append(own, common...)
}

func ownOptions(kind string) (own []string, ok bool) {
	switch kind {
	case "date":
		return []string{"run_date"}, true
	case "interval":
		return []string{"weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "every"}, true
	case "cron":
		return []string{"year", "month", "day", "week", "day_of_week", "hour", "minute", "second", "dst"}, true
	case "crontab":
		return []string{"crontab", "dst"}, true
	case "calendarinterval":
		return []string{"years", "months", "weeks", "days", "hour", "minute", "second"}, true
	case "and":
		return []string{"triggers", "threshold"}, true
	case "or":
		return []string{"triggers"}, true
	}
	return nil, false
}

// spec is what all forms of a trigger are read into.
type spec struct {
	kind    string
	options []Option
	parts   []spec // of and, or
}

// builder makes one trigger of its spec.
type builder struct {
	spec
	Defaults
	used   uint64 // bit n: option n was asked for
	zone   *Zone
	legacy bool // compat=apscheduler3
	// lastDay is the end_date of a calendarinterval, when it is a day.
	lastDay    int64
	hasLastDay bool
}

// build makes the trigger that s says.
func (d Defaults) build(s spec) (Trigger, error) {
	b := &builder{spec: s, Defaults: d}
	if err := b.common(); err != nil {
		return nil, err
	}
	t, err := b.inner()
	if err != nil {
		return nil, err
	}
	around, err := b.bounds(dayZoneOf(t))
	if err != nil {
		return nil, err
	}
	if err := b.leftOver(); err != nil {
		return nil, err
	}
	if c, ok := t.(calendarInterval); ok && b.hasLastDay && b.lastDay < c.start {
		return nil, errEndBeforeStart
	}
	return withBounds(t, around), nil
}

// inner makes the trigger without what stands around it.
func (b *builder) inner() (Trigger, error) {
	switch b.kind {
	case "date":
		return b.date()
	case "interval":
		return b.interval()
	case "cron":
		return b.cron()
	case "crontab":
		return b.crontab()
	case "calendarinterval":
		return b.calendarInterval()
	case "and":
		return b.and()
	case "or":
		return b.or()
	}
	hint := kindList()
	if near := nearest(b.kind, kinds()); near != "" {
		hint = "did you mean " + near + "?"
	}
	return nil, fmt.Errorf("unknown trigger %q: %s", b.kind, hint)
}

// common reads what the others need.
func (b *builder) common() error {
	if len(b.options) > 64 {
		return fmt.Errorf("%d options: more than there are", len(b.options))
	}
	b.zone = b.Zone
	if name, ok := b.take("timezone"); ok {
		z, err := LoadZone(name)
		if err != nil {
			return fmt.Errorf("timezone: %w", err)
		}
		b.zone = z
	}
	if b.zone == nil {
		b.zone = UTC()
	}
	if compat, ok := b.take("compat"); ok {
		if compat != apscheduler3 {
			return b.bad("compat", compat, 0, "only %s is known", apscheduler3)
		}
		b.legacy = true
	}
	return nil
}

// take gives the value of an option, ok when it is given and not empty.
func (b *builder) take(key string) (value string, ok bool) {
	for i, o := range b.options {
		if o.Key == key && b.used&(1<<i) == 0 {
			b.used |= 1 << i
			return o.Value, o.Value != ""
		}
	}
	return "", false
}

// bad is the error of an option.
func (b *builder) bad(key, value string, at int, format string, args ...any) error {
	return keyed(key, problemAt(value, at, format, args...))
}

// keyed names the option of an error.
func keyed(key string, e *SyntaxError) error {
	if e == nil {
		return nil
	}
	e.Key = key
	return e
}

// leftOver complains about options that nobody asked for.
func (b *builder) leftOver() error {
	for i, o := range b.options {
		if b.used&(1<<i) != 0 {
			continue
		}
		known := Options(b.kind)
		if slices.Contains(known, o.Key) {
			return fmt.Errorf("%s: given twice", o.Key)
		}
		if near := nearest(o.Key, known); near != "" {
			return fmt.Errorf("%s: trigger %s has no such option, did you mean %s?", o.Key, b.kind, near)
		}
		return fmt.Errorf("%s: trigger %s has no such option, it takes %s", o.Key, b.kind, strings.Join(known, ", "))
	}
	return nil
}

// instant reads an option that is a time.
func (b *builder) instant(key string) (us int64, ok bool, err error) {
	value, ok := b.take(key)
	if !ok {
		return 0, false, nil
	}
	c, bad := parseClock(value, b.legacy)
	if bad != nil {
		return 0, false, keyed(key, bad)
	}
	return c.instant(b.zone), true, nil
}

// span reads an option that is a length of time.
func (b *builder) span(key string) (time.Duration, error) {
	value, ok := b.take(key)
	if !ok {
		return 0, nil
	}
	d, bad := parseSpan(value)
	return d, keyed(key, bad)
}
