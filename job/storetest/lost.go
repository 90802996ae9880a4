package storetest

import (
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

func lostCases() []testCase {
	return []testCase{
		{"runs of a node whose lease is over are taken over", takesOver},
		{"what the owner had not promised to begin never began", knowsWhatBegan},
		{"a node takes over only what it serves", takesOverWhatIsServed},
		{"the former owner is fenced", fencesTheFormerOwner},
		{"a lost run keeps its records", keepsRecords},
		{"a lost run is done or tried again as its taker says", endsLostRuns},
		{"the history names who had a lost run", namesTheFormerOwner},
		{"the limit holds for runs, too", takesOverInBatches},
	}
}

// lose makes node's lease end.
func (w *world) lose() {
	w.Helper()
	w.pass(shortLease + time.Millisecond)
}

func takesOver(w *world) {
	w.beat("b")
	w.beatFor("a", shortLease, ahead)
	_, r := w.begin("a", "x")
	w.want("the runs that are taken over while the lease lives", []string(nil), takenIDs(w.claim("b").Runs))
	w.lose()
	b := w.claim("b")
	if len(b.Runs) != 1 {
		w.Fatalf("%d runs were taken over, want 1", len(b.Runs))
	}
	taken := b.Runs[0]
	w.want("who had it", r.Owner, taken.From)
	w.want("whether it began, though it was due before the promise ended", true, taken.Began)
	w.want("its node", "b", taken.Run.Owner.Node)
	if taken.Run.Owner.Token <= r.Owner.Token {
		w.Errorf("its token is %d after %d, want a higher one", taken.Run.Owner.Token, r.Owner.Token)
	}
	want := r
	want.Owner = taken.Run.Owner
	w.want("the run that was taken over", want, taken.Run)
	w.want("the run that is stored", want, w.run(r.ID))
	w.want("the runs that are taken over again", []string(nil), takenIDs(w.claim("b").Runs))
}

func knowsWhatBegan(w *world) {
	w.beat("b")
	w.beatFor("a", shortLease, time.Hour)
	j := w.addDue("x", func(j *job.Job) { j.Policy.MaxInstances = 3 })
	now, within, beyond := runOf(j, w.in(-time.Second)), runOf(j, w.in(time.Second)), runOf(j, w.in(2*time.Second))
	within.Instance, beyond.Instance = 1, 2
	within.Due, beyond.Due = w.in(59*time.Minute), w.in(90*time.Minute)
	w.mustCommit("a", w.advance(j, now, within, beyond))
	w.lose()
	began := map[string]bool{}
	for _, t := range w.claim("b").Runs {
		began[t.Run.ID] = t.Began
	}
	w.want("what may have begun, with a promise of an hour", map[string]bool{now.ID: true, within.ID: true, beyond.ID: false}, began)
}

func takesOverWhatIsServed(w *world) {
	w.beat("b")
	w.beatFor("a", shortLease, ahead)
	_, x := w.begin("a", "x")
	_, y := w.begin("a", "y", func(j *job.Job) { j.Executor = "other" })
	_, z := w.begin("a", "z", func(j *job.Job) { j.Policy.Named = true })
	w.lose()
	w.want("what is taken over for executor default", []string{x.ID}, takenIDs(w.claim("b").Runs))
	w.want("what is taken over for other and function f", []string{y.ID, z.ID}, sorted(takenIDs(w.claim("b", serves("other", "default:f")).Runs)))
}

func fencesTheFormerOwner(w *world) {
	w.beat("b")
	w.beatFor("a", shortLease, ahead)
	_, r := w.begin("a", "x")
	w.lose()
	b := w.claim("b")
	if len(b.Runs) != 1 {
		w.Fatalf("%d runs were taken over, want 1", len(b.Runs))
	}
	w.beat("a")
	f := w.finished(r)
	f.Retry = w.in(-time.Second)
	w.wantErr("Finish by the former owner", job.ErrFenced, errAt(w.finish(f), 0))
	w.want("the run", b.Runs[0].Run, w.run(r.ID))
	w.mustFinish(w.finished(b.Runs[0].Run))
	w.want("what became of it", job.Succeeded, w.run(r.ID).Outcome.Kind)
}

func keepsRecords(w *world) {
	w.beat("b")
	w.beatFor("a", shortLease, ahead)
	grouped := func(j *job.Job) { j.Policy.Group, j.Policy.GroupLimit = "g", 1 }
	j, r := w.begin("a", "x", grouped)
	y := w.addDue("y", grouped)
	refused := func(when string) {
		w.Helper()
		w.wantErr("Commit of its instance "+when, job.ErrLimit, w.commit("b", w.advance(j, runOf(j, w.in(0))))[0].Err)
		other := runOf(y, y.State.Slot)
		other.Place = 0
		w.wantErr("Commit of its place "+when, job.ErrLimit, w.commit("b", w.advance(y, other))[0].Err)
	}
	w.lose()
	refused("when it is lost")
	b := w.claim("b")
	w.want("what is taken over", []string{r.ID}, takenIDs(b.Runs))
	refused("when it was taken over")
	w.mustFinish(w.finished(w.run(r.ID)))
	w.mustCommit("b", w.advance(j, runOf(j, w.in(0))))
}

func endsLostRuns(w *world) {
	w.beat("b")
	w.beatFor("a", shortLease, ahead)
	_, fails := w.begin("a", "fails")
	_, reruns := w.begin("a", "reruns")
	w.lose()
	for _, t := range w.claim("b").Runs {
		f := w.finished(t.Run)
		f.Outcome = job.Outcome{Kind: job.Lost, Finished: w.in(0), Error: "a is gone"}
		if t.Run.ID == reruns.ID {
			f.Retry = w.in(-time.Second)
		}
		w.mustFinish(f)
	}
	w.want("what became of the one", job.Lost, w.run(fails.ID).Outcome.Kind)
	w.want("the phase of the one", job.Done, w.run(fails.ID).Phase)
	b := w.claim("b")
	w.want("what is run again", []string{reruns.ID}, takenIDs(b.Runs))
	w.want("who had it", job.Owner{}, b.Runs[0].From)
}

func namesTheFormerOwner(w *world) {
	w.beat("b")
	w.beatFor("a", shortLease, ahead)
	_, fails := w.begin("a", "fails")
	_, reruns := w.begin("a", "reruns", func(j *job.Job) { j.Policy.Group, j.Policy.GroupLimit = "g", 1 })
	_, unwanted := w.begin("a", "unwanted")
	w.lose()
	w.cancel(unwanted.ID)
	holds := map[string]job.Owner{}
	var all []job.Finished
	for _, t := range w.claim("b").Runs {
		holds[t.Run.ID] = t.Run.Owner
		f := w.finished(t.Run)
		f.Former = t.From
		f.Outcome = job.Outcome{Kind: job.Lost, Finished: w.in(0), Error: "a is gone"}
		if t.Run.ID != fails.ID {
			f.Retry = w.in(-time.Second)
		}
		all = append(all, f)
	}
	w.want("how many were lost", 3, len(all))
	for _, f := range all {
		f.Token = f.Former.Token
		w.wantErr("Finish with the token of the former owner", job.ErrFenced, errAt(w.finish(f), 0))
	}
	w.mustFinish(all...)

	for _, r := range []job.Run{fails, unwanted} {
		got := w.run(r.ID)
		w.want("the phase of "+r.Job, job.Done, got.Phase)
		w.want("who had "+r.Job, r.Owner, got.Owner)
		j := w.job(r.Job)
		w.mustCommit("b", w.advance(j, runOf(j, w.in(0)))) // it holds its instance no more
	}
	got := w.run(reruns.ID)
	w.want("the phase of the one that is run again", job.Waiting, got.Phase)
	w.want("its owner", job.Owner{}, got.Owner)
	if len(got.Attempts) != 1 {
		w.Fatalf("%d attempts are kept, want the one that was lost", len(got.Attempts))
	}
	w.want("who made the lost attempt", reruns.Owner, got.Attempts[0].Owner)

	b := w.claim("b")
	w.want("what is run again", []string{reruns.ID}, takenIDs(b.Runs))
	next := b.Runs[0].Run
	w.want("whose it is now", "b", next.Owner.Node)
	if next.Owner.Token <= holds[reruns.ID].Token {
		w.Errorf("its token is %d after %d, want a higher one", next.Owner.Token, holds[reruns.ID].Token)
	}
	w.mustFinish(w.finished(next))
	got = w.run(reruns.ID)
	w.want("who made the second attempt", next.Owner, got.Owner)
	w.want("who made the first one", reruns.Owner, got.Attempts[0].Owner)
}

func takesOverInBatches(w *world) {
	w.beat("b")
	w.beatFor("a", shortLease, ahead)
	want := map[string]int{}
	for _, id := range []string{"1", "2", "3", "4", "5"} {
		j := w.addDue(id)
		r := runOf(j, j.State.Slot)
		w.beatFor("a", shortLease, ahead)
		w.mustCommit("a", w.advance(j, r))
		want[r.ID] = 1
	}
	w.lose()
	got := map[string]int{}
	for range 3 {
		b := w.claim("b", limit(2))
		if len(b.Runs) > 2 {
			w.Fatalf("%d runs were taken over, want 2 at most", len(b.Runs))
		}
		for _, id := range takenIDs(b.Runs) {
			got[id]++
		}
		if left := len(want) - len(got); left > 0 && (b.NextDue.IsZero() || b.NextDue.After(b.Now)) {
			w.Errorf("NextDue is %v at %v with %d lost runs left, want a time that is not after now", b.NextDue, b.Now, left)
		}
	}
	w.want("how often each run was taken over", want, got)
}
