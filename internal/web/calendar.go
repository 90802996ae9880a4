package web

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/service"
)

// calendarPage is what the page at /calendar shows.
type calendarPage struct {
	Absent    *absence // no scheduler; nil: there is one
	Text      string   // is in the id or the name of the jobs that are listed
	Span      string   // day or week
	Spans     []spanLink
	From      time.Time
	Total     int  // times in all
	Jobs      int  // that have them
	Estimated bool // Total is reckoned
	Bars      []calendarBar
	Ticks     []tick
	Days      []calendarDay
	Crowds    []crowd
	Clocks    []clocks
	Rows      []plannedRow
	Hidden    int      // rows that there is no room for
	Missing   []string // stores that do not answer
}

// calendarBar is a part of the next day; all in percent.
type calendarBar struct{ X, Width, Y, Height, Class, Title string }

// calendarDay is a day of the next week, an hour in each of its cells.
type calendarDay struct {
	Date  time.Time
	Label string // in words, for who does not see it
	Cells []calendarCell
}

// calendarCell is an hour; Level is from 1 to heatLevels, 0 for nothing.
type calendarCell struct {
	X     string
	Level int
	Title string
}

// crowd is a part in which much is to run.
type crowd struct {
	From, Until time.Time
	Count       int
	Jobs        []string // some that are due in it
}

// plannedRow is a job that is due.
type plannedRow struct {
	*service.Planned
	Path  string
	First time.Time
	Then  []time.Time // a few after the first
}

const (
	quarters   = 4 * 24 // parts of a day
	weekHours  = 7 * 24 // parts of a week
	heatLevels = 5
	mostCrowds = 3
	crowdJobs  = 4
	mostRows   = 200
	thenTimes  = 2
)

func (s *Site) calendar(r *request) (any, error) {
	p := &calendarPage{Absent: s.absence(), Text: strings.TrimSpace(r.Form.Get("q")), Span: r.Form.Get("span")}
	if p.Absent != nil {
		return p, nil
	}
	length, part, parts := 24*time.Hour, 15*time.Minute, quarters
	if p.Span == "week" {
		length, part, parts = 7*24*time.Hour, time.Hour, weekHours
	} else {
		p.Span = "day"
	}
	for _, name := range []string{"day", "week"} {
		p.Spans = append(p.Spans, spanLink{name, "/calendar?" + url.Values{"span": {name}}.Encode(), name == p.Span})
	}
	p.From = time.Now().Truncate(part).Local()
	ctx, cancel := storeContext(r)
	defer cancel()
	c, err := s.Service.Jobs().Calendar(ctx, p.From, p.From.Add(length), parts)
	if p.Missing, err = missing(err); err != nil {
		return nil, err
	}
	w := &runWords{r.words}
	p.sum(&c)
	if p.Span == "week" {
		p.week(&c, w)
	} else {
		p.day(&c, w)
	}
	p.crowds(&c, part)
	p.Clocks = clockChanges(&c, w)
	p.list(&c)
	return p, nil
}

func (p *calendarPage) sum(c *service.Calendar) {
	p.Jobs = len(c.Jobs)
	for _, n := range c.Parts {
		p.Total += n
	}
	p.Estimated = slices.ContainsFunc(c.Jobs, func(j service.Planned) bool { return j.Estimated })
}

// day makes the bars of a day.
func (p *calendarPage) day(c *service.Calendar, w *runWords) {
	most := max(slices.Max(c.Parts), 1)
	for i, n := range c.Parts {
		if n == 0 {
			continue
		}
		height := max(float64(n)/float64(most)*100, 2)
		from := p.From.Add(time.Duration(i) * 15 * time.Minute)
		bar := calendarBar{
			X: part(i, quarters), Width: part(1, quarters), Y: fmt.Sprintf("%.1f%%", 100-height), Height: fmt.Sprintf("%.1f%%", height), Class: "some",
			Title: w.T("calendar.part", n, from.Format("15:04"), from.Add(15*time.Minute).Format("15:04")),
		}
		if crowded(n, c.Parts) {
			bar.Class = "crowd"
		}
		p.Bars = append(p.Bars, bar)
	}
	t := timeline{From: p.From, Until: p.From.Add(24 * time.Hour)}
	p.Ticks = t.ticks()
}

