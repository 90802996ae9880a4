package trigger

import (
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
// crontab=LINE. The value of trigger may also be a whole text or JSON form,
// and the other options then add to it. An empty value is an option that is
// not given.
//
// Errors are of type *SyntaxError, except those of reading a file: they name
// the option, quote what was given and point at the character.
func FromOptions(options []Option, d Defaults) (Trigger, error) {
	var s spec
	for _, o := range options {
		if o.Key == "trigger" && s.kind == "" {
			kind, bad := kindOf(o.Value)
			if bad != nil {
				return nil, keyed("trigger", bad)
			}
			kind.options = append(kind.options, s.options...)
			kind.parts = append(kind.parts, s.parts...)
			s = kind
			continue
		}
		if o.Key == "triggers" {
			parts, bad := parseList(o.Value)
			if bad != nil {
				return nil, keyed("triggers", bad)
			}
			s.parts = append(s.parts, parts...)
			continue
		}
		s.options = append(s.options, given{o, -1})
	}
	if s.kind == "" {
		if len(s.parts) > 0 || !slices.ContainsFunc(s.options, func(o given) bool { return o.Key == "crontab" }) {
			return nil, withoutKind(options)
		}
		s.kind = "crontab"
	}
	return d.build(s)
}

// kindOf reads the value of the option trigger.
func kindOf(value string) (spec, *SyntaxError) {
	switch {
	case strings.HasPrefix(strings.TrimSpace(value), "{"):
		return decodeSpec("trigger", value)
	case strings.Contains(value, "["):
		return parseSpec("trigger", value)
	case !slices.Contains(kinds(), value):
		return spec{}, problemAt(value, 0, "%s", noKind(value))
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

// builder makes one trigger of its spec.
type builder struct {
	spec
	Defaults
	used   uint64 // bit n: option n was asked for
	zone   *Zone
	legacy bool // compat=apscheduler3
}

// build makes the trigger that s says.
func (d Defaults) build(s spec) (Trigger, error) {
	b := &builder{spec: s, Defaults: d}
	t, err := b.trigger()
	if err != nil {
		// Whoever mistypes a name should hear of that, not of what is missing.
		if unknown := b.unknown(); unknown != nil {
			return nil, unknown
		}
		return nil, err
	}
	return t, nil
}

func (b *builder) trigger() (Trigger, error) {
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
	if err := b.endsBefore(t, around); err != nil {
		return nil, err
	}
	if b.used != 1<<len(b.options)-1 {
		if err := b.unknown(); err != nil {
			return nil, err
		}
		return nil, b.repeated()
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
	return nil, keyed(b.key, problemAt(b.text, b.begin, "%s", noKind(b.kind)))
}

// common reads what the others need.
func (b *builder) common() error {
	if len(b.options) > 63 {
		return b.misplaced(b.options[63], fmt.Sprintf("%d options are more than there are", len(b.options)))
	}
	if len(b.parts) > 0 && b.kind != "and" && b.kind != "or" {
		p := b.parts[0]
		return keyed(p.key, problemAt(p.text, p.begin, "a trigger can stand in and, or, not in %s", b.kind))
	}
	b.zone = b.Zone
	if name, ok := b.take("timezone"); ok {
		z, bad := loadZone(name)
		if bad != nil {
			return keyed("timezone", bad)
		}
		b.zone = z
	}
	if b.zone == nil {
		b.zone = UTC()
	}
	if compat, ok := b.take("compat"); ok {
		if compat != apscheduler3 {
			return b.bad("compat", compat, 0, "only compat=%s is known", apscheduler3)
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

// valueOf is the value of an option, whoever took it.
func (b *builder) valueOf(key string) string {
	for _, o := range b.options {
		if o.Key == key && o.Value != "" {
			return o.Value
		}
	}
	return ""
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
