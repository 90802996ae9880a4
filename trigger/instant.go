package trigger

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// micros is t in whole microseconds since 1970, rounded up.
func micros(t time.Time) int64 {
	us := t.UnixMicro()
	if t.Nanosecond()%1000 != 0 {
		us++
	}
	return us
}

// microTime is the Time of microseconds since 1970 in a zone, UTC for nil.
func microTime(us int64, z *Zone) time.Time {
	if z == nil {
		return time.UnixMicro(us).UTC()
	}
	return time.UnixMicro(us).In(z.loc)
}

// zoneOf is the zone of a Time.
func zoneOf(t time.Time) *Zone {
	if t.Location() == time.UTC {
		return UTC()
	}
	return ZoneOf(t.Location(), t)
}

// appendTime writes an instant as RFC 3339, in the zone where that can be
// said (offsets with seconds cannot) and else in UTC. A fraction has all six
// digits, which compat=apscheduler3 reads as everybody does.
func appendTime(buf []byte, us int64, z *Zone) []byte {
	t := microTime(us, z)
	if _, offset := t.Zone(); offset%60 != 0 {
		t = t.UTC()
	}
	layout := time.RFC3339
	if us%1e6 != 0 {
		layout = "2006-01-02T15:04:05.000000Z07:00"
	}
	return t.AppendFormat(buf, layout)
}

// ParseTime reads a time in the forms of APScheduler and RFC 3339, such as
// 2030-01-31, 2030-01-31 12:00 and 2030-01-31T12:00:00Z; one without an
// offset is in zone. Errors are of type *SyntaxError.
func ParseTime(text string, zone *Zone) (time.Time, error) {
	c, bad := parseClock(text, false)
	if bad != nil {
		return time.Time{}, bad
	}
	return microTime(c.instant(zone), zone), nil
}

// clockTime is a time as it was written: a date, a time of day if there is
// one, and an offset from UTC if there is one.
type clockTime struct {
	year, month, day     int
	hour, minute, second int
	micro                int
	offset               int // seconds east of UTC
	hasTime, hasOffset   bool
}

// parseClock reads a time in the forms of APScheduler, which include those of
// RFC 3339: Y-m-d, then after a blank or a T H:M or H:M:S with a fraction, then
// Z or an offset. Parts other than the year may have one digit. With legacy a
// time has seconds, and a fraction is a number of microseconds, as there: .5
// is 5 µs. The error says at which byte it stopped.
func parseClock(text string, legacy bool) (c clockTime, _ *SyntaxError) {
	s := clockReader{text: text}
	c.year = s.number(4, 4, 1, 9999, "a year of four digits, as in 2030-01-31,")
	s.want("-", "2030-01-31")
	c.month = s.number(1, 2, 1, 12, "a month from 1 to 12")
	s.want("-", "2030-01-31")
	c.day = s.number(1, 2, 1, 31, "a day from 1 to 31")
	if s.failed == nil && c.day > daysIn(c.year, c.month) {
		s.fail("that month has %d days", daysIn(c.year, c.month))
	}
	if s.done() {
		return c, s.failed
	}
	if !s.accept("T") && !s.accept("t") {
		s.want(" ", "2030-01-31 12:00:00")
	}
	c.hasTime = true
	c.hour = s.number(1, 2, 0, 23, "an hour from 0 to 23")
	s.want(":", "12:00 or 12:00:00")
	c.minute = s.number(1, 2, 0, 59, "a minute from 0 to 59")
	if s.accept(":") {
		c.second = s.number(1, 2, 0, 59, "a second from 0 to 59")
		if s.accept(".") {
			c.micro = s.fraction(legacy)
		}
	} else if legacy {
		s.fail("seconds are expected here, as in 12:00:00")
	}
	c.offset, c.hasOffset = s.offset()
	if !s.done() {
		s.fail("nothing is expected here but an offset such as +02:00; a time is 2030-01-31 12:00:00")
	}
	return c, s.failed
}

// instant is the time in microseconds since 1970, in zone z if it has no
// offset of its own.
func (c clockTime) instant(z *Zone) int64 {
	w := wallOf(c.year, time.Month(c.month), c.day, c.hour*3600+c.minute*60+c.second)
	if c.hasOffset {
		return (int64(w)-int64(c.offset))*1e6 + int64(c.micro)
	}
	return z.instant(w)*1e6 + int64(c.micro)
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// clockReader reads a text from left to right. After a failure it reads nothing
// more.
type clockReader struct {
	text   string
	at     int
	failed *SyntaxError
}

func (s *clockReader) fail(format string, args ...any) {
	if s.failed == nil {
		s.failed = problemAt(s.text, s.at, format, args...)
	}
}

// done: there is nothing left, or nothing that can be read.
func (s *clockReader) done() bool { return s.failed != nil || s.at == len(s.text) }

// accept skips word if it comes next.
func (s *clockReader) accept(word string) bool {
	if s.failed != nil || !strings.HasPrefix(s.text[s.at:], word) {
		return false
	}
	s.at += len(word)
	return true
}

func (s *clockReader) want(word, example string) {
	if !s.accept(word) {
		s.fail("%q is expected here, as in %s", word, example)
	}
}

// digits takes up to most digits.
func (s *clockReader) digits(most int) string {
	start := s.at
	for s.failed == nil && s.at < len(s.text) && s.at-start < most && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	return s.text[start:s.at]
}

func (s *clockReader) number(least, most, low, high int, what string) int {
	start := s.at
	digits := s.digits(most)
	n, err := strconv.Atoi(digits)
	if s.failed == nil && (len(digits) < least || err != nil || n < low || n > high) {
		s.at = start
		s.fail("%s is expected here", what)
	}
	return n
}

// fraction reads what follows the point: a part of a second or, as
// APScheduler has it, a number of microseconds.
func (s *clockReader) fraction(legacy bool) int {
	start := s.at
	digits := s.digits(9)
	if len(digits) > 6 && strings.Trim(digits[6:], "0") == "" {
		digits = digits[:6]
	}
	n, err := strconv.Atoi(digits)
	if err != nil || len(digits) > 6 {
		s.at = start
		s.fail("one to six digits are expected here")
		return 0
	}
	if !legacy {
		n *= int(math.Pow10(6 - len(digits)))
	}
	return n
}

// offset reads Z, ±HH:MM or nothing.
func (s *clockReader) offset() (seconds int, ok bool) {
	if s.accept("Z") || s.accept("z") {
		return 0, true
	}
	sign := 0
	switch {
	case s.accept("+"):
		sign = 1
	case s.accept("-"):
		sign = -1
	default:
		return 0, false
	}
	hours := s.number(2, 2, 0, 23, "an offset such as +02:00")
	s.accept(":")
	minutes := s.number(2, 2, 0, 59, "an offset such as +02:00")
	return sign * (hours*3600 + minutes*60), true
}
