package schedule

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// every is a trigger with a slot each so many of a unit, from start on until
// end, both in seconds after epoch.
type every struct{ period, end time.Duration }

func epoch() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

func at(seconds float64) time.Time {
	return epoch().Add(time.Duration(seconds * float64(time.Second)))
}

func (e every) Next(prev, now time.Time) time.Time {
	from := now.Add(-time.Nanosecond)
	if !prev.IsZero() {
		from = prev
	}
	n := max(from.Sub(epoch())/e.period+1, 0)
	if from.Before(epoch()) {
		n = 0
	}
	slot := n * e.period
	if e.end > 0 && slot > e.end {
		return time.Time{}
	}
	return epoch().Add(slot)
}

func (e every) String() string { return "every " + e.period.String() }

// delayed adds the same delay to each slot.
type delayed struct {
	every
	by time.Duration
}

func (d delayed) Delay(time.Time, string) time.Duration { return d.by }

// summary writes a plan in short: what happens to each row, in order.
func summary(p plan) string {
	seconds := func(t time.Time) string {
		return strings.TrimSuffix(fmt.Sprintf("%.1f", t.Sub(epoch()).Seconds()), ".0")
	}
	var parts []string
	for i, r := range p.Runs {
		switch r.Phase {
		case job.Running:
			text := fmt.Sprintf("run %s", seconds(r.Slot))
			if r.Due != r.Slot {
				text += " due " + seconds(r.Due)
			}
			if r.Instance >= 0 {
				text += fmt.Sprintf(" #%d", r.Instance)
			}
			if r.Place >= 0 {
				text += fmt.Sprintf(" @%d", r.Place)
			}
			if i < p.series {
				text += " series"
			}
			parts = append(parts, text)
		case job.Waiting:
			parts = append(parts, "wait "+seconds(r.Slot))
		case job.Done:
			reason := map[job.Reason]string{
				job.TooLate: "late", job.Coalesced: "coalesced", job.LimitFull: "limit", job.Overdue: "overdue",
			}[r.Skipped.Reason]
			parts = append(parts, fmt.Sprintf("%s %s..%s x%d",
				reason, seconds(r.Skipped.First), seconds(r.Skipped.Last), r.Skipped.Count))
		}
	}
	for _, id := range p.Cancel {
		parts = append(parts, "cancel "+id)
	}
	switch {
	case p.Remove:
		parts = append(parts, "remove")
	case p.State.Next.Equal(p.State.Slot):
		parts = append(parts, "next "+seconds(p.State.Slot))
	default:
		parts = append(parts, fmt.Sprintf("next %s due %s", seconds(p.State.Slot), seconds(p.State.Next)))
	}
	return strings.Join(parts, ", ")
}

func running(id string, slot float64, instance int) job.Run {
	return job.Run{ID: id, Slot: at(slot), Due: at(slot), Phase: job.Running, Instance: instance, Place: -1}
}

func waiting(id string, slot float64) job.Run {
	return job.Run{ID: id, Slot: at(slot), Due: at(slot), Phase: job.Waiting, Instance: -1, Place: -1}
}

