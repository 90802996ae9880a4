package service

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// Calendar is what the jobs are to do in a stretch of time, as far as it is known
// now: a job that is changed, paused or late will do something else.
type Calendar struct {
	From, Until time.Time
	Jobs        []Planned // those due in it, by their first time
	Parts       []int     // how many times of all jobs lie in each of the equal parts of it
}

// Planned is a job of a Calendar.
type Planned struct {
	Store, ID, Name string
	Description     string      // of its trigger
	Times           []time.Time // the first ones, in the job's zone: plannedShown at most
	Count           int         // of all
	Estimated       bool        // Count is reckoned from the first times, since there are many
	Warnings        []string    // what the changes of clocks in this stretch do to it
}

const (
	plannedShown = 10
	plannedPage  = 1000    // jobs a question to a store
	plannedParts = 1000    // of a Calendar
	plannedTimes = 500_000 // that are looked for in all
	plannedLeast = 100     // but so many of each job
)

// Calendar tells what is due from a time on and before another, in so many equal
// parts. The times are those of the triggers, without jitter. Paused jobs have
// none. Stores that are away are passed over: see IncompleteError.
func (js *Jobs) Calendar(ctx context.Context, from, until time.Time, parts int) (Calendar, error) {
	if parts < 1 || parts > plannedParts || until.Sub(from) < time.Duration(parts) {
		return Calendar{}, fmt.Errorf("%w: a calendar goes from a time to a later one, in 1 to %d parts", ErrBadArguments, plannedParts)
	}
	c := Calendar{From: from, Until: until, Parts: make([]int, parts)}
	var due []dueJob
	missing := js.unopened("")
	for _, store := range js.parts.Scheduler.Stores() {
		if js.inTrouble(store) {
			missing = append(missing, store)
			continue
		}
		more, err := dueBefore(ctx, js.parts.Scheduler.In(store), until)
		if ctx.Err() != nil {
			return Calendar{}, context.Cause(ctx)
		}
		if err != nil {
			missing = append(missing, store)
		}
		for i := range more {
			due = append(due, dueJob{&more[i], store})
		}
	}
	limit := max(plannedTimes/max(len(due), 1), plannedLeast)
	for _, d := range due {
		c.add(d, limit)
	}
	slices.SortStableFunc(c.Jobs, func(a, b Planned) int { return a.Times[0].Compare(b.Times[0]) })
	return c, incomplete(missing)
}

// dueJob is a job that is due before the end of a Calendar.
type dueJob struct {
	*job.Job
	store string
}

// dueBefore are the jobs of a store, which lists them by their next time, up to a time.
func dueBefore(ctx context.Context, in schedule.Jobs, until time.Time) (due []job.Job, err error) {
	for after := ""; ; {
		jobs, err := in.List(ctx, job.Filter{After: after, Limit: plannedPage})
		if err != nil {
			return nil, err
		}
		for _, j := range jobs {
			if next := j.State.Next; next.IsZero() || !next.Before(until) {
				return due, nil
			}
			due = append(due, j)
		}
		if len(jobs) < plannedPage {
			return due, nil
		}
		after = jobs[len(jobs)-1].ID
	}
}

// add counts the times of a job one by one, up to limit.
func (c *Calendar) add(d dueJob, limit int) {
	p := Planned{Store: d.store, ID: d.ID, Name: d.Name, Description: trigger.Describe(d.Trigger)}
	from := d.State.Slot
	// What is overdue has a time that is over; what was planned ahead is still to come.
	if from.Before(c.From) || d.State.Last.After(c.From) {
		from = c.From
	}
	// Asked for again, the first time is in the zone of the job.
	first := d.Trigger.Next(time.Time{}, from)
	for at := first; !at.IsZero() && at.Before(c.Until); at = d.Trigger.Next(at, c.From) {
		if p.Count == limit {
			c.estimate(&p, at.Sub(first)/time.Duration(limit), at)
			break
		}
		if p.Count++; len(p.Times) < plannedShown {
			p.Times = append(p.Times, at)
		}
		c.Parts[c.part(at)]++
	}
	if p.Count == 0 {
		return
	}
	for _, w := range trigger.Warnings(d.Trigger, c.From) {
		if !w.At.IsZero() && w.At.Before(c.Until) {
			p.Warnings = append(p.Warnings, w.Text)
		}
	}
	c.Jobs = append(c.Jobs, p)
}

// estimate takes it that a job goes on at a pace from a time of it to the end.
func (c *Calendar) estimate(p *Planned, pace time.Duration, at time.Time) {
	p.Estimated = true
	for i := c.part(at); i < len(c.Parts) && at.Before(c.Until); i++ {
		end := c.Until
		if i < len(c.Parts)-1 {
			end = c.From.Add(c.width() * time.Duration(i+1))
		}
		if !at.Before(end) {
			continue
		}
		n := int((end.Sub(at)-1)/pace) + 1
		p.Count += n
		c.Parts[i] += n
		at = at.Add(time.Duration(n) * pace)
	}
}

// width is how long one part is.
func (c *Calendar) width() time.Duration { return c.Until.Sub(c.From) / time.Duration(len(c.Parts)) }

// part is where a time lies. The last part has what division leaves over.
func (c *Calendar) part(at time.Time) int {
	return min(int(at.Sub(c.From)/c.width()), len(c.Parts)-1)
}
