package storetest

import (
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

func waitingCases() []testCase {
	return []testCase{
		{"a run that somebody asked for is taken over", takesAsked},
		{"a taken run id is refused", refusesAsked},
		{"it waits until it is due", waitsUntilDue},
		{"it goes to a node that serves it", waitsForAServer},
		{"it waits until the job has room", waitsForInstance},
		{"it waits until the group has room", waitsForPlace},
		{"no more are taken than have room", takesWhatHasRoom},
		{"overlap allow needs no room", takesAllOverlapping},
		{"one that has no room keeps nobody else from being taken", doesNotBlockOthers},
	}
}

func (w *world) enqueue(r job.Run) {
	w.Helper()
	if err := w.store.Enqueue(w.ctx(), r); err != nil {
		w.Fatalf("Enqueue of run %q: %v, want no error", r.ID, err)
	}
}

func takesAsked(w *world) {
	w.beat("a")
	j := w.fullJob("x")
	j.State = job.State{}
	w.add(j)
	r := w.waitingRun(j, "01J")
	w.enqueue(r)
	w.want("the run that is stored", r, w.run(r.ID))
	b := w.claim("a", serves(r.Work.Needs()))
	if len(b.Runs) != 1 {
		w.Fatalf("%d runs were taken over, want 1", len(b.Runs))
	}
	taken := b.Runs[0]
	w.want("who had it", job.Owner{}, taken.From)
	w.want("whether it began", false, taken.Began)
	w.want("its node", "a", taken.Run.Owner.Node)
	if taken.Run.Owner.Token <= 0 {
		w.Errorf("its token is %d, want one above 0", taken.Run.Owner.Token)
	}
	want := r
	want.Phase, want.Owner = job.Running, taken.Run.Owner
	want.Instance, want.Place = taken.Run.Instance, taken.Run.Place
	w.want("the run that was taken over", want, taken.Run)
	w.want("the run that is stored then", want, w.run(r.ID))
	if i, p := want.Instance, want.Place; i < 0 || i >= 3 || p < 0 || p >= 2 {
		w.Errorf("it holds instance %d and place %d, want one of 3 and one of 2", i, p)
	}
	w.mustFinish(w.finished(taken.Run))
}

func refusesAsked(w *world) {
	w.beat("a")
	j, r := w.begin("a", "x")
	again := w.waitingRun(j, "1")
	w.enqueue(again)
	w.wantErr("Enqueue of an ID that waits", job.ErrExists, w.store.Enqueue(w.ctx(), again))
	again.ID = r.ID
	w.wantErr("Enqueue of an ID that runs", job.ErrExists, w.store.Enqueue(w.ctx(), again))
	w.mustFinish(w.finished(r))
	w.wantErr("Enqueue of an ID that is over", job.ErrExists, w.store.Enqueue(w.ctx(), again))
	w.want("how many runs there are", 2, len(w.runs(job.RunFilter{})))
}

func waitsUntilDue(w *world) {
	w.beat("a")
	j := w.newJob("x", time.Time{})
	w.add(j)
	r := w.waitingRun(j, "1")
	r.Due = w.now().Add(shortLease)
	w.enqueue(r)
	if b := w.claim("a", horizon(0)); b.Now.Before(r.Due) {
		w.want("what is taken over before it is due", []string(nil), takenIDs(b.Runs))
		w.wantTime("NextDue", r.Due, b.NextDue)
	}
	w.pass(shortLease + time.Millisecond)
	w.want("what is taken over when it is due", []string{r.ID}, takenIDs(w.claim("a").Runs))
}

func waitsForAServer(w *world) {
	w.beat("a")
	j := w.newJob("x", time.Time{})
	j.Policy.Named = true
	w.add(j)
	r := w.waitingRun(j, "1")
	w.enqueue(r)
	w.want("what is taken over without function f", []string(nil), takenIDs(w.claim("a", serves("default", "default:g")).Runs))
	w.want("what is taken over with function f", []string{r.ID}, takenIDs(w.claim("a", serves("default:f")).Runs))
}

func waitsForInstance(w *world) {
	w.beat("a", "b")
	j, r := w.begin("a", "x")
	waits := w.waitingRun(j, "1")
	w.enqueue(waits)
	w.want("what is taken over while the one instance lives", []string(nil), takenIDs(w.claim("b").Runs))
	w.want("the phase of what waits", job.Waiting, w.run(waits.ID).Phase)
	w.mustFinish(w.finished(r))
	b := w.claim("b")
	w.want("what is taken over when it is over", []string{waits.ID}, takenIDs(b.Runs))
	w.want("the instance that it holds", 0, w.run(waits.ID).Instance)
	w.wantErr("Commit of the instance that it holds", job.ErrLimit, w.commit("a", w.advance(w.job("x"), runOf(j, w.in(0))))[0].Err)
}

func waitsForPlace(w *world) {
	w.beat("a")
	grouped := func(j *job.Job) { j.Policy.Group, j.Policy.GroupLimit = "g", 1 }
	_, r := w.begin("a", "x", grouped)
	y := w.newJob("y", time.Time{})
	grouped(&y)
	w.add(y)
	waits := w.waitingRun(y, "1")
	w.enqueue(waits)
	w.want("what is taken over while the one place is held", []string(nil), takenIDs(w.claim("a").Runs))
	w.mustFinish(w.finished(r))
	w.want("what is taken over when it is free", []string{waits.ID}, takenIDs(w.claim("a").Runs))
	w.want("the place that it holds", 0, w.run(waits.ID).Place)
}

func takesWhatHasRoom(w *world) {
	w.beat("a")
	j := w.newJob("x", time.Time{})
	j.Policy.MaxInstances = 2
	w.add(j)
	for _, name := range []string{"1", "2", "3", "4", "5"} {
		w.enqueue(w.waitingRun(j, name))
	}
	for _, want := range []int{2, 2, 1, 0} {
		b := w.claim("a")
		w.want("how many are taken over with room for two", want, len(b.Runs))
		var held []int
		for _, t := range b.Runs {
			held = append(held, t.Run.Instance)
			w.mustFinish(w.finished(t.Run))
		}
		slices.Sort(held)
		w.want("the instances that they hold", []int{0, 1}[:want], append([]int{}, held...))
	}
}

func takesAllOverlapping(w *world) {
	w.beat("a")
	j := w.newJob("x", time.Time{})
	j.Policy.Overlap = job.AllowOverlap
	w.add(j)
	for _, name := range []string{"1", "2", "3"} {
		w.enqueue(w.waitingRun(j, name))
	}
	b := w.claim("a")
	w.want("how many are taken over", 3, len(b.Runs))
	for _, t := range b.Runs {
		w.want("the instance of a run without a limit", -1, t.Run.Instance)
	}
}

func doesNotBlockOthers(w *world) {
	w.beat("a")
	j, _ := w.begin("a", "full")
	for _, name := range []string{"1", "2", "3", "4"} {
		w.enqueue(w.waitingRun(j, name))
	}
	free := w.newJob("free", time.Time{})
	w.add(free)
	r := w.waitingRun(free, "1")
	r.Due = w.in(-time.Millisecond) // later than those without room
	w.enqueue(r)
	w.want("what is taken over with a limit of two", []string{r.ID}, takenIDs(w.claim("a", limit(2)).Runs))
}
