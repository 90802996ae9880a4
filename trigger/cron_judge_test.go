package trigger_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// The judge knows nothing of how triggers search: it looks at every minute
// around a clock change and asks package time what the clocks show.
type judge struct {
	loc      *time.Location
	from, to time.Time
	shown    []time.Time       // the wall clock at each minute from from on, as if it were UTC
	first    map[time.Time]int // where shown has a time first
	dates    map[time.Time]bool
}

func newJudge(loc *time.Location, change time.Time) judge {
	j := judge{loc: loc, from: change.Add(-40 * time.Hour), to: change.Add(40 * time.Hour),
		first: map[time.Time]int{}, dates: map[time.Time]bool{}}
	for at := j.from; at.Before(j.to); at = at.Add(time.Minute) {
		local := at.In(loc)
		y, m, d := local.Date()
		shown := time.Date(y, m, d, local.Hour(), local.Minute(), 0, 0, time.UTC)
		if _, ok := j.first[shown]; !ok {
			j.first[shown] = len(j.shown)
		}
		j.dates[shown.Truncate(24*time.Hour)] = true
		j.shown = append(j.shown, shown)
	}
	return j
}

func (j judge) at(minute int) time.Time { return j.from.Add(time.Duration(minute) * time.Minute) }

// wall gives every minute that shows a matching time.
func (j judge) wall(match func(time.Time) bool) (all []time.Time) {
	for i, shown := range j.shown {
		if match(shown) {
			all = append(all, j.at(i))
		}
	}
	return all
}

// once gives, for each matching time of each date that is on the calendar, the
// first minute that shows it or else the first minute after the change that
// skips it.
func (j judge) once(match func(time.Time) bool) (all []time.Time) {
	last := j.shown[len(j.shown)-1]
	for w := j.shown[0]; !w.After(last); w = w.Add(time.Minute) {
		if !match(w) || !j.dates[w.Truncate(24*time.Hour)] {
			continue
		}
		i, ok := j.first[w]
		if !ok {
			i = slices.IndexFunc(j.shown, w.Before)
		}
		all = append(all, j.at(i))
	}
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}

// changes finds the clock changes of some years by looking at each hour and
// then at each minute.
func changes(loc *time.Location, years ...int) (all []time.Time) {
	offset := func(t time.Time) int { _, o := t.In(loc).Zone(); return o }
	for _, y := range years {
		for at := time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() == y; at = at.Add(time.Hour) {
			if offset(at) == offset(at.Add(time.Hour)) {
				continue
			}
			for offset(at) == offset(at.Add(time.Minute)) {
				at = at.Add(time.Minute)
			}
			all = append(all, at.Add(time.Minute))
		}
	}
	return all
}

func judgedZones() []string {
	return []string{
		"Europe/Berlin", "Europe/London", "Europe/Dublin", "America/New_York", "America/Sao_Paulo",
		"America/Havana", "America/St_Johns", "Australia/Lord_Howe", "Australia/Adelaide", "Pacific/Apia",
		"Pacific/Chatham", "Africa/Casablanca", "Africa/Cairo", "Asia/Tehran", "Asia/Gaza", "Asia/Beirut",
		"America/Santiago", "Antarctica/Troll", "Asia/Pyongyang", "America/Caracas", "Atlantic/Azores",
		"America/Godthab", "Asia/Kathmandu", "Europe/Istanbul",
	}
}

// judged is a trigger with the same meaning said in Go. hour nil: any.
type judged struct {
	minutes, hours []int
	weekday        int // from Monday; -1: any
}

func judgedTriggers() []judged {
	every := func(n, size int) (all []int) {
		for i := 0; i < size; i += n {
			all = append(all, i)
		}
		return all
	}
	return []judged{
		{[]int{0}, []int{0}, -1}, {[]int{30}, []int{0}, -1}, {[]int{30}, []int{2}, -1}, {[]int{15}, []int{2}, -1},
		{[]int{0}, []int{1, 2, 3}, -1}, {[]int{30}, []int{1}, -1}, {[]int{45}, []int{23}, -1}, {[]int{0}, []int{3}, 6},
		{[]int{0}, []int{0}, 0}, {[]int{0}, []int{0}, 6}, {[]int{10, 50}, []int{0, 2}, -1},
		{every(30, 60), nil, -1}, {[]int{15}, nil, -1}, {every(1, 60), nil, -1}, {every(20, 60), []int{2}, -1},
		{every(7, 60), []int{0, 1, 2}, -1}, {[]int{0}, every(2, 24), -1},
	}
}

func (e judged) match(shown time.Time) bool {
	return slices.Contains(e.minutes, shown.Minute()) && (e.hours == nil || slices.Contains(e.hours, shown.Hour())) &&
		(e.weekday < 0 || int(shown.Weekday()+6)%7 == e.weekday)
}

func (e judged) fields() trigger.CronFields {
	list := func(all []int) string { return strings.Trim(strings.ReplaceAll(fmt.Sprint(all), " ", ","), "[]") }
	f := trigger.CronFields{Minute: list(e.minutes), Hour: "*"}
	if e.hours != nil {
		f.Hour = list(e.hours)
	}
	if e.weekday >= 0 {
		f.DayOfWeek = fmt.Sprint(e.weekday)
	}
	return f
}

func TestCronAtClockChanges(t *testing.T) {
	years := []int{2011, 2018, 2025}
	if !testing.Short() {
		years = append(years, 2040, 2099, 2104)
	}
	n := 0
	for _, name := range judgedZones() {
		zone, err := trigger.LoadZone(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range changes(zone.Location(), years...) {
			n++
			j := newJudge(zone.Location(), change)
			for _, e := range judgedTriggers() {
				j.check(t, zone, e, trigger.DSTWall, j.wall(e.match))
				j.check(t, zone, e, trigger.DSTOnce, j.once(e.match))
				if e.hours == nil || len(e.minutes) == 60 {
					j.check(t, zone, e, trigger.DSTAuto, j.wall(e.match))
				} else {
					j.check(t, zone, e, trigger.DSTAuto, j.once(e.match))
				}
			}
		}
	}
	if n < 60 {
		t.Errorf("only %d clock changes looked at", n)
	}
}

func (j judge) check(t *testing.T, zone *trigger.Zone, e judged, dst trigger.DST, want []time.Time) {
	t.Helper()
	trig, err := trigger.Cron(e.fields(), trigger.In(zone), trigger.OnClockChange(dst))
	if err != nil {
		t.Fatal(err)
	}
	var got []time.Time
	for next := trig.Next(time.Time{}, j.from); next.Before(j.to) && !next.IsZero(); {
		got = append(got, next)
		next = trig.Next(next, next)
	}
	if !slices.EqualFunc(got, want, time.Time.Equal) {
		t.Errorf("%v dst=%v: %d times, want %d; the first that differs: %s", trig, dst, len(got), len(want), firstDifference(got, want))
	}
}

func firstDifference(got, want []time.Time) string {
	for i := range max(len(got), len(want)) {
		var g, w time.Time
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i].In(g.Location())
		}
		if !g.Equal(w) {
			return fmt.Sprintf("got %v, want %v", g, w)
		}
	}
	return "none"
}
