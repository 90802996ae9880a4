package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

func claimCases() []testCase {
	return []testCase{
		{"a claim gives what is due up to the horizon, the longest due first", claimsWhatIsDue},
		{"a claim gives the job as it is stored", claimsWholeJobs},
		{"paused and parked jobs are not claimed", claimsNoPaused},
		{"a node gets only what it serves", claimsWhatIsServed},
		{"a named function is served by its name", claimsNamedFunctions},
		{"what a node does not want is left out", claimsExcept},
		{"the limit cuts, and the rest comes next", claimsInBatches},
		{"a large limit cuts, and the rest comes next", claimsInFullBatches},
		{"a job at its limit is claimed when due, not ahead", claimsAtLimit},
		{"overlap allow has no limit", claimsOverlapping},
		{"a claim tells what lives of a job", tellsWhatLives},
		{"a claim tells which places of a group are held", tellsPlaces},
		{"a claim changes no job", claimsChangeNothing},
	}
}

func claimsWhatIsDue(w *world) {
	w.beat("a")
	w.add(
		w.newJob("later", w.in(2*time.Hour)), w.newJob("soon", w.in(30*time.Minute)), w.newJob("now", w.in(-time.Millisecond)),
		w.newJob("long ago", w.in(-time.Hour)), w.newJob("never", time.Time{}),
	)
	b := w.claim("a", horizon(time.Hour))
	w.want("the jobs due up to the horizon", []string{"long ago", "now", "soon"}, dueIDs(b.Jobs))
	w.wantTime("NextDue", w.in(2*time.Hour), b.NextDue)
	if b.Now.Before(w.start) {
		w.Errorf("Batch.Now is %v, want the store's time, %v or later", b.Now, w.start)
	}
	if len(b.Runs) != 0 {
		w.Errorf("%d runs were taken over, want none", len(b.Runs))
	}
}

func claimsWholeJobs(w *world) {
	w.beat("a")
	want := w.fullJob("x")
	want.State.Next = w.in(-time.Second)
	w.add(want)
	b := w.claim("a", serves(want.Work().Needs()))
	if len(b.Jobs) != 1 {
		w.Fatalf("%d jobs were claimed, want 1", len(b.Jobs))
	}
	got := b.Jobs[0].Job
	w.wantJob(want, got)
	w.want("the revision", w.job("x").State.Rev, got.State.Rev)
}

func claimsNoPaused(w *world) {
	w.beat("a")
	w.addDue("paused", func(j *job.Job) { j.State.Paused = true })
	w.addDue("parked", func(j *job.Job) { j.State.Parked = "no reason" })
	due := w.addDue("x")
	b := w.claim("a")
	w.want("the jobs", []string{"x"}, dueIDs(b.Jobs))
	w.wantTime("NextDue, when there is nothing else", time.Time{}, b.NextDue)

	a := w.advance(due)
	a.State = job.State{Next: w.in(-time.Second), Slot: w.in(-time.Second), Parked: "no more"}
	w.mustCommit("a", a)
	w.want("why x is parked", "no more", w.job("x").State.Parked)
	w.want("the jobs when x is parked", []string(nil), dueIDs(w.claim("a").Jobs))

	paused := w.job("paused")
	paused.State.Paused = false
	if _, err := w.store.Replace(w.ctx(), paused); err != nil {
		w.Fatalf("Replace: %v, want no error", err)
	}
	w.want("the jobs when one is resumed", []string{"paused"}, dueIDs(w.claim("a").Jobs))
}

func claimsWhatIsServed(w *world) {
	w.beat("a")
	w.addDue("mine")
	w.addDue("other", func(j *job.Job) { j.Executor = "other" })
	w.add(func() job.Job {
		j := w.newJob("other later", w.in(time.Minute))
		j.Executor = "other"
		return j
	}())
	b := w.claim("a")
	w.want("the jobs of one executor", []string{"mine"}, dueIDs(b.Jobs))
	w.wantTime("NextDue, when only others are due later", time.Time{}, b.NextDue)
	b = w.claim("a", serves("default", "other", "third"))
	w.want("the jobs of both executors", []string{"mine", "other"}, sorted(dueIDs(b.Jobs)))
	w.wantTime("NextDue of both executors", w.in(time.Minute), b.NextDue)
	w.want("the jobs of an executor that no job names", []string(nil), dueIDs(w.claim("a", serves("third")).Jobs))
}

