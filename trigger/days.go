package trigger

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Days is a set of calendar days, such as holidays. It never changes.
type Days struct {
	items  []dayItem // as they are written
	single []int64   // the days that are in it once, since 1970-01-01, in order
	yearly [13]uint32
	nth    []nthDay
}

// dayItem is one part of a set.
type dayItem struct {
	first, last int64 // single days, both included; used if annual is false
	annual      bool
	nthDay      // in each year; if nth is 0, the day of the month is day
	day         int
}

// nthDay is the n-th of a weekday (0 is Monday) in a month, 6 for the last.
type nthDay struct{ nth, weekday, month int }

// ParseDays reads a list of days, with commas between them: 2025-12-24,
// 2025-12-24..2026-01-01 (both included), 12-25 (in every year), 4th thu nov
// and last mon may.
func ParseDays(text string) (*Days, error) {
	d, bad := parseDays(text)
	if bad != nil {
		return nil, bad
	}
	return d, nil
}

func parseDays(text string) (*Days, *SyntaxError) {
	d := &Days{}
	at := 0
	for part := range strings.SplitSeq(text, ",") {
		item := strings.TrimSpace(part)
		i, bad := parseDayItem(item)
		if bad != nil {
			skipped := strings.Index(part, item)
			return nil, problemAt(text, at+skipped+bad.Offset, "%s", bad.Problem)
		}
		d.add(i)
		at += len(part) + 1
	}
	d.finish()
	return d, nil
}

func parseDayItem(item string) (dayItem, *SyntaxError) {
	if words := strings.Fields(item); len(words) == 3 && !strings.Contains(words[0], "-") {
		return parseNth(item, words)
	}
	if m, d, ok := strings.Cut(item, "-"); ok && len(m) <= 2 && len(d) <= 2 {
		month, errMonth := strconv.Atoi(m)
		date, errDate := strconv.Atoi(d)
		if errMonth != nil || month < 1 || month > 12 {
			return dayItem{}, problemAt(item, 0, "a month from 1 to 12 is expected here")
		}
		if errDate != nil || date < 1 || date > daysIn(2000, month) {
			return dayItem{}, problemAt(item, len(m)+1, "a day of that month is expected here")
		}
		return dayItem{annual: true, nthDay: nthDay{month: month}, day: date}, nil
	}
	from, to, isRange := strings.Cut(item, "..")
	first, bad := parseDay(from)
	if bad != nil && bad.Offset == 0 && isRange {
		bad.Problem = "a range is expected here, of dates with years, such as 2025-12-24..2026-01-01"
	}
	if bad != nil || !isRange {
		return dayItem{first: first, last: first}, bad
	}
	last, bad := parseDay(to)
	switch {
	case bad != nil:
	case last < first:
		bad = problemAt(to, 0, "the range ends before it begins; it goes from the earlier to the later day")
	case last-first > 36600:
		bad = problemAt(to, 0, "a range is of a hundred years at most")
	}
	if bad != nil {
		bad.Offset += len(from) + len("..")
	}
	return dayItem{first: first, last: last}, bad
}

func parseDay(text string) (int64, *SyntaxError) {
	c, bad := parseClock(text, false)
	if bad != nil && bad.Offset == 0 {
		bad.Problem = "a day is expected here, such as 2025-12-24, 12-25 (in every year) or 4th thu nov"
	}
	if at := strings.IndexAny(text, "Tt "); at > 0 && (bad == nil && c.hasTime || bad != nil && bad.Offset >= at) {
		bad = problemAt(text, at, "nothing can follow a day but .. and the last one, as in 2025-12-24..2026-01-01")
	}
	if bad != nil {
		return 0, bad
	}
	return c.days(), nil
}

func parseNth(item string, words []string) (dayItem, *SyntaxError) {
	n := slices.Index(ordinals(), strings.ToLower(words[0]))
	w, okWeekday := weekdayNamed(strings.ToLower(words[1]))
	m, okMonth := monthNamed(strings.ToLower(words[2]))
	second := strings.Index(item, words[0]) + len(words[0])
	second += strings.Index(item[second:], words[1])
	switch {
	case n < 0:
		return dayItem{}, problemAt(item, 0, "1st, 2nd, 3rd, 4th, 5th or last is expected here, as in 4th thu nov")
	case !okWeekday:
		return dayItem{}, problemAt(item, second, "a weekday is expected here, mon to sun, as in 4th thu nov%s", weekday.meant(words[1]))
	case !okMonth:
		third := second + len(words[1])
		third += strings.Index(item[third:], words[2])
		return dayItem{}, problemAt(item, third, "a month is expected here, jan to dec, as in 4th thu nov%s", month.meant(words[2]))
	}
	return dayItem{annual: true, nthDay: nthDay{nth: n + 1, weekday: w, month: m}}, nil
}