func TestPlan(t *testing.T) {
	ten := every{period: 10 * time.Second}
	missedTen := every{period: 10 * time.Second, end: 100 * time.Second}
	all := func(p job.Policy) job.Policy { p.Coalesce = job.All; return p }
	for _, c := range []struct {
		name   string
		every  trigger.Trigger
		slot   float64 // at which the job stands
		now    float64
		policy job.Policy
		live   []job.Run
		places []int
		want   string
	}{
		{name: "one run on time", every: ten, slot: 10, now: 10, want: "run 10 #0, next 20"},
		{name: "a run ahead of its time", every: ten, slot: 10, now: 9.5, want: "run 10 #0, next 20"},
		{name: "nothing beyond the horizon", every: ten, slot: 10, now: 8.9, want: "next 10"},
		{name: "the last time of a job", every: every{10 * time.Second, 10 * time.Second}, slot: 10, now: 10, want: "run 10 #0, remove"},

		{name: "a delay moves the run, not the slot", every: delayed{ten, 3 * time.Second}, slot: 10, now: 13,
			want: "run 10 due 13 #0, next 20 due 23"},
		{name: "with a delay the grace counts from when it was due", every: delayed{ten, 3 * time.Second}, slot: 10, now: 13.5,
			policy: job.Policy{Grace: time.Second}, want: "run 10 due 13 #0, next 20 due 23"},

		{name: "ten missed, no limit, all", every: ten, slot: 10, now: 100.5, policy: all(job.Policy{}),
			want: "run 10 series, run 20 series, run 30 series, run 40 series, run 50 series, run 60 series, run 70 series, run 80 series, run 90 series, run 100 #0 series, next 110"},
		{name: "ten missed, grace of 30 s, all", every: ten, slot: 10, now: 100.5, policy: all(job.Policy{Grace: 30 * time.Second}),
			want: "run 80 series, run 90 series, run 100 #0 series, late 10..70 x7, next 110"},
		{name: "ten missed, grace of 1 s, all", every: ten, slot: 10, now: 100.5, policy: all(job.Policy{Grace: time.Second}),
			want: "run 100 #0, late 10..90 x9, next 110"},
		{name: "ten missed, latest", every: ten, slot: 10, now: 100.5,
			want: "run 100 #0, coalesced 10..90 x9, next 110"},
		{name: "ten missed, earliest", every: ten, slot: 10, now: 100.5, policy: job.Policy{Coalesce: job.Earliest},
			want: "run 10 #0, coalesced 20..100 x9, next 110"},
		{name: "earliest within the grace", every: ten, slot: 10, now: 100.5, policy: job.Policy{Coalesce: job.Earliest, Grace: 30 * time.Second},
			want: "run 80 #0, late 10..70 x7, coalesced 90..100 x2, next 110"},
		{name: "all too late", every: ten, slot: 10, now: 105, policy: job.Policy{Grace: time.Second},
			want: "late 10..100 x10, next 110"},
		{name: "as late as the grace allows is not too late", every: ten, slot: 10, now: 11, policy: job.Policy{Grace: time.Second},
			want: "run 10 #0, next 20"},
		{name: "missed and ended", every: missedTen, slot: 90, now: 1000, want: "run 100 #0, coalesced 90..90 x1, remove"},

		{name: "at the limit: skip", every: ten, slot: 20, now: 20, live: []job.Run{running("a", 10, 0)},
			want: "limit 20..20 x1, next 30"},
		{name: "at the limit, not yet due: left alone", every: ten, slot: 20, now: 19.5, live: []job.Run{running("a", 10, 0)},
			want: "next 20"},
		{name: "below a limit of three the lowest free instance is taken", every: ten, slot: 20, now: 20, policy: job.Policy{MaxInstances: 3},
			live: []job.Run{running("a", 0, 0), running("b", 10, 2)}, want: "run 20 #1, next 30"},
		{name: "members of a series hold nothing", every: ten, slot: 20, now: 20, policy: job.Policy{MaxInstances: 2},
			live: []job.Run{running("a", 0, -1), running("b", 10, 0)}, want: "run 20 #1, next 30"},
		{name: "queue one", every: ten, slot: 20, now: 20, policy: job.Policy{Overlap: job.QueueOne},
			live: []job.Run{running("a", 10, 0)}, want: "wait 20, next 30"},
		{name: "queue one, one waits already", every: ten, slot: 30, now: 30, policy: job.Policy{Overlap: job.QueueOne},
			live: []job.Run{running("a", 10, 0), waiting("b", 20)}, want: "limit 30..30 x1, next 40"},
		{name: "queue one, the other waits for its retry", every: ten, slot: 30, now: 30, policy: job.Policy{Overlap: job.QueueOne},
			live: []job.Run{running("a", 10, 0), waiting("b", 3600)}, want: "wait 30, next 40"},
		{name: "queue", every: ten, slot: 30, now: 30, policy: job.Policy{Overlap: job.Queue},
			live: []job.Run{running("a", 10, 0), waiting("b", 20)}, want: "wait 30, next 40"},
		{name: "queue keeps its order though there is room", every: ten, slot: 30, now: 30, policy: job.Policy{Overlap: job.Queue},
			live: []job.Run{waiting("b", 20)}, want: "wait 30, next 40"},
		{name: "all that was missed waits as well", every: ten, slot: 20, now: 40, policy: all(job.Policy{Overlap: job.Queue}),
			live: []job.Run{running("a", 10, 0)}, want: "wait 20, wait 30, wait 40, next 50"},
		{name: "replace", every: ten, slot: 20, now: 20, policy: job.Policy{Overlap: job.ReplaceOldest},
			live: []job.Run{running("a", 10, 0)}, want: "wait 20, cancel a, next 30"},
		{name: "replace the one that waits when the oldest is ending", every: ten, slot: 30, now: 30, policy: job.Policy{Overlap: job.ReplaceOldest},
			live: []job.Run{{ID: "a", Slot: at(10), Phase: job.Running, Instance: 0, Cancel: true}, waiting("b", 20)},
			want: "wait 30, cancel b, next 40"},
		{name: "overlap", every: ten, slot: 20, now: 20, policy: job.Policy{Overlap: job.AllowOverlap},
			live: []job.Run{running("a", 10, -1)}, want: "run 20, next 30"},
		{name: "a series at the limit is skipped as one row", every: ten, slot: 20, now: 40, policy: all(job.Policy{}),
			live: []job.Run{running("a", 10, 0)}, want: "limit 20..40 x3, next 50"},

		{name: "a place of the group", every: ten, slot: 10, now: 10, policy: job.Policy{Group: "g", GroupLimit: 2}, places: []int{0},
			want: "run 10 #0 @1, next 20"},
		{name: "the group is full", every: ten, slot: 10, now: 10, policy: job.Policy{Group: "g", GroupLimit: 1}, places: []int{0},
			want: "wait 10, next 20"},
		{name: "the group is full and one waits for it", every: ten, slot: 20, now: 20, policy: job.Policy{Group: "g", GroupLimit: 1}, places: []int{0},
			live: []job.Run{waiting("a", 10)}, want: "limit 20..20 x1, next 30"},
		{name: "the group is full and overlap allowed", every: ten, slot: 20, now: 20,
			policy: job.Policy{Group: "g", GroupLimit: 1, Overlap: job.AllowOverlap}, places: []int{0},
			live: []job.Run{waiting("a", 10)}, want: "wait 20, next 30"},
		{name: "the last of a series holds the place", every: ten, slot: 10, now: 20, policy: all(job.Policy{Group: "g", GroupLimit: 1}),
			want: "run 10 series, run 20 #0 @0 series, next 30"},

		{name: "as many ahead as may live", every: every{period: 200 * time.Millisecond}, slot: 1, now: 0.9, policy: job.Policy{MaxInstances: 2},
			want: "run 1 #0, run 1.2 #1, next 1.4"},
		{name: "all of the horizon when overlap is allowed", every: every{period: 200 * time.Millisecond}, slot: 1, now: 0.9,
			policy: job.Policy{Overlap: job.AllowOverlap}, want: "run 1, run 1.2, run 1.4, run 1.6, run 1.8, next 2"},

		{name: "more than may be enumerated, latest", every: every{period: time.Second}, slot: 1, now: 86400.5,
			want: "run 86400 #0, coalesced 1..1000 x1000, overdue 1001..86400 x1, next 86401"},
		{name: "more than may be enumerated, all", every: every{period: time.Second}, slot: 1, now: 86400.2, policy: all(job.Policy{Grace: 2 * time.Second}),
			want: "run 86399 series, run 86400 #0 series, late 1..1000 x1000, overdue 1001..86399 x1, next 86401"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := job.Due{
				Job: job.Job{ID: "j", Trigger: c.every, Policy: c.policy,
					State: job.State{Slot: at(c.slot), Next: dueOf(c.every, at(c.slot), "j"), Rev: 7}},
				Live: c.live, Places: c.places,
			}
			p, err := planJob(d, ahead{now: at(c.now), horizon: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			if p.ID != "j" || p.Rev != 7 {
				t.Errorf("the plan is for %s at revision %d", p.ID, p.Rev)
			}
			if diff := cmp.Diff(c.want, summary(p)); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}
