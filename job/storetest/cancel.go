package storetest

import (
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

func cancelCases() []testCase {
	return []testCase{
		{"a run that waits is over at once", cancelsWaiting},
		{"the owner of a run hears of it", cancelsRunning},
		{"what is over or unknown cannot be cancelled", refusesToCancel},
		{"a commit cancels runs of its job", commitCancels},
		{"a wish to end is not lost in a retry", cancelOutlivesRetries},
		{"a wish to end is not lost in a takeover", cancelOutlivesOwners},
	}
}

func (w *world) cancel(id string) {
	w.Helper()
	if err := w.store.CancelRun(w.ctx(), id); err != nil {
		w.Fatalf("CancelRun of %q: %v, want no error", id, err)
	}
}

func cancelsWaiting(w *world) {
	w.beat("a")
	j := w.newJob("x", time.Time{})
	w.add(j)
	r := w.waitingRun(j, "1")
	w.enqueue(r)
	w.cancel(r.ID)
	got := w.run(r.ID)
	w.want("the phase", job.Done, got.Phase)
	w.want("the outcome", job.Cancelled, got.Outcome.Kind)
	if got.Outcome.Finished.Before(w.start) {
		w.Errorf("it ended at %v, want the store's time, %v or later", got.Outcome.Finished, w.start)
	}
	w.want("what is taken over", []string(nil), takenIDs(w.claim("a").Runs))
}

func cancelsRunning(w *world) {
	w.beat("a", "b")
	_, x := w.begin("a", "x")
	_, y := w.begin("a", "y")
	w.begin("a", "z")
	w.want("what is to be cancelled", []string(nil), w.beatFor("a", longLease, ahead).Cancelled)
	w.cancel(x.ID)
	w.cancel(y.ID)
	w.cancel(y.ID)
	got := w.run(x.ID)
	w.want("the phase of a run that is to be cancelled", job.Running, got.Phase)
	w.want("the wish", true, got.Cancel)
	for range 2 {
		w.want("what its owner hears, until it has ended it", sorted([]string{x.ID, y.ID}), sorted(w.beatFor("a", longLease, ahead).Cancelled))
	}
	w.want("what another node hears", []string(nil), w.beatFor("b", longLease, ahead).Cancelled)
	f := w.finished(x)
	f.Outcome.Kind = job.Cancelled
	w.mustFinish(f)
	w.want("what its owner hears when one has ended", []string{y.ID}, w.beatFor("a", longLease, ahead).Cancelled)
}

func refusesToCancel(w *world) {
	w.beat("a")
	_, r := w.begin("a", "x")
	w.mustFinish(w.finished(r))
	w.wantErr("CancelRun of a run that is over", job.ErrFenced, w.store.CancelRun(w.ctx(), r.ID))
	w.wantErr("CancelRun of an unknown run", job.ErrNotFound, w.store.CancelRun(w.ctx(), "x!unknown"))
	w.want("the outcome", job.Succeeded, w.run(r.ID).Outcome.Kind)
}

func commitCancels(w *world) {
	w.beat("a")
	j, r := w.begin("a", "x", func(j *job.Job) { j.Policy.MaxInstances, j.Policy.Overlap = 2, job.ReplaceOldest })
	waits := w.waitingRun(j, "1")
	w.enqueue(waits)
	over := runOf(j, w.in(-time.Minute))
	over.Phase, over.Instance, over.Outcome = job.Done, -1, job.Outcome{Kind: job.Missed}
	w.mustCommit("a", w.advance(j, over))
	_, other := w.begin("a", "y")

	a := w.advance(w.job("x"))
	a.Cancel = []string{r.ID, waits.ID, over.ID, "x!unknown"}
	w.mustCommit("a", a)
	w.want("whether the run that runs is to be cancelled", true, w.run(r.ID).Cancel)
	w.want("what became of the run that waited", job.Cancelled, w.run(waits.ID).Outcome.Kind)
	w.want("what became of the run that was over", job.Missed, w.run(over.ID).Outcome.Kind)
	w.want("whether the run of another job is to be cancelled", false, w.run(other.ID).Cancel)
	w.want("what the owner hears", []string{r.ID}, w.beatFor("a", longLease, ahead).Cancelled)
}

// cancelOutlivesRetries: the node had decided on a retry before it heard of the wish.
func cancelOutlivesRetries(w *world) {
	w.beat("a")
	_, r := w.begin("a", "x")
	w.cancel(r.ID)
	w.mustFinish(job.Finished{ID: r.ID, Token: r.Owner.Token, Retry: w.in(-time.Second)}) // given back
	got := w.run(r.ID)
	w.want("the phase of a run that is to be cancelled and was given back", job.Done, got.Phase)
	w.want("its outcome", job.Cancelled, got.Outcome.Kind)

	_, r = w.begin("a", "y")
	w.cancel(r.ID)
	f := w.finished(r)
	f.Outcome.Kind, f.Retry = job.Failed, w.in(-time.Second)
	w.mustFinish(f)
	w.want("the phase of a run that is to be cancelled and failed", job.Done, w.run(r.ID).Phase)
	w.want("what is taken over", []string(nil), takenIDs(w.claim("a").Runs))
}

func cancelOutlivesOwners(w *world) {
	w.beat("b")
	w.beatFor("a", shortLease, ahead)
	_, r := w.begin("a", "x")
	w.cancel(r.ID)
	w.lose()
	b := w.claim("b")
	if len(b.Runs) != 1 {
		w.Fatalf("%d runs were taken over, want 1", len(b.Runs))
	}
	w.want("whether the run that was taken over is to be cancelled", true, b.Runs[0].Run.Cancel)
}
