package web

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// timeline shows which job ran when, how long, and with what outcome: a lane for
// each job. What it costs to make, send and draw is bounded, however many runs
// there are.
type timeline struct {
	From, Until time.Time // Until is now
	Ticks       []tick
	Lanes       []lane
	Hidden      int  // lanes that there is no room for
	Sampled     bool // there are more runs than are drawn

	lanes map[string]*lane // by STORE/ID
	words *runWords
}

// tick is a time on the axis; X is where, in percent.
type tick struct{ X, Text string }

// lane is what one job did.
type lane struct {
	Job, Path string
	Label     string // in words, for who does not see it
	Segments  []segment

	cells      [laneCells]cell
	runs, fail int
	filter     url.Values // of the page with its runs
}

// cell is a moment of a lane: the worst of what it has.
type cell struct {
	rank  int // in ranks
	count int // runs that begin in it
	run   *service.RunInfo
}

// segment is a bar: moments in a row that look the same.
type segment struct{ X, Width, Class, Title, Path string }

const (
	laneCells   = 360 // moments of a lane: 10 seconds of an hour, 4 minutes of a day
	mostLanes   = 24
	drawnRuns   = 2000 // that are drawn one by one
	sampledTime = 12   // parts of the time of which, if there are more, each gives
	sampledRuns = 400  // so many
)

// ranks are the classes of cells; of several the last one counts.
func ranks() []string { return []string{"", "idle", "good", "busy", "bad"} }

func (s *Site) drawTimeline(ctx context.Context, r *request, p *runsPage, now time.Time) error {
	t := &timeline{From: now.Add(-p.Filter.window()), Until: now, lanes: map[string]*lane{}, words: &runWords{r.words}}
	if !p.Filter.Since.IsZero() && !p.Filter.Before.IsZero() {
		t.From, t.Until = p.Filter.Since, p.Filter.Before
	}
	q, err := p.Filter.ofStore()
	if err != nil {
		return errForm
	}
	runs, err := s.runsBetween(ctx, t, p, q)
	if err != nil {
		return err
	}
	for i := range runs {
		if contains(runs[i].Run.Job, p.Filter.Text) {
			t.add(&runs[i], &p.Filter, now)
		}
	}
	t.finish()
	p.Timeline = t
	return nil
}

// runsBetween are the runs of the time that is drawn, or a sample of them from all
// parts of it.
func (s *Site) runsBetween(ctx context.Context, t *timeline, p *runsPage, q job.RunFilter) ([]service.RunInfo, error) {
	ask := func(from, until time.Time, limit int) (runs []service.RunInfo, err error) {
		q.Since, q.Before, q.Limit = from, until, limit
		runs, err = s.Service.Jobs().Runs(ctx, service.RunFilter{RunFilter: q})
		p.Missing, err = missing(err)
		return runs, err
	}
	end := t.Until.Add(time.Microsecond)
	all, err := ask(t.From, end, drawnRuns+1)
	if err != nil || len(all) <= drawnRuns {
		return all, err
	}
	t.Sampled, all = true, nil
	for i := range sampledTime {
		part := t.Until.Sub(t.From) / sampledTime
		from := t.From.Add(part * time.Duration(i))
		until := from.Add(part)
		if i == sampledTime-1 {
			until = end
		}
		runs, err := ask(from, until, sampledRuns)
		if err != nil {
			return nil, err
		}
		all = append(all, runs...)
	}
	return all, nil
}

// add draws a run into its lane.
func (t *timeline) add(i *service.RunInfo, f *runFilter, now time.Time) {
	r := i.Present(now)
	if r.Phase == job.Waiting {
		return
	}
	key := i.Store + "/" + r.Job
	l := t.lanes[key]
	if l == nil {
		of := *f
		of.Job, of.Text = r.Job, ""
		l = &lane{Job: r.Job, Path: jobPath(i.Store, r.Job), filter: of.query()}
		t.lanes[key] = l
	}
	begin, end := r.Started, r.Outcome.Finished
	switch {
	case r.Phase == job.Running:
		begin, end = r.Due, now
	case begin.IsZero():
		begin, end = r.Slot, r.Slot
	}
	rank := slices.Index(ranks(), outcomeClass(r.Outcome.Kind))
	l.runs++
	if rank == len(ranks())-1 {
		l.fail++
	}
	first, last := t.cell(begin), t.cell(end)
	for n := first; n <= last; n++ {
		l.cells[n].rank = max(l.cells[n].rank, rank)
	}
	l.cells[first].count++
	l.cells[first].run = i
}

