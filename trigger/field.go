package trigger

import (
	"strconv"
	"strings"
)

// field is one of the eight parts of a date and time that a cron trigger
// looks at, from the most to the least significant.
type field uint8

const (
	year field = iota
	month
	dayOfMonth
	week
	weekday
	hour
	minute
	second
	numFields
)

const (
	minYear = 1970
	maxYear = 9999
)

func (f field) String() string {
	return [...]string{"year", "month", "day", "week", "day_of_week", "hour", "minute", "second"}[f]
}

// bounds are the least and the greatest value, as APScheduler counts them:
// weekdays from Monday, 0, to Sunday, 6.
func (f field) bounds() (low, high int) {
	b := [...][2]int{{minYear, maxYear}, {1, 12}, {1, 31}, {1, 53}, {0, 6}, {0, 23}, {0, 59}, {0, 59}}[f]
	return b[0], b[1]
}

// fallback is the text of a field that is not given and is less significant
// than all that are.
func (f field) fallback() string {
	return [...]string{"*", "1", "1", "*", "*", "0", "0", "0"}[f]
}

// monthNamed and weekdayNamed read the three-letter names in lower case.
func monthNamed(name string) (int, bool) {
	switch name {
	case "jan":
		return 1, true
	case "feb":
		return 2, true
	case "mar":
		return 3, true
	case "apr":
		return 4, true
	case "may":
		return 5, true
	case "jun":
		return 6, true
	case "jul":
		return 7, true
	case "aug":
		return 8, true
	case "sep":
		return 9, true
	case "oct":
		return 10, true
	case "nov":
		return 11, true
	case "dec":
		return 12, true
	}
	return 0, false
}

// weekdayNamed counts from Monday, 0.
func weekdayNamed(name string) (int, bool) {
	for i := range 7 {
		if weekdayName(i) == name {
			return i, true
		}
	}
	return 0, false
}

func weekdayName(i int) string {
	return [...]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}[i]
}

// named reads a name of the field's values.
func (f field) named(name string) (int, bool) {
	switch f {
	case month:
		return monthNamed(name)
	case weekday:
		return weekdayNamed(name)
	}
	return 0, false
}

// meant suggests the three letters of a name that is written in full.
func (f field) meant(name string) string {
	if len(name) > 3 {
		if _, ok := f.named(strings.ToLower(name[:3])); ok {
			return "; did you mean " + strings.ToLower(name[:3]) + "?"
		}
	}
	return ""
}

// hint says which values a field takes, for errors.
func (f field) hint() string {
	low, high := f.bounds()
	text := strconv.Itoa(low) + " to " + strconv.Itoa(high)
	switch f {
	case month:
		text += " or jan to dec"
	case weekday:
		text += " (0 is Monday) or mon to sun"
	}
	return text
}

// text is a value as people write it.
func (f field) text(value int) string {
	if f == weekday {
		return weekdayName(value)
	}
	return strconv.Itoa(value)
}