func claimsNamedFunctions(w *world) {
	w.beat("a")
	named := func(name string) func(*job.Job) {
		return func(j *job.Job) { j.Policy.Named, j.Func = true, name }
	}
	w.addDue("f", named("f"))
	w.addDue("g", named("g"))
	w.addDue("command", func(j *job.Job) { j.Func = "f" })
	w.want("the jobs of function f", []string{"f"}, dueIDs(w.claim("a", serves("default:f")).Jobs))
	w.want("the jobs of the executor alone", []string{"command"}, dueIDs(w.claim("a", serves("default")).Jobs))
	w.want("the jobs of f and g", []string{"f", "g"}, sorted(dueIDs(w.claim("a", serves("default:f", "default:g")).Jobs)))
}

func claimsExcept(w *world) {
	w.beat("a")
	w.addDue("x")
	w.addDue("y")
	b := w.claim("a", without("x", "unknown"))
	w.want("the jobs without x", []string{"y"}, dueIDs(b.Jobs))
	if !b.NextDue.IsZero() && !b.NextDue.After(b.Now) {
		w.Errorf("NextDue is %v at %v, though what is due is not wanted: want zero or a later time", b.NextDue, b.Now)
	}
}

func claimsInBatches(w *world) { claimsCut(w, 25, 10) }

// claimsInFullBatches has batches of as many as a store may handle at a time.
func claimsInFullBatches(w *world) { claimsCut(w, 251, 250) }

// claimsCut has n jobs that are due claimed by size.
func claimsCut(w *world, n, size int) {
	w.beat("a")
	var want []string
	var jobs []job.Job
	for i := range n {
		id := fmt.Sprintf("job %03d", i)
		jobs = append(jobs, w.newJob(id, w.in(time.Duration(i-n)*time.Second)))
		want = append(want, id)
	}
	w.add(jobs...)
	var all []string
	for len(all) < n {
		b := w.claim("a", limit(size))
		rest := n - len(all)
		w.want(fmt.Sprint("the jobs of a batch of ", size), want[len(all):len(all)+min(size, rest)], dueIDs(b.Jobs))
		if w.Failed() {
			return
		}
		if cut := !b.NextDue.IsZero() && !b.NextDue.After(b.Now); rest > size && !cut {
			w.Errorf("NextDue is %v at %v when the limit cut the batch, want a time that is not after now", b.NextDue, b.Now)
		}
		var advances []job.Advance
		for _, d := range b.Jobs {
			all = append(all, d.Job.ID)
			advances = append(advances, w.advance(d.Job, runOf(d.Job, d.Job.State.Slot)))
		}
		for i, c := range w.commit("a", advances...) {
			if c.Err != nil {
				w.Fatalf("commit of %s: %v", advances[i].ID, c.Err)
			}
		}
	}
	b := w.claim("a", limit(size))
	w.want("the jobs when all were committed", []string(nil), dueIDs(b.Jobs))
	w.wantTime("NextDue then", w.in(1000*time.Hour), b.NextDue)
}

func claimsAtLimit(w *world) {
	w.beat("a")
	j, r := w.begin("a", "x")
	next := w.in(time.Hour)
	a := job.Advance{ID: "x", Rev: j.State.Rev, State: job.State{Next: next, Slot: next}}
	w.mustCommit("a", a)
	b := w.claim("a", horizon(2*time.Hour))
	w.want("the jobs ahead of their time, when the one instance lives", []string(nil), dueIDs(b.Jobs))
	w.wantTime("NextDue", next, b.NextDue)

	a.Rev, a.State.Next = w.job("x").State.Rev, w.in(-time.Millisecond)
	w.mustCommit("a", a)
	w.want("the jobs that are due, when the one instance lives", []string{"x"}, dueIDs(w.claim("a").Jobs))

	a.Rev, a.State.Next = w.job("x").State.Rev, next
	w.mustCommit("a", a)
	w.mustFinish(w.finished(r))
	w.want("the jobs ahead of their time, when nothing lives", []string{"x"}, dueIDs(w.claim("a", horizon(2*time.Hour)).Jobs))
}

