package trigger

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// timedelta writes microseconds as Python writes a timedelta: 0:05:00,
// 1 day, 0:00:00, 0:00:00.250000.
func timedelta(us int64) string {
	buf := make([]byte, 0, 32)
	if days := us / (day * 1e6); days != 0 {
		buf = strconv.AppendInt(buf, days, 10)
		if days == 1 {
			buf = append(buf, " day, "...)
		} else {
			buf = append(buf, " days, "...)
		}
	}
	us %= day * 1e6
	seconds := us / 1e6
	buf = strconv.AppendInt(buf, seconds/3600, 10)
	buf = append(buf, ':', byte('0'+seconds/600%6), byte('0'+seconds/60%10), ':', byte('0'+seconds/10%6), byte('0'+seconds%10))
	if us %= 1e6; us != 0 {
		buf = fmt.Appendf(buf, ".%06d", us)
	}
	return string(buf)
}

// parseTimedelta reads what timedelta writes.
func parseTimedelta(text string) (us int64, ok bool) {
	rest := text
	days := int64(0)
	if head, tail, found := strings.Cut(text, " day"); found {
		n, err := strconv.ParseInt(head, 10, 64)
		tail, found = strings.CutPrefix(strings.TrimPrefix(tail, "s"), ",")
		if err != nil || !found || n < 0 || n > math.MaxInt32 {
			return 0, false
		}
		days, rest = n, strings.TrimLeft(tail, " ")
	}
	hours, rest, okHours := leading(rest, 10, 1<<31, ":")
	minutes, rest, okMinutes := leading(rest, 2, 59, ":")
	clock, fraction, _ := strings.Cut(rest, ".")
	seconds, end, okSeconds := leading(clock, 2, 59, "")
	if !okHours || !okMinutes || !okSeconds || end != "" || len(fraction) > 6 {
		return 0, false
	}
	micro := int64(0)
	if fraction != "" {
		n, err := strconv.ParseUint(fraction+"000000"[len(fraction):], 10, 32)
		if err != nil {
			return 0, false
		}
		micro = int64(n)
	}
	return (days*day+hours*3600+minutes*60+seconds)*1e6 + micro, true
}

// leading is a number of up to so many digits, and what follows the mark
// after it.
func leading(text string, most int, high int64, mark string) (n int64, rest string, ok bool) {
	i := 0
	for i < len(text) && i < most && text[i] >= '0' && text[i] <= '9' {
		n = n*10 + int64(text[i]-'0')
		i++
	}
	if i == 0 || n > high || !strings.HasPrefix(text[i:], mark) {
		return 0, text, false
	}
	return n, text[i+len(mark):], true
}

// ParseSpan reads a length of time as the options of triggers have it: a number
// of seconds (90, 0.5), 1h30m or 1:30:00. It may be zero, not negative. Errors
// are of type *SyntaxError.
func ParseSpan(text string) (time.Duration, error) {
	d, bad := parseSpan(text)
	if bad != nil {
		return 0, bad
	}
	return d, nil
}

// parseSpan reads a length of time: 90s, 1h30m, 0:05:00, 1 day, 0:00:00, or
// a number of seconds. It may be zero, not negative.
func parseSpan(text string) (time.Duration, *SyntaxError) {
	us, ok := parseTimedelta(text)
	if !ok {
		if seconds, err := strconv.ParseFloat(text, 64); err == nil {
			us, ok = scaled(seconds, 1e6)
			if !ok && !math.IsNaN(seconds) {
				us, ok = int64(math.Copysign(math.MaxInt64/2, seconds)), true
			}
		} else if d, err := time.ParseDuration(text); err == nil {
			us, ok = d.Microseconds(), true
		}
	}
	switch {
	case !ok:
		return 0, problemAt(text, 0, "a length of time is expected, such as 90 (seconds), 1h30m, 1:30:00 or 1 day, 0:00:00")
	case us < 0:
		return 0, problemAt(text, 0, "it must not be negative")
	case us > math.MaxInt64/1000:
		return 0, problemAt(text, 0, "it is longer than 292 years")
	}
	return time.Duration(us) * time.Microsecond, nil
}

// scaled is n units of so many microseconds, to the nearest microsecond.
func scaled(n float64, unit float64) (us int64, ok bool) {
	f := math.RoundToEven(n * unit)
	if math.IsNaN(f) || math.Abs(f) > 1<<62 {
		return 0, false
	}
	return int64(f), true
}
