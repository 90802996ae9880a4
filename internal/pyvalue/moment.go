package pyvalue

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// The parts of a time, as isoformat() of Python writes them; a Z is +00:00.
const (
	datePattern   = `(\d{4})-(\d\d)-(\d\d)`
	clockPattern  = `(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,6})?)?`
	offsetPattern = `(Z|[+-](\d\d):(\d\d)(?::(\d\d))?)?`
)

func checkDatetime(t tagged) error {
	text, _ := t.text()
	date, clock, ok := strings.Cut(text, "T")
	if !ok {
		date, clock, ok = strings.Cut(text, " ")
	}
	if !ok || !t.isDate(date) || !t.isClock(clock) {
		return t.wrong()
	}
	return checkZone(t)
}

func checkDate(t tagged) error {
	if text, _ := t.text(); !t.isDate(text) {
		return t.wrong()
	}
	return nil
}

func checkTime(t tagged) error {
	if text, _ := t.text(); !t.isClock(text) {
		return t.wrong()
	}
	return checkZone(t)
}

func checkTimezone(t tagged) error {
	text, _ := t.text()
	if parts := t.parse(offsetPattern, text); text == "" || !isOffset(parts) {
		return t.wrong()
	}
	if name, ok := t.members["name"]; ok {
		if _, ok := name.(string); !ok {
			return t.fault("the name of a timezone is no text", `give such as "CET"`)
		}
	}
	return nil
}

// checkTimedelta: seconds, or days, seconds and microseconds as Python keeps
// them, which are exact.
func checkTimedelta(t tagged) error {
	switch v := t.members[Value].(type) {
	case json.Number:
		const days = 999_999_999 // the most that Python has
		if s, err := v.Float64(); err == nil && s < (days+1)*86400. && s >= -days*86400. {
			return nil
		}
	case []any:
		if len(v) == 3 && inRange(v[0], -999_999_999, 999_999_999) && inRange(v[1], 0, 86399) && inRange(v[2], 0, 999_999) {
			return nil
		}
	}
	return t.wrong()
}

func inRange(v any, least, most int64) bool {
	n, ok := whole(v)
	return ok && n.Cmp(big.NewInt(least)) >= 0 && n.Cmp(big.NewInt(most)) <= 0
}

func checkZoneInfo(t tagged) error {
	text, _ := t.text()
	return t.zoneNamed(text)
}

// checkPytz: a name, or the minutes of pytz.FixedOffset.
func checkPytz(t tagged) error {
	if inRange(t.members[Value], -1439, 1439) {
		return nil
	}
	return checkZoneInfo(t)
}

// zoneNamed looks for a zone in the database of time zones. Those of Python may
// be others, but a name that is mistyped is in none.
func (t tagged) zoneNamed(name string) error {
	_, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return t.fault(fmt.Sprintf("there is no time zone %q", name), `give such as "Europe/Berlin"`)
	}
	return nil
}

// checkZone looks at what a datetime and a time may have beside their value: a
// zone, by the name of a ZoneInfo or as a value, and a fold.
func checkZone(t tagged) error {
	if fold, ok := t.members["fold"]; ok && !inRange(fold, 0, 1) {
		return t.fault("fold is neither 0 nor 1", "give 1 for the second of two equal times of the clocks")
	}
	zone, ok := t.members["zone"]
	if !ok {
		return nil
	}
	if name, ok := zone.(string); ok {
		return t.zoneNamed(name)
	}
	switch tagOf(zone) {
	case "timezone", "ZoneInfo", "pytz":
		return t.checkValue(Member(t.path, "zone"), zone)
	}
	return t.fault("zone is no time zone", `give such as "Europe/Berlin", or a timezone, ZoneInfo or pytz`)
}

func (c *checker) isDate(text string) bool {
	d, err := time.Parse(time.DateOnly, text)
	return err == nil && c.parse(datePattern, text) != nil && d.Year() > 0
}

// isClock reports whether text is a time of day, perhaps with an offset.
func (c *checker) isClock(text string) bool {
	parts := c.parse(clockPattern+offsetPattern, text)
	return parts != nil && upTo(parts[1], 23) && upTo(parts[2], 59) && upTo(parts[3], 59) && isOffset(parts[3:])
}

// isOffset looks at the groups of offsetPattern, which follow the first.
func isOffset(parts []string) bool {
	return parts != nil && upTo(parts[2], 23) && upTo(parts[3], 59) && upTo(parts[4], 59)
}

// upTo reports whether digits, if there are any, are a number up to most.
func upTo(digits string, most int) bool {
	n, err := strconv.Atoi("0" + digits)
	return err == nil && n <= most
}
