package web

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// runsPage is what the page at /runs shows.
type runsPage struct {
	Absent   *absence // no scheduler; nil: there is one
	Filter   runFilter
	Spans    []spanLink
	Timeline *timeline
	Rows     []runRow
	More     string   // the address of the rows behind these; "": there are none
	Missing  []string // stores that do not answer
}

// spanLink is a stretch of time that can be chosen.
type spanLink struct {
	Name, Path string
	Current    bool
}

// runFilter is what of the runs is shown.
type runFilter struct {
	Text          string // is in the id of the job
	Job           string // is that id
	Outcome       string // job.OutcomeKind, waiting or running; "": any
	Span          string // hour, day, week or all
	Since, Before time.Time
}

// Empty tells whether the filter lets all of its time through.
func (f *runFilter) Empty() bool {
	return f.Text == "" && f.Job == "" && f.Outcome == "" && f.Since.IsZero()
}

// window is the time that the timeline shows, up to now.
func (f *runFilter) window() time.Duration {
	switch f.Span {
	case "hour":
		return time.Hour
	case "day":
		return 24 * time.Hour
	}
	return 7 * 24 * time.Hour
}

func runFilterOf(form url.Values) runFilter {
	f := runFilter{Text: strings.TrimSpace(form.Get("q")), Job: form.Get("job"), Outcome: form.Get("outcome"), Span: form.Get("span")}
	switch f.Span {
	case "hour", "day", "week", "all":
	default:
		f.Span = "day"
	}
	f.Since, _ = time.Parse(time.RFC3339, form.Get("since")) // what is no time is none
	f.Before, _ = time.Parse(time.RFC3339, form.Get("before"))
	return f
}

// query is the address of the page with this filter.
func (f *runFilter) query() url.Values {
	q := url.Values{"span": {f.Span}}
	for name, value := range map[string]string{"q": f.Text, "job": f.Job, "outcome": f.Outcome, "since": stamp(f.Since), "before": stamp(f.Before)} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

// WithoutJob is the page with the runs of all jobs.
func (f runFilter) WithoutJob() string {
	f.Job = ""
	return "/runs?" + f.query().Encode()
}

// WithoutTimes is the page without the stretch of time that was chosen.
func (f runFilter) WithoutTimes() string {
	f.Since, f.Before = time.Time{}, time.Time{}
	return "/runs?" + f.query().Encode()
}

// ofStore is what a store is asked for; the Text is looked for here.
func (f *runFilter) ofStore() (job.RunFilter, error) {
	q := job.RunFilter{Job: f.Job, Since: f.Since, Before: f.Before}
	switch f.Outcome {
	case "":
	case job.Waiting.String(), job.Running.String():
		q.Phases = make([]job.Phase, 1)
		return q, q.Phases[0].UnmarshalText([]byte(f.Outcome))
	default:
		q.Phases, q.Kinds = []job.Phase{job.Done}, make([]job.OutcomeKind, 1)
		return q, q.Kinds[0].UnmarshalText([]byte(f.Outcome))
	}
	return q, nil
}

func (s *Site) runs(r *request) (any, error) {
	p := &runsPage{Absent: s.absence(), Filter: runFilterOf(r.Form)}
	if p.Absent != nil {
		return p, nil
	}
	p.Spans = p.Filter.spans()
	now := time.Now()
	ctx, cancel := storeContext(r)
	defer cancel()
	if r.part != "more" && r.part != "list" {
		if err := s.drawTimeline(ctx, r, p, now); err != nil {
			return nil, err
		}
	}
	if r.part == "timeline" {
		return p, nil
	}
	return p, s.listRuns(ctx, r, p, now)
}

func (f runFilter) spans() (all []spanLink) {
	for _, name := range []string{"hour", "day", "week", "all"} {
		other := f
		other.Span, other.Since, other.Before = name, time.Time{}, time.Time{}
		all = append(all, spanLink{name, "/runs?" + other.query().Encode(), name == f.Span})
	}
	return all
}

const (
	runsOnPage  = 50
	runsAtOnce  = 1000 // that are asked for while a text is looked for
	runsScanned = 20_000
)

// listRuns adds a page of the runs.
func (s *Site) listRuns(ctx context.Context, r *request, p *runsPage, now time.Time) error {
	q, err := p.Filter.ofStore()
	if err != nil {
		return errForm
	}
	if q.Since.IsZero() && p.Filter.Span != "all" {
		q.Since = now.Add(-p.Filter.window())
	}
	from, err := parseRunPlace(r.Form.Get("after"))
	if err != nil {
		return err
	}
	found, next, err := s.findRuns(ctx, p, q, from)
	if err != nil {
		return err
	}
	if next != nil {
		query := p.Filter.query()
		query.Set("after", next.String())
		p.More = "/runs?" + query.Encode()
	}
	p.Rows = runRows(found, r)
	return nil
}

// findRuns is a page of runs behind a place; next is nil when there are no more.
func (s *Site) findRuns(ctx context.Context, p *runsPage, q job.RunFilter, from runPlace) (found []service.RunInfo, next *runPlace, err error) {
	size := runsOnPage + 1
	if p.Filter.Text != "" {
		size = runsAtOnce
	}
	before := q.Before
	for scanned := 0; scanned < runsScanned; {
		if q.Before = from.end(before); from.seen > 0 {
			q.Limit = from.seen + size
		} else {
			q.Limit = size
		}
		runs, err := s.Service.Jobs().Runs(ctx, service.RunFilter{RunFilter: q})
		if p.Missing, err = missing(err); err != nil {
			return nil, nil, err
		}
		last := len(runs) < q.Limit
		runs = from.behind(runs)
		for i := range runs {
			if !contains(runs[i].Run.Job, p.Filter.Text) {
				from.pass(&runs[i])
				continue
			}
			if len(found) == runsOnPage {
				return found, &from, nil
			}
			from.pass(&runs[i])
			found = append(found, runs[i])
		}
		if scanned += len(runs); last || len(runs) == 0 {
			return found, nil, nil
		}
	}
	return found, &from, nil
}

// runPlace is a place in the history: behind so many runs of a scheduled time.
type runPlace struct {
	slot time.Time // zero: before all
	seen int
}

func (p runPlace) String() string { return fmt.Sprintf("%d.%d", p.slot.UnixMicro(), p.seen) }

func parseRunPlace(text string) (runPlace, error) {
	if text == "" {
		return runPlace{}, nil
	}
	slot, seen, _ := strings.Cut(text, ".")
	micros, err := strconv.ParseInt(slot, 10, 64)
	n, err2 := strconv.ParseUint(seen, 10, 20)
	if err != nil || err2 != nil {
		return runPlace{}, errForm
	}
	return runPlace{time.UnixMicro(micros), int(n)}, nil
}

// end is what RunFilter.Before has to be, at most limit.
func (p runPlace) end(limit time.Time) time.Time {
	next := p.slot.Add(time.Microsecond)
	if p.slot.IsZero() || !limit.IsZero() && limit.Before(next) {
		return limit
	}
	return next
}

// behind is what of runs lies behind the place.
func (p runPlace) behind(runs []service.RunInfo) []service.RunInfo {
	for range p.seen {
		if len(runs) > 0 && runs[0].Run.Slot.Equal(p.slot) {
			runs = runs[1:]
		}
	}
	return runs
}

// pass moves the place behind the next run.
func (p *runPlace) pass(i *service.RunInfo) {
	if !i.Run.Slot.Equal(p.slot) {
		*p = runPlace{slot: i.Run.Slot}
	}
	p.seen++
}
