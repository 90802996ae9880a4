package storetest

import (
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

func nextDueCases() []testCase {
	return []testCase{
		{"never by itself, when there is nothing", nextDueNever},
		{"the earliest time of other jobs", nextDueOfJobs},
		{"when a run that waits is due", nextDueOfWaiting},
		{"the end of the lease of a node that holds runs", nextDueOfLeases},
		{"a run that waits for a limit counts for nothing", nextDueOfLimits},
		{"not after now, when the limit cut the runs", nextDueOfCutRuns},
	}
}

func nextDueNever(w *world) {
	w.beat("a", "b")
	w.wantTime("NextDue of an empty store", time.Time{}, w.claim("a").NextDue)
	w.addDue("x")
	w.add(w.newJob("never", time.Time{}))
	w.wantTime("NextDue when all that is due was claimed", time.Time{}, w.claim("a").NextDue)
}

func nextDueOfJobs(w *world) {
	w.beat("a")
	w.add(w.newJob("x", w.in(3*time.Hour)), w.newJob("y", w.in(2*time.Hour)), w.newJob("z", w.in(4*time.Hour)))
	w.addDue("now")
	w.wantTime("NextDue", w.in(2*time.Hour), w.claim("a").NextDue)
	w.wantTime("NextDue beyond the horizon", w.in(4*time.Hour), w.claim("a", horizon(3*time.Hour+time.Minute)).NextDue)
}

func nextDueOfWaiting(w *world) {
	w.beat("a")
	j := w.newJob("x", w.in(2*time.Hour))
	w.add(j)
	r := w.waitingRun(j, "1")
	r.Due = w.in(time.Hour)
	w.enqueue(r)
	other := w.waitingRun(j, "2")
	other.Due, other.Work.Executor = w.in(time.Minute), "other"
	w.enqueue(other)
	b := w.claim("a")
	w.wantTime("NextDue", w.in(time.Hour), b.NextDue)
	w.want("the runs that were taken over before they are due", []string(nil), takenIDs(b.Runs))
}

func nextDueOfLeases(w *world) {
	w.beat("a")
	from := w.now()
	w.beatFor("b", time.Hour, ahead)
	to := w.now()
	w.wantTime("NextDue when the other node holds no runs", time.Time{}, w.claim("a").NextDue)
	_, r := w.begin("b", "x")
	end := w.claim("a").NextDue
	if end.Before(from.Add(time.Hour)) || end.After(to.Add(time.Hour+time.Millisecond)) {
		w.Errorf("NextDue is %v, want the end of the lease of b, between %v and %v", end, from.Add(time.Hour), to.Add(time.Hour))
	}
	w.wantTime("NextDue of b, which does not wait for itself", w.in(1000*time.Hour), w.claim("b").NextDue)
	w.wantTime("NextDue of a when it does not serve the run", time.Time{}, w.claim("a", serves("other")).NextDue)
	w.mustFinish(w.finished(r))
	w.wantTime("NextDue when b holds nothing any more", w.in(1000*time.Hour), w.claim("a").NextDue)
}

func nextDueOfLimits(w *world) {
	w.beat("a")
	j, _ := w.begin("a", "x")
	a := w.advance(j)
	a.State.Next = time.Time{}
	w.mustCommit("a", a)
	w.enqueue(w.waitingRun(j, "1"))
	b := w.claim("a")
	w.want("the runs that were taken over while the one instance lives", []string(nil), takenIDs(b.Runs))
	w.wantTime("NextDue", time.Time{}, b.NextDue)
}

func nextDueOfCutRuns(w *world) {
	w.beat("a")
	j := w.newJob("x", time.Time{})
	j.Policy.Overlap = job.AllowOverlap
	w.add(j)
	for _, name := range []string{"1", "2", "3"} {
		w.enqueue(w.waitingRun(j, name))
	}
	b := w.claim("a", limit(2))
	w.want("how many runs were taken over", 2, len(b.Runs))
	if b.NextDue.IsZero() || b.NextDue.After(b.Now) {
		w.Errorf("NextDue is %v at %v when the limit cut the runs, want a time that is not after now", b.NextDue, b.Now)
	}
	b = w.claim("a", limit(2))
	w.want("how many runs were taken over then", 1, len(b.Runs))
	w.wantTime("NextDue then", time.Time{}, b.NextDue)
}