func part(i, of int) string { return fmt.Sprintf("%.3f%%", float64(i)*100/float64(of)) }

// crowded tells whether a part has much more than usual: four times as much as the
// middle of all, and so much that it may matter.
func crowded(n int, parts []int) bool {
	const least = 4
	sorted := slices.Sorted(slices.Values(parts))
	return n >= least && n >= least*max(sorted[len(sorted)/2], 1)
}

// week makes the hours of a week, each at the place of the clock of this machine.
func (p *calendarPage) week(c *service.Calendar, w *runWords) {
	most := max(slices.Max(c.Parts), 1)
	for i, n := range c.Parts {
		at := p.From.Add(time.Duration(i) * time.Hour)
		if len(p.Days) == 0 || p.Days[len(p.Days)-1].Date.Day() != at.Day() {
			p.Days = append(p.Days, calendarDay{Date: at})
		}
		if n == 0 {
			continue
		}
		d := &p.Days[len(p.Days)-1]
		d.Cells = append(d.Cells, calendarCell{
			X: part(at.Hour(), 24), Level: 1 + (n-1)*(heatLevels-1)/max(most-1, 1), Title: w.T("calendar.part", n, at.Format("15:04"), at.Add(time.Hour).Format("15:04")),
		})
	}
	for i := range p.Days {
		d := &p.Days[i]
		count := 0
		for n := range c.Parts {
			if at := p.From.Add(time.Duration(n) * time.Hour); at.YearDay() == d.Date.YearDay() {
				count += c.Parts[n]
			}
		}
		d.Label = w.T("calendar.day", count, d.Date.Format(time.DateOnly))
	}
	for hour := 3; hour < 24; hour += 3 {
		p.Ticks = append(p.Ticks, tick{part(hour, 24), fmt.Sprintf("%02d:00", hour)})
	}
}

// crowds finds the parts with the most.
func (p *calendarPage) crowds(c *service.Calendar, length time.Duration) {
	busiest := make([]int, len(c.Parts))
	for i := range busiest {
		busiest[i] = i
	}
	slices.SortStableFunc(busiest, func(a, b int) int { return cmp.Compare(c.Parts[b], c.Parts[a]) })
	for _, i := range busiest[:mostCrowds] {
		if !crowded(c.Parts[i], c.Parts) {
			break
		}
		from := p.From.Add(time.Duration(i) * length)
		p.Crowds = append(p.Crowds, crowd{from, from.Add(length), c.Parts[i], dueIn(c, from, from.Add(length))})
	}
}

// dueIn are some of the jobs that are due in a part, of those whose times are known.
func dueIn(c *service.Calendar, from, until time.Time) (names []string) {
	for i := range c.Jobs {
		due := slices.ContainsFunc(c.Jobs[i].Times, func(at time.Time) bool { return !at.Before(from) && at.Before(until) })
		if due && len(names) < crowdJobs {
			names = append(names, c.Jobs[i].ID)
		}
	}
	return names
}

// list makes the rows that the filter lets through.
func (p *calendarPage) list(c *service.Calendar) {
	for i := range c.Jobs {
		j := &c.Jobs[i]
		if !contains(j.ID, p.Text) && !contains(j.Name, p.Text) {
			continue
		}
		if len(p.Rows) == mostRows {
			p.Hidden++
			continue
		}
		row := plannedRow{Planned: j, Path: jobPath(j.Store, j.ID), First: j.Times[0]}
		row.Then = j.Times[1:min(len(j.Times), 1+thenTimes)]
		p.Rows = append(p.Rows, row)
	}
}
