package schedule

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// slot is a scheduled time, and when its run is due: with the delay added.
type slot struct {
	at, due time.Time
}

// cursor walks the slots of a job. It stands at the first one that was not
// looked at; at is zero when there is none.
type cursor struct {
	trigger trigger.Trigger
	id      string // of the job
	now     time.Time
	at, due time.Time
	last    time.Time // the slot passed most recently
	err     error     // the trigger goes back in time
}

// advance goes to the next slot.
func (c *cursor) advance() {
	c.last = c.at
	next := c.trigger.Next(c.last, c.now)
	if !next.IsZero() && !next.After(c.last) {
		c.err = fmt.Errorf("its trigger gives %v after %v", next, c.last)
		next = time.Time{}
	}
	c.stand(next)
}

func (c *cursor) stand(at time.Time) {
	c.at, c.due = at, time.Time{}
	if !at.IsZero() {
		c.due = dueOf(c.trigger, at, c.id)
	}
}

// dueOf is when the run of a slot is due.
func dueOf(t trigger.Trigger, at time.Time, id string) time.Time {
	return job.Micro(at.Add(trigger.Delay(t, at, id)))
}

// overdue is what owed found: the slots that are due, oldest first, and the
// stretch of them that was jumped over, if any.
type overdue struct {
	slots []slot
	late  []slot // past their grace
	gap   *skip
}

// owed passes all slots that are due. When there are more than maxSlots, it
// jumps: to the newest slot or, when all that are within the grace are to run, to
// the oldest of those. Should these be too many as well, the rest is left to the
// next plan.
func (c *cursor) owed(p job.Policy) overdue {
	var o overdue
	c.pass(&o, p.Grace)
	if !c.pending() {
		return o
	}
	first := c.at
	target := c.newest()
	if p.Coalesce == job.All && p.Grace > 0 {
		target = c.trigger.Next(c.now.Add(-p.Grace-time.Microsecond), c.now)
	}
	if target.After(first) {
		end := target.Add(-time.Microsecond)
		o.gap = &skip{first, end, 1, job.Overdue}
		c.last = end
		c.stand(target)
	}
	c.pass(&o, p.Grace)
	return o
}

// pass puts up to maxSlots slots that are due into o.
func (c *cursor) pass(o *overdue, grace time.Duration) {
	for n := 0; n < maxSlots && c.pending(); n++ {
		o.put(slot{c.at, c.due}, c.now, grace)
		c.advance()
	}
}

func (o *overdue) put(s slot, now time.Time, grace time.Duration) {
	if grace > 0 && now.Sub(s.due) > grace {
		o.late = append(o.late, s)
		return
	}
	o.slots = append(o.slots, s)
}

// pending reports whether the slot at which c stands is due.
func (c *cursor) pending() bool {
	return c.err == nil && !c.at.IsZero() && !c.due.After(c.now)
}

// newest finds the newest slot up to now, without enumerating those before: it
// looks into windows that end now and grow, and follows the slots of the first
// window that has any.
func (c *cursor) newest() time.Time {
	at := c.at
	for window := time.Millisecond; c.now.Add(-window).After(c.at); window *= 2 {
		found := c.trigger.Next(c.now.Add(-window), c.now)
		if !found.IsZero() && !found.After(c.now) {
			at = found
			break
		}
	}
	for range maxSlots {
		next := c.trigger.Next(at, c.now)
		if next.IsZero() || next.After(c.now) || !next.After(at) {
			break
		}
		at = next
	}
	return at
}

// choose applies grace and coalescing: which of the due slots are run, and why
// the others are not.
func (s *planning) choose(o overdue) (owed []slot, skipped []skip) {
	for _, l := range o.late {
		skipped = append(skipped, skip{l.at, l.at, 1, job.TooLate})
	}
	if o.gap != nil {
		skipped = append(skipped, *o.gap)
	}
	if len(o.slots) < 2 {
		return o.slots, skipped
	}
	var others []slot
	switch s.Job.Policy.Coalesce {
	case job.Latest:
		others, owed = o.slots[:len(o.slots)-1], o.slots[len(o.slots)-1:]
	case job.Earliest:
		owed, others = o.slots[:1], o.slots[1:]
	default:
		return o.slots, skipped
	}
	for _, c := range others {
		skipped = append(skipped, skip{c.at, c.at, 1, job.Coalesced})
	}
	return owed, skipped
}

// merged puts skips in order and joins neighbours with one reason.
func merged(rows []skip) []skip {
	slices.SortFunc(rows, func(a, b skip) int { return cmp.Compare(a.first.UnixMicro(), b.first.UnixMicro()) })
	var out []skip
	for _, r := range rows {
		if n := len(out); n > 0 && out[n-1].reason == r.reason {
			out[n-1].last = r.last
			out[n-1].count += r.count
			continue
		}
		out = append(out, r)
	}
	return out
}