// cell is where a time lies; what is outside lies at the edge.
func (t *timeline) cell(at time.Time) int {
	return min(max(int(float64(at.Sub(t.From))/float64(t.Until.Sub(t.From))*laneCells), 0), laneCells-1)
}

// at is when a cell begins.
func (t *timeline) at(n int) time.Time {
	return t.From.Add(time.Duration(float64(t.Until.Sub(t.From)) * float64(n) / laneCells))
}

// finish makes the bars, of the jobs that fail first.
func (t *timeline) finish() {
	for _, l := range t.lanes {
		t.bars(l)
		l.Label = t.words.T("timeline.lane", l.Job, l.runs, l.fail)
		t.Lanes = append(t.Lanes, *l)
	}
	slices.SortFunc(t.Lanes, func(a, b lane) int {
		return cmp.Or(min(b.fail, 1)-min(a.fail, 1), strings.Compare(a.Job, b.Job), strings.Compare(a.Path, b.Path))
	})
	if len(t.Lanes) > mostLanes {
		t.Hidden = len(t.Lanes) - mostLanes
		t.Lanes = t.Lanes[:mostLanes]
	}
	t.Ticks = t.ticks()
}

// bars joins cells that look the same.
func (t *timeline) bars(l *lane) {
	for n := 0; n < laneCells; {
		begin, rank, count := n, l.cells[n].rank, 0
		var only *service.RunInfo
		for ; n < laneCells && l.cells[n].rank == rank; n++ {
			if l.cells[n].count > 0 {
				count += l.cells[n].count
				only = l.cells[n].run
			}
		}
		if rank == 0 {
			continue
		}
		s := segment{X: percent(begin), Width: percent(n - begin), Class: ranks()[rank]}
		if count == 1 {
			s.Title, s.Path = t.words.about(only.Present(t.Until)), runPath(only.Store, only.Run.ID)
		} else {
			from, until := t.at(begin), t.at(n)
			s.Title = t.words.T("timeline.several", count, from.Local().Format(time.TimeOnly), until.Local().Format(time.TimeOnly))
			query := url.Values{}
			for name, values := range l.filter {
				query[name] = values
			}
			query.Set("since", stamp(from.Truncate(time.Second)))
			query.Set("before", stamp(until.Add(time.Second)))
			s.Path = "/runs?" + query.Encode()
		}
		l.Segments = append(l.Segments, s)
	}
}

func percent(cells int) string { return fmt.Sprintf("%.2f%%", float64(cells)*100/laneCells) }

// ticks are round times of the clock of this machine.
func (t *timeline) ticks() (all []tick) {
	span := t.Until.Sub(t.From)
	step, layout := 24*time.Hour, "01-02"
	for _, c := range []time.Duration{time.Second, 10 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 4 * time.Hour} {
		if span/c <= 7 {
			step, layout = c, "15:04"
			break
		}
	}
	if step < time.Minute {
		layout = time.TimeOnly
	}
	day := t.From.Local()
	at := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, day.Location())
	for ; at.Before(t.Until); at = next(at, step) {
		x := float64(at.Sub(t.From)) / float64(span) * 100
		if x > 2 && x < 98 {
			all = append(all, tick{fmt.Sprintf("%.2f%%", x), at.Format(layout)})
		}
	}
	return all
}

// next is a step later; a day later it is midnight again, also where clocks are
// changed.
func next(at time.Time, step time.Duration) time.Time {
	if step == 24*time.Hour {
		return at.AddDate(0, 0, 1)
	}
	return at.Add(step)
}
