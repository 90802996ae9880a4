package web

import (
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/jobspec"
	"github.com/watchkeeper-go/watchkeeper/internal/web/lang"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// jobPage is what the page of one job shows.
type jobPage struct {
	jobRow
	Store    string
	Daemons  []string    // whose files declare it
	Times    []time.Time // the next ones, in the zone of the job
	Ended    bool        // there are no more
	Warnings []string
	Trigger  string // its text
	Executor string
	Func     string
	Args     string   // of a job that a program has put there; others have options
	Options  []option // that it was declared with
	Policy   []option
	Runs     []runRow
	Sums     runSums
}

// option is a name and a value.
type option struct{ Name, Value string }

// PageTitle implements what frame asks for.
func (p *jobPage) PageTitle() string { return p.Name }

// RunsPath is the page of all its runs.
func (p *jobPage) RunsPath() string {
	return "/runs?" + url.Values{"job": {p.Name}, "span": {"week"}}.Encode()
}

// Mine tells whether it can be changed here.
func (p *jobPage) Mine() bool { return p.Source == service.FromAPI }

const (
	nextTimes  = 10
	pastShown  = 15 // runs on the page of a job
	pastSummed = 100
)

func (s *Site) job(r *request) (any, error) {
	if s.absence() != nil {
		return nil, errMissing
	}
	ctx, cancel := storeContext(r)
	defer cancel()
	info, err := s.Service.Jobs().Get(ctx, jobRef(r.Request))
	if err != nil {
		return nil, err
	}
	past := s.lastRuns(r, info.Store, []string{info.Job.ID}, pastSummed)[info.Job.ID]
	p := &jobPage{
		jobRow: jobRowOf(&info, &runWords{r.words}, past), Store: info.Store, Daemons: info.Daemons, Executor: info.Job.Executor, Func: config.MaskText(info.Job.Func),
		Sums: sum(past),
	}
	p.Times, p.Ended = timesOf(&info.Job, time.Now())
	if t := info.Job.Trigger; t != nil {
		p.Trigger = t.String()
		for _, w := range trigger.Warnings(t, time.Now()) {
			p.Warnings = append(p.Warnings, w.Text)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(info.Options)) {
		p.Options = append(p.Options, option{name, config.MaskText(info.Options[name])})
	}
	if len(p.Options) == 0 {
		p.Args = config.MaskText(pretty(jobspec.PublicArgs(info.Job)))
	}
	p.Policy = policyOf(&info.Job.Policy, r.words)
	p.Runs, err = s.runsOfJob(r, info.Store, info.Job.ID)
	return p, err
}

// timesOf are the next times of a job. One that is paused has none, but would have
// these.
func timesOf(j *job.Job, now time.Time) (times []time.Time, ended bool) {
	if j.Trigger == nil {
		return nil, false
	}
	if !j.State.Slot.IsZero() && j.State.Slot.After(now) {
		now = j.State.Slot
	}
	return trigger.Upcoming(j.Trigger, now, nextTimes)
}

// policyOf is what of a policy is not as usual.
func policyOf(p *job.Policy, w *lang.Words) []option {
	var all []option
	add := func(set bool, key, value string) {
		if set {
			all = append(all, option{w.T(key), value})
		}
	}
	add(p.Timeout > 0, "job.timeout", w.Duration(p.Timeout))
	add(p.Grace > 0, "job.grace", w.Duration(p.Grace))
	add(p.MaxInstances > 1, "job.instances", w.T("job.count", p.MaxInstances))
	add(p.Overlap != job.Skip, "job.overlap", p.Overlap.String())
	add(p.Coalesce != job.Latest, "job.coalesce", p.Coalesce.String())
	add(p.Retry.Max > 0, "job.retries", w.T("job.retry", p.Retry.Max, w.Duration(p.Retry.Delay)))
	add(p.OnLost != job.FailLost, "job.lost", p.OnLost.String())
	add(p.Group != "", "job.group", w.T("job.group-of", p.GroupLimit, p.Group))
	return all
}

// runSums sums up runs.
type runSums struct {
	Count, Succeeded int
	Average, Longest time.Duration // of those that were carried out
}

// Share is how many of a hundred have succeeded.
func (s runSums) Share() int { return 100 * s.Succeeded / max(s.Count, 1) }

// sum leaves those aside that never began: skipped times.
func sum(runs []job.Run) (s runSums) {
	var all time.Duration
	for i := range runs {
		if runs[i].Outcome.Kind == job.Missed {
			continue
		}
		s.Count++
		if runs[i].Outcome.Kind == job.Succeeded {
			s.Succeeded++
		}
		all += took(&runs[i])
		s.Longest = max(s.Longest, took(&runs[i]))
	}
	if s.Count > 0 {
		s.Average = all / time.Duration(s.Count)
	}
	return s
}
