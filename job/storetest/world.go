package storetest

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

const (
	// patience is how long a condition may take to hold.
	patience = 20 * time.Second
	// shortLease is one that the suite lets end.
	shortLease = 400 * time.Millisecond
	// longLease is one that lives as long as any case.
	longLease = 10 * time.Minute
	// ahead is what nodes promise with their signs of life.
	ahead = time.Second
)

// world is a case under way: a store and what the case wants of it.
type world struct {
	*testing.T
	place Place
	store job.Store
	start time.Time // the store's time when the case began, in whole microseconds
}

func newWorld(t *testing.T, p Place) *world {
	t.Helper()
	if p.Now == nil {
		p.Now = time.Now
	}
	w := &world{T: t, place: p}
	w.store = w.open()
	w.start = w.now()
	return w
}

// open is one more handle, as another process would have.
func (w *world) open() job.Store {
	w.Helper()
	s := w.place.Open(w.T)
	var closed atomic.Bool
	w.Cleanup(func() {
		if closed.CompareAndSwap(false, true) {
			if err := s.Close(); err != nil {
				w.Errorf("Close: %v, want no error", err)
			}
		}
	})
	return s
}

// ctx is over when no case can still be waiting for anything.
func (w *world) ctx() context.Context { return w.Context() }

// now is the store's time. Nodes of this name have never a lease.
func (w *world) now() time.Time {
	w.Helper()
	p, err := w.store.Beat(w.ctx(), job.Beat{Node: "clock", Now: w.place.Now()})
	if err != nil {
		w.Fatalf("Beat that ends a lease which is none: %v, want no error", err)
	}
	if p.Now.IsZero() {
		w.Fatal("Pulse.Now is zero, want the store's time")
	}
	return job.Micro(p.Now)
}

// pass lets the store's time go on by d at least.
func (w *world) pass(d time.Duration) {
	w.Helper()
	if w.place.Advance != nil {
		w.place.Advance(d)
		return
	}
	until := w.now().Add(d)
	w.eventually("the store's clock to go on", func() bool { return !w.now().Before(until) })
}

// eventually waits until a condition holds.
func (w *world) eventually(what string, holds func() bool) {
	w.Helper()
	end := time.After(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-end:
			w.Fatalf("waited %v for %s, in vain", patience, what)
		}
	}
}

// in is the start of the case plus d: negative for what is due.
func (w *world) in(d time.Duration) time.Time { return w.start.Add(d) }

// newJob is a job that is due at next; zero: never.
func (w *world) newJob(id string, next time.Time) job.Job {
	return job.Job{
		ID: id, Trigger: trigger.EveryFrom(w.start, time.Hour), Executor: "default", Func: "f",
		State: job.State{Next: next, Slot: next},
	}
}

func (w *world) add(jobs ...job.Job) {
	w.Helper()
	errs, err := w.store.Add(w.ctx(), jobs)
	if err != nil || errs != nil {
		w.Fatalf("Add of %d new jobs: %v, %v, want nil and nil", len(jobs), errs, err)
	}
}

// addDue adds a job that is due and returns it as it is stored.
func (w *world) addDue(id string, change ...func(*job.Job)) job.Job {
	w.Helper()
	j := w.newJob(id, w.in(-time.Second))
	for _, f := range change {
		f(&j)
	}
	w.add(j)
	return w.job(id)
}

func (w *world) list(f job.Filter) []job.Job {
	w.Helper()
	jobs, err := w.store.List(w.ctx(), f)
	if err != nil {
		w.Fatalf("List(%+v): %v, want no error", f, err)
	}
	return jobs
}

// job is a job that is there.
func (w *world) job(id string) job.Job {
	w.Helper()
	jobs := w.list(job.Filter{IDs: []string{id}})
	if len(jobs) != 1 {
		w.Fatalf("List of job %q alone gives %d jobs, want 1", id, len(jobs))
	}
	return jobs[0]
}

func (w *world) runs(f job.RunFilter) []job.Run {
	w.Helper()
	runs, err := w.store.Runs(w.ctx(), f)
	if err != nil {
		w.Fatalf("Runs(%+v): %v, want no error", f, err)
	}
	return runs
}

// run is a run that is there.
func (w *world) run(id string) job.Run {
	w.Helper()
	runs := w.runs(job.RunFilter{IDs: []string{id}})
	if len(runs) != 1 {
		w.Fatalf("Runs of %q alone gives %d runs, want 1", id, len(runs))
	}
	return runs[0]
}

// beat gives a node a lease that lives as long as the case.
func (w *world) beat(nodes ...string) {
	w.Helper()
	for _, node := range nodes {
		w.beatFor(node, longLease, ahead)
	}
}

