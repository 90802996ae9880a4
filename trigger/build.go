package trigger

import (
	"math"
	"strconv"
	"strings"
)

func (b *builder) date() (Trigger, error) {
	at, ok, err := b.instant("run_date")
	if err != nil {
		return nil, err
	}
	if !ok {
		if b.Now.IsZero() {
			return nil, b.missing("trigger date needs a run_date, such as 2030-01-31 or 2030-01-31 12:00:00")
		}
		at = micros(b.Now)
	}
	return date{at: at, zone: b.zone, legacy: b.legacy}, nil
}

func (b *builder) interval() (Trigger, error) {
	every, err := b.length()
	if err != nil {
		return nil, err
	}
	i := interval{every: every, zone: b.zone, legacy: b.legacy}
	at, given, err := b.instant("start_date")
	switch {
	case err != nil:
		return nil, err
	case given:
		i.anchor = at
	case b.Now.IsZero():
		i.zone, i.legacy = nil, false
	default:
		i.anchor = micros(b.Now) + every
	}
	return i, nil
}

// length is the sum of the units of an interval, in microseconds.
func (b *builder) length() (int64, error) {
	units := [...]struct {
		key   string
		micro float64
	}{
		{"weeks", 7 * day * 1e6}, {"days", day * 1e6}, {"hours", 3600e6}, {"minutes", 60e6},
		{"seconds", 1e6}, {"milliseconds", 1e3}, {"microseconds", 1},
	}
	sum, last, lastValue := int64(0), "", ""
	if value, ok := b.take("every"); ok {
		d, bad := parseInterval(value)
		if bad != nil {
			return 0, keyed("every", bad)
		}
		sum, last, lastValue = d, "every", value
	}
	for _, u := range units {
		value, ok := b.take(u.key)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if math.IsInf(n, 0) {
			return 0, b.bad(u.key, value, 0, "the interval is too long")
		}
		if err != nil || math.IsNaN(n) {
			return 0, b.bad(u.key, value, 0, "a number is expected, such as 2 or 0.5")
		}
		us, ok := scaled(n, u.micro)
		if !ok || us > 0 && sum > math.MaxInt64/4-us {
			return 0, b.bad(u.key, value, 0, "the interval is too long")
		}
		sum, last, lastValue = sum+us, u.key, value
	}
	switch {
	case sum > 0:
		return sum, nil
	case sum == 0 && b.legacy:
		return 1e6, nil
	case last == "":
		return 0, b.missing("trigger interval needs a length, such as minutes=5 or every=1h30m")
	}
	return 0, b.bad(last, lastValue, 0, "the interval is %s, it must be longer than 0", negative(sum))
}

func negative(us int64) string {
	if us < 0 {
		return "-" + timedelta(-us)
	}
	return timedelta(us)
}

// parseInterval reads the length of an interval; unlike parseSpan it knows
// all that timedelta writes, up to the 292,000 years of 63 bits.
func parseInterval(value string) (us int64, bad *SyntaxError) {
	if us, ok := parseTimedelta(value); ok {
		return us, nil
	}
	d, bad := parseSpan(value)
	return d.Microseconds(), bad
}

func (b *builder) and() (Trigger, error) {
	parts, err := b.children()
	if err != nil {
		return nil, err
	}
	threshold, err := b.span("threshold")
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 {
		return nil, b.missing("and needs at least one trigger, such as cron[hour='3']")
	}
	return and{parts: parts, threshold: threshold.Microseconds()}, nil
}

func (b *builder) or() (Trigger, error) {
	parts, err := b.children()
	if err != nil {
		return nil, err
	}
	return or{parts: parts, legacy: b.legacy}, nil
}

// children makes the triggers of and, or. What the options of the outer one
// say about zone and compat holds for those that say nothing.
func (b *builder) children() ([]Trigger, error) {
	d := b.Defaults
	d.Zone = b.zone
	all := make([]Trigger, 0, len(b.parts))
	for _, part := range b.parts {
		t, err := d.build(part)
		if err == nil && !hasGrid(t) {
			err = keyed(part.key, problemAt(part.text, part.end,
				"start_date is needed in an interval inside %s, such as start_date='2030-01-31'", b.kind))
		}
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}