func claimsOverlapping(w *world) {
	w.beat("a")
	j, _ := w.begin("a", "x", func(j *job.Job) { j.Policy.Overlap = job.AllowOverlap })
	next := w.in(time.Hour)
	w.mustCommit("a", job.Advance{ID: "x", Rev: j.State.Rev, State: job.State{Next: next, Slot: next}})
	w.want("the jobs ahead of their time", []string{"x"}, dueIDs(w.claim("a", horizon(2*time.Hour)).Jobs))
}

func tellsWhatLives(w *world) {
	w.beat("a")
	j := w.addDue("x", func(j *job.Job) { j.Policy.MaxInstances = 3 })
	first, second, waits := runOf(j, w.in(-3*time.Second)), runOf(j, w.in(-2*time.Second)), runOf(j, w.in(-time.Second))
	first.Instance, second.Instance = 2, 0
	waits.Phase, waits.Instance, waits.Due = job.Waiting, -1, w.in(time.Hour)
	over := runOf(j, w.in(-4*time.Second))
	over.Phase, over.Instance, over.Outcome = job.Done, -1, job.Outcome{Kind: job.Missed}
	a := w.advance(j, waits, over, second, first)
	a.State.Next = w.in(-time.Millisecond)
	w.mustCommit("a", a)
	if err := w.store.CancelRun(w.ctx(), second.ID); err != nil {
		w.Fatalf("CancelRun: %v, want no error", err)
	}
	b := w.claim("a")
	if len(b.Jobs) != 1 {
		w.Fatalf("%d jobs were claimed, want 1", len(b.Jobs))
	}
	live := b.Jobs[0].Live
	w.want("what lives, the oldest slot first", []string{first.ID, second.ID, waits.ID}, runIDs(live))
	if w.Failed() {
		return
	}
	second.Cancel = true
	for i, want := range []job.Run{first, second, waits} {
		got := live[i]
		w.wantTime("the slot of "+want.ID, want.Slot, got.Slot)
		w.wantTime("when it is due", want.Due, got.Due)
		w.want("the phase of "+want.ID, want.Phase, got.Phase)
		w.want("the instance of "+want.ID, want.Instance, got.Instance)
		w.want("whether "+want.ID+" is to be cancelled", want.Cancel, got.Cancel)
	}
}

func tellsPlaces(w *world) {
	w.beat("a")
	grouped := func(j *job.Job) { j.Policy.Group, j.Policy.GroupLimit = "g", 3 }
	_, x := w.begin("a", "x", grouped)
	y := w.addDue("y", grouped)
	r := runOf(y, y.State.Slot)
	r.Place = 2
	w.mustCommit("a", w.advance(y, r))
	w.addDue("z", grouped)
	w.addDue("other", func(j *job.Job) { j.Policy.Group, j.Policy.GroupLimit = "h", 3 })
	w.addDue("alone")
	places := func() map[string][]int {
		held := map[string][]int{}
		for _, d := range w.claim("a").Jobs {
			if len(d.Places) > 0 {
				slices.Sort(d.Places)
				held[d.Job.ID] = d.Places
			}
		}
		return held
	}
	w.want("the places that are held, by job", map[string][]int{"z": {0, 2}}, places())
	w.mustFinish(w.finished(x))
	w.want("the places when one is free again", map[string][]int{"z": {2}}, places())
}

func claimsChangeNothing(w *world) {
	w.beat("a")
	before := w.addDue("x")
	w.claim("a")
	w.wantJob(before, w.job("x"))
	w.want("the revision", before.State.Rev, w.job("x").State.Rev)
	w.want("what the same node claims again", []string{"x"}, dueIDs(w.claim("a").Jobs))
}
