package storetest

import (
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

func limitCases() []testCase {
	return []testCase{
		{"an instance is held by one run", instancesAreUnique},
		{"a place of a group is held by one run of all jobs", placesAreUnique},
		{"instance and place -1 are no records", minusOneIsNoRecord},
		{"a series counts as one instance", seriesIsOneInstance},
		{"what waits and what is over holds nothing", othersHoldNothing},
		{"a refused advance leaves nothing behind", refusedHoldsNothing},
	}
}

func instancesAreUnique(w *world) {
	w.beat("a", "b")
	j, r := w.begin("a", "x", func(j *job.Job) { j.Policy.MaxInstances = 2 })
	second := runOf(j, r.Slot.Add(time.Millisecond))
	w.wantErr("Commit of an instance that is held", job.ErrLimit, w.commit("b", w.advance(j, second))[0].Err)
	second.Instance = 1
	w.mustCommit("b", w.advance(j, second))
	y := w.addDue("y")
	w.mustCommit("b", w.advance(y, runOf(y, y.State.Slot))) // instance 0 of another job

	w.mustFinish(w.finished(r))
	third := runOf(j, r.Slot.Add(2*time.Millisecond))
	w.mustCommit("b", w.advance(w.job("x"), third))
	twice := []job.Run{runOf(j, r.Slot.Add(3*time.Millisecond)), runOf(j, r.Slot.Add(4*time.Millisecond))}
	twice[0].Instance, twice[1].Instance = 7, 7
	w.wantErr("Commit of two runs with one instance", job.ErrLimit, w.commit("b", w.advance(w.job("x"), twice...))[0].Err)
}

func placesAreUnique(w *world) {
	w.beat("a")
	grouped := func(j *job.Job) { j.Policy.Group, j.Policy.GroupLimit = "grün", 2 }
	_, r := w.begin("a", "x", grouped)
	y := w.addDue("y", grouped)
	next := runOf(y, y.State.Slot)
	next.Place = 0
	w.wantErr("Commit of a place that is held", job.ErrLimit, w.commit("a", w.advance(y, next))[0].Err)
	next.Place = 1
	w.mustCommit("a", w.advance(y, next))

	w.mustFinish(w.finished(r))
	z := w.addDue("z", grouped)
	last := runOf(z, z.State.Slot)
	last.Place = 0
	w.mustCommit("a", w.advance(z, last))

	other := w.addDue("other", func(j *job.Job) { j.Policy.Group, j.Policy.GroupLimit = "other", 2 })
	elsewhere := runOf(other, other.State.Slot)
	elsewhere.Place = 0
	w.mustCommit("a", w.advance(other, elsewhere))
}

func minusOneIsNoRecord(w *world) {
	w.beat("a")
	j := w.addDue("x", func(j *job.Job) { j.Policy.Overlap = job.AllowOverlap })
	var runs []job.Run
	for i := range 5 {
		r := runOf(j, j.State.Slot.Add(time.Duration(i)*time.Millisecond))
		r.Instance = -1
		runs = append(runs, r)
	}
	w.mustCommit("a", w.advance(j, runs...))
	w.want("how many run", 5, len(w.runs(job.RunFilter{Phases: []job.Phase{job.Running}})))
}

func seriesIsOneInstance(w *world) {
	w.beat("a")
	j := w.addDue("x", func(j *job.Job) { j.Policy.Coalesce = job.All })
	var runs []job.Run
	for i := range 10 {
		r := runOf(j, j.State.Slot.Add(time.Duration(i-9)*10*time.Second))
		r.Instance = -1
		runs = append(runs, r)
	}
	runs[9].Instance = 0
	w.mustCommit("a", w.advance(j, runs...))
	late := runOf(j, w.in(0))
	w.wantErr("Commit of another run while the series runs", job.ErrLimit, w.commit("a", w.advance(w.job("x"), late))[0].Err)
	for _, r := range runs[:9] {
		w.mustFinish(w.finished(w.run(r.ID)))
	}
	w.wantErr("Commit of another run before the last of the series is over", job.ErrLimit, w.commit("a", w.advance(w.job("x"), late))[0].Err)
	w.mustFinish(w.finished(w.run(runs[9].ID)))
	w.mustCommit("a", w.advance(w.job("x"), late))
}

func othersHoldNothing(w *world) {
	w.beat("a")
	j, r := w.begin("a", "x")
	waits := w.waitingRun(j, "1")
	missed := runOf(j, r.Slot.Add(-time.Second))
	missed.Phase, missed.Instance, missed.Outcome = job.Done, -1, job.Outcome{Kind: job.Missed}
	w.mustCommit("a", w.advance(j, waits, missed))

	f := w.finished(r)
	f.Outcome.Kind, f.Retry = job.Failed, w.in(time.Hour)
	w.mustFinish(f)
	r = w.run(r.ID)
	w.want("instance and place of a run that waits for its retry", []int{-1, -1}, []int{r.Instance, r.Place})
	w.mustCommit("a", w.advance(w.job("x"), runOf(j, w.in(0))))
}

func refusedHoldsNothing(w *world) {
	w.beat("a")
	grouped := func(j *job.Job) { j.Policy.Group, j.Policy.GroupLimit, j.Policy.MaxInstances = "g", 9, 9 }
	w.begin("a", "x", grouped)
	y := w.addDue("y", grouped)
	free, taken := runOf(y, y.State.Slot), runOf(y, y.State.Slot.Add(time.Millisecond))
	free.Instance, free.Place = 0, 1
	taken.Instance, taken.Place = 1, 0
	w.wantErr("Commit of one free place and one that is held", job.ErrLimit, w.commit("a", w.advance(y, free, taken))[0].Err)
	w.want("the runs of the refused advance", []string(nil), runIDs(w.runs(job.RunFilter{Job: "y"})))
	w.want("the revision", y.State.Rev, w.job("y").State.Rev)
	w.mustCommit("a", w.advance(y, free))
}