func ordinals() []string { return []string{"1st", "2nd", "3rd", "4th", "5th", "last"} }

// days is the date as days since 1970-01-01.
func (c clockTime) days() int64 { return daysOf(c.year, c.month) + int64(c.day) - 1 }

func (d *Days) add(i dayItem) {
	d.items = append(d.items, i)
	switch {
	case !i.annual:
		for n := i.first; n <= i.last; n++ {
			d.single = append(d.single, n)
		}
	case i.nth == 0:
		d.yearly[i.month] |= 1 << i.day
	default:
		d.nth = append(d.nth, i.nthDay)
	}
}

func (d *Days) finish() {
	slices.Sort(d.single)
	d.single = slices.Compact(d.single)
}

// has: a day, since 1970-01-01, is in the set.
func (d *Days) has(n int64) bool {
	if _, ok := slices.BinarySearch(d.single, n); ok {
		return true
	}
	year, month, date := civil(n)
	if d.yearly[month]&(1<<date) != 0 {
		return true
	}
	return slices.ContainsFunc(d.nth, func(r nthDay) bool { return r.is(n, year, month, date) })
}

// is: the day, which is the date of a month, is the n-th of its weekday.
func (r nthDay) is(n int64, year, month, date int) bool {
	if month != r.month || weekdayOf(n) != r.weekday {
		return false
	}
	if r.nth == len(ordinals()) {
		return date+7 > monthLength(year, month)
	}
	return (date-1)/7+1 == r.nth
}

// weekdayOf is the weekday of a day since 1970-01-01, a Thursday.
func weekdayOf(n int64) int { return int(((n+3)%7 + 7) % 7) }

// after is the first day of the set that is later than n. The longest gap
// between annual days is that of 29 February around 1900, eight years.
func (d *Days) after(n int64) (int64, bool) {
	i, _ := slices.BinarySearch(d.single, n+1)
	best, ok := int64(0), i < len(d.single)
	if ok {
		best = d.single[i]
	}
	if d.yearly == [13]uint32{} && d.nth == nil {
		return best, ok
	}
	for next := n + 1; next <= n+9*366 && (!ok || next < best); next++ {
		if d.has(next) {
			return next, true
		}
	}
	return best, ok
}

// String lists the days, as ParseDays reads them.
func (d *Days) String() string {
	all := make([]string, len(d.items))
	for i, item := range d.items {
		all[i] = item.String()
	}
	return strings.Join(all, ",")
}

func (i dayItem) String() string {
	switch {
	case i.annual && i.nth == 0:
		return fmt.Sprintf("%02d-%02d", i.month, i.day)
	case i.annual:
		return ordinals()[i.nth-1] + " " + weekdayName(i.weekday) + " " + monthName(i.month)
	case i.first == i.last:
		return dateText(i.first)
	}
	return dateText(i.first) + ".." + dateText(i.last)
}

func dateText(n int64) string {
	y, m, d := civil(n)
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d)
}

func monthName(m int) string { return "janfebmaraprmayjunjulaugsepoctnovdec"[3*m-3 : 3*m] }

// days reads an option that is a list of days or names a file of them.
func (b *builder) days(key string) (*Days, error) {
	value, ok := b.take(key)
	if !ok {
		return nil, nil
	}
	if strings.HasSuffix(strings.ToLower(value), ".ics") {
		return b.file(key, value)
	}
	d, bad := parseDays(value)
	return d, keyed(key, bad)
}

func (b *builder) file(key, name string) (*Days, error) {
	if b.ReadFile == nil {
		return nil, b.bad(key, name, 0, "files are not read here: list the days, such as 2025-12-24,12-25")
	}
	data, err := b.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("%s=%q, character 1: %w", key, name, err)
	}
	d, err := ParseICalendar(string(data))
	if err != nil {
		return nil, fmt.Errorf("%s=%q: line %w", key, name, err)
	}
	return d, nil
}
