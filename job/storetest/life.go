package storetest

import (
	"context"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

func lifeCases() []testCase {
	return []testCase{
		{"a second handle sees what the first wrote", sharesState},
		{"nothing is done when the context is over", heedsContext},
		{"a handle is closed and the others go on", closes},
		{"an empty call is no error", acceptsNothing},
	}
}

func sharesState(w *world) {
	w.beat("a")
	full := w.fullJob("x")
	w.add(full)
	_, r := w.begin("a", "y")
	other := &world{T: w.T, place: w.place, store: w.open(), start: w.start}
	other.wantJob(full, other.job("x"))
	other.want("the run, by another handle", r, other.run(r.ID))
	other.mustFinish(other.finished(r))
	w.want("the phase, by the first handle", job.Done, w.run(r.ID).Phase)
	other.claim("a") // its lease holds for all handles
}

func heedsContext(w *world) {
	w.beat("a")
	j, r := w.begin("a", "x")
	ctx, cancel := context.WithCancel(w.ctx())
	cancel()
	calls := []struct {
		name string
		do   func() error
	}{
		{"Add", func() error { _, err := w.store.Add(ctx, []job.Job{w.newJob("new", w.in(0))}); return err }},
		{"Replace", func() error { _, err := w.store.Replace(ctx, j); return err }},
		{"Remove", func() error { return w.store.Remove(ctx, "x", 0) }},
		{"List", func() error { _, err := w.store.List(ctx, job.Filter{}); return err }},
		{"Claim", func() error { _, err := w.store.Claim(ctx, w.claimOf("a")); return err }},
		{"Commit", func() error { _, err := w.store.Commit(ctx, "a", []job.Advance{w.advance(j)}); return err }},
		{"Finish", func() error { _, err := w.store.Finish(ctx, []job.Finished{w.finished(r)}); return err }},
		{"Beat", func() error {
			_, err := w.store.Beat(ctx, job.Beat{Node: "b", Lease: longLease, Now: w.place.Now()})
			return err
		}},
		{"Runs", func() error { _, err := w.store.Runs(ctx, job.RunFilter{}); return err }},
		{"Enqueue", func() error { return w.store.Enqueue(ctx, w.waitingRun(j, "1")) }},
		{"CancelRun", func() error { return w.store.CancelRun(ctx, r.ID) }},
		{"Prune", func() error { _, err := w.store.Prune(ctx, job.Keep{PerJob: 1}); return err }},
	}
	sentinels := []error{job.ErrExists, job.ErrNotFound, job.ErrChanged, job.ErrFenced, job.ErrLimit, job.ErrLease, job.ErrForeign}
	for _, c := range calls {
		if err := c.do(); err == nil || isOneOf(err, sentinels) {
			w.Errorf("%s with a context that is over: %v, want an error that says so", c.name, err)
		}
	}
	w.want("the jobs", []string{"x"}, ids(w.list(job.Filter{})))
	w.want("the revision", j.State.Rev, w.job("x").State.Rev)
	w.want("the runs", []job.Run{r}, w.runs(job.RunFilter{}))
}

func closes(w *world) {
	w.add(w.newJob("x", w.in(time.Hour)))
	other := w.place.Open(w.T)
	if err := other.Close(); err != nil {
		w.Errorf("Close: %v, want no error", err)
	}
	w.want("the jobs, by the handle that is open", []string{"x"}, ids(w.list(job.Filter{})))
}

func acceptsNothing(w *world) {
	w.beat("a")
	w.add()
	w.want("how many answers an empty Commit has", 0, len(w.commit("a")))
	w.mustFinish()
	b, err := w.store.Claim(w.ctx(), job.Claim{Node: "a", Limit: 1, Now: w.place.Now()})
	if err != nil || len(b.Jobs)+len(b.Runs) != 0 {
		w.Errorf("Claim of a node that serves nothing: %d jobs, %d runs, %v, want none and no error", len(b.Jobs), len(b.Runs), err)
	}
}