func (w *world) beatFor(node string, lease, promise time.Duration) job.Pulse {
	w.Helper()
	p, err := w.store.Beat(w.ctx(), job.Beat{Node: node, Lease: lease, Ahead: promise, Now: w.place.Now()})
	if err != nil {
		w.Fatalf("Beat of node %s: %v, want no error", node, err)
	}
	return p
}

// claimOf is a claim of a node that serves executor default.
func (w *world) claimOf(node string, change ...func(*job.Claim)) job.Claim {
	c := job.Claim{Node: node, Serves: []string{"default"}, Limit: 1000, Horizon: time.Second, Now: w.place.Now()}
	for _, f := range change {
		f(&c)
	}
	return c
}

func horizon(d time.Duration) func(*job.Claim)  { return func(c *job.Claim) { c.Horizon = d } }
func limit(n int) func(*job.Claim)              { return func(c *job.Claim) { c.Limit = n } }
func serves(needs ...string) func(*job.Claim)   { return func(c *job.Claim) { c.Serves = needs } }
func without(jobs ...string) func(c *job.Claim) { return func(c *job.Claim) { c.Except = jobs } }

func (w *world) claim(node string, change ...func(*job.Claim)) job.Batch {
	w.Helper()
	c := w.claimOf(node, change...)
	b, err := w.store.Claim(w.ctx(), c)
	if err != nil {
		w.Fatalf("Claim of node %s: %v, want no error", node, err)
	}
	return b
}

// runOf is a run of a job that begins at the slot.
func runOf(j job.Job, slot time.Time) job.Run {
	return job.Run{ID: job.RunID(j.ID, slot), Job: j.ID, Slot: slot, Due: slot, Phase: job.Running, Place: -1, Work: j.Work()}
}

// waitingRun is a run that somebody asked for.
func (w *world) waitingRun(j job.Job, name string) job.Run {
	r := runOf(j, w.in(-time.Second))
	r.ID, r.Phase, r.Instance = j.ID+"~"+name, job.Waiting, -1
	return r
}

// advance moves a job to a time far away, with runs.
func (w *world) advance(j job.Job, runs ...job.Run) job.Advance {
	next := w.in(1000 * time.Hour)
	return job.Advance{ID: j.ID, Rev: j.State.Rev, State: job.State{Next: next, Slot: next, Last: j.State.Slot}, Runs: runs}
}

func (w *world) commit(node string, advances ...job.Advance) []job.Committed {
	w.Helper()
	answers, err := w.store.Commit(w.ctx(), node, advances)
	if err != nil {
		w.Fatalf("Commit of node %s: %v, want no error", node, err)
	}
	if len(answers) != len(advances) {
		w.Fatalf("Commit gives %d answers to %d advances", len(answers), len(advances))
	}
	for i, a := range answers {
		if a.Err == nil && len(a.Tokens) != len(advances[i].Runs) && len(advances[i].Runs) > 0 {
			w.Fatalf("Commit of job %q gives %d tokens for %d runs", advances[i].ID, len(a.Tokens), len(advances[i].Runs))
		}
	}
	return answers
}

// mustCommit commits one advance that is to succeed.
func (w *world) mustCommit(node string, a job.Advance) job.Committed {
	w.Helper()
	answer := w.commit(node, a)[0]
	if answer.Err != nil {
		w.Fatalf("Commit of job %q by node %s: %v, want no error", a.ID, node, answer.Err)
	}
	return answer
}

// begin makes a job with one run that node owns, and returns both.
func (w *world) begin(node, id string, change ...func(*job.Job)) (job.Job, job.Run) {
	w.Helper()
	j := w.addDue(id, change...)
	r := runOf(j, j.State.Slot)
	if j.Policy.Overlap == job.AllowOverlap {
		r.Instance = -1
	}
	if j.Policy.Group != "" {
		r.Place = 0
	}
	w.mustCommit(node, w.advance(j, r))
	return w.job(id), w.run(r.ID)
}

// finished says that a run succeeded.
func (w *world) finished(r job.Run) job.Finished {
	return job.Finished{
		ID: r.ID, Token: r.Owner.Token, Started: w.in(0), Attempt: r.Attempt + 1,
		Outcome: job.Outcome{Kind: job.Succeeded, Finished: w.in(time.Millisecond)},
	}
}

func (w *world) finish(finished ...job.Finished) []error {
	w.Helper()
	errs, err := w.store.Finish(w.ctx(), finished)
	if err != nil {
		w.Fatalf("Finish: %v, want no error", err)
	}
	if errs != nil && len(errs) != len(finished) {
		w.Fatalf("Finish gives %d answers to %d runs", len(errs), len(finished))
	}
	return errs
}

func (w *world) mustFinish(finished ...job.Finished) {
	w.Helper()
	if errs := w.finish(finished...); errs != nil {
		w.Fatalf("Finish with the newest tokens: %v, want nil: all were written", errs)
	}
}
