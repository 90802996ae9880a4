package trigger

import (
	"math/bits"
	"strconv"
	"strings"
)

// maxListed is how many times of day or values a description lists.
const maxListed = 8

func (c *cron) words() string {
	return c.timeWords() + " " + c.dateWords() + inZone(c.zone)
}

// timeWords says at what times of a day.
func (c *calendar) timeWords() string {
	hours, minutes, seconds := values(uint64(c.hours)), values(c.minutes), values(c.seconds)
	if len(hours)*len(minutes)*len(seconds) <= maxListed {
		var all []string
		for _, h := range hours {
			for _, m := range minutes {
				for _, s := range seconds {
					all = append(all, clockWords(h*3600+m*60+s, len(seconds) > 1 || seconds[0] != 0))
				}
			}
		}
		return "at " + series(all)
	}
	var parts []string
	if text := within(seconds, 60, "second"); len(seconds) != 1 || seconds[0] != 0 {
		parts = append(parts, text)
	}
	if len(parts) == 0 || len(minutes) < 60 {
		parts = append(parts, within(minutes, 60, "minute"))
	}
	if len(hours) < 24 || len(minutes) == 1 || !isEvery(minutes, 60) {
		parts = append(parts, within(hours, 24, "hour"))
	}
	text := strings.Join(parts, " of ")
	if !strings.HasPrefix(text, "every") {
		text = "at " + text
	}
	return text + ","
}

// within says which values of a unit: "every 5 minutes", "minutes 5 and 35",
// "the hours from 9 to 17".
func within(set []int, size int, unit string) string {
	step := size / len(set)
	switch {
	case len(set) == 1:
		return unit + " " + strconv.Itoa(set[0])
	case isEvery(set, size):
		return "every " + counted(int64(step), unit)
	case len(set) > 2 && set[len(set)-1]-set[0] == len(set)-1:
		return "every " + unit + " from " + strconv.Itoa(set[0]) + " to " + strconv.Itoa(set[len(set)-1])
	}
	return unit + "s " + series(numbers(set))
}

// isEvery: set is 0, step, 2*step and so on, and step divides size.
func isEvery(set []int, size int) bool {
	step := size / len(set)
	if step*len(set) != size {
		return false
	}
	for i, v := range set {
		if v != i*step {
			return false
		}
	}
	return true
}

// dateWords says on which days.
func (c *calendar) dateWords() string {
	days, weekdays := c.dayWords(), c.weekdayWords()
	of := " of " + c.monthWords()
	text := "every day"
	switch {
	case days != "" && weekdays != "" && c.either:
		text = "on " + days + of + " and on every " + weekdays
		if c.months != allMonths {
			text += " in " + c.monthWords()
		}
	case days != "" && weekdays != "":
		text = "on " + days + of + " if that is a " + strings.ReplaceAll(weekdays, " and ", " or ")
	case days != "":
		text = "on " + days + of
	case weekdays != "" && c.months != allMonths:
		text = "on every " + weekdays + " in " + c.monthWords()
	case weekdays != "":
		text = "on every " + weekdays
	case c.months != allMonths:
		text = "every day in " + c.monthWords()
	}
	if c.weeks != allWeeks {
		weeks := values(c.weeks)
		text += ", in ISO " + plural(int64(len(weeks)), "week") + " " + series(numbers(weeks))
	}
	return text + c.yearWords()
}

const allMonths = 1<<13 - 2

// dayWords is "" if every day of the month is in the set.
func (c *calendar) dayWords() string {
	if c.days&allDays == allDays {
		return ""
	}
	var all []string
	for _, d := range values(uint64(c.days &^ lastDay)) {
		all = append(all, "the "+ordinal(d))
	}
	for _, bit := range values(c.nth) {
		all = append(all, "the "+ordinals()[bit/7]+" "+weekdayWord(bit%7))
	}
	if c.days&lastDay != 0 {
		all = append(all, "the last day")
	}
	return series(all)
}

// weekdayWords is "" if every weekday is in the set.
func (c *calendar) weekdayWords() string {
	if c.weekdays == allWeekdays {
		return ""
	}
	set := values(uint64(c.weekdays))
	if n := len(set); n > 2 && set[n-1]-set[0] == n-1 {
		return "day from " + weekdayWord(set[0]) + " to " + weekdayWord(set[n-1])
	}
	var all []string
	for _, w := range set {
		all = append(all, weekdayWord(w))
	}
	return series(all)
}

func (c *calendar) monthWords() string {
	if c.months == allMonths {
		return "every month"
	}
	var all []string
	for _, m := range values(uint64(c.months)) {
		all = append(all, monthWord(m))
	}
	return series(all)
}

func (c *calendar) yearWords() string {
	if c.years == nil {
		return ""
	}
	var all []string
	for _, r := range c.years {
		text := strconv.Itoa(int(r.first))
		if r.last > r.first {
			text += " to " + strconv.Itoa(int(r.last))
		}
		if r.step > 1 {
			text += " by " + strconv.Itoa(int(r.step))
		}
		all = append(all, text)
	}
	return ", in " + series(all)
}

// values are the numbers of the bits of a set.
func values(set uint64) (all []int) {
	for ; set != 0; set &= set - 1 {
		all = append(all, bits.TrailingZeros64(set))
	}
	return all
}

func numbers(set []int) []string {
	all := make([]string, len(set))
	for i, n := range set {
		all[i] = strconv.Itoa(n)
	}
	return all
}

func ordinal(n int) string {
	if n < len(ordinals()) {
		return ordinals()[n-1]
	}
	suffix := "th"
	switch n {
	case 21, 31:
		suffix = "st"
	case 22:
		suffix = "nd"
	case 23:
		suffix = "rd"
	}
	return strconv.Itoa(n) + suffix
}

func weekdayWord(w int) string {
	return [...]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}[w]
}

func monthWord(m int) string {
	return [...]string{"", "January", "February", "March", "April", "May", "June", "July", "August", "September",
		"October", "November", "December"}[m]
}

func (c *spread) words() string {
	return c.cron.words() + ", later for each job by its own share of what H or ~ leaves open"
}
