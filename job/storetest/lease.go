package storetest

import (
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

func leaseCases() []testCase {
	return []testCase{
		{"without a lease nothing is claimed or committed", needsALease},
		{"a lease ends", leasesEnd},
		{"a lease is renewed", leasesAreRenewed},
		{"a lease is ended by its node", leasesAreGivenUp},
		{"a node that comes back has its runs", comesBack},
	}
}

// refusesNode checks that node can do nothing.
func (w *world) refusesNode(node string, j job.Job) {
	w.Helper()
	_, err := w.store.Claim(w.ctx(), w.claimOf(node))
	w.wantErr("Claim without a lease", job.ErrLease, err)
	r := runOf(j, j.State.Slot)
	_, err = w.store.Commit(w.ctx(), node, []job.Advance{w.advance(j, r)})
	w.wantErr("Commit without a lease", job.ErrLease, err)
	w.want("the revision", j.State.Rev, w.job(j.ID).State.Rev)
	w.want("the runs", []string(nil), runIDs(w.runs(job.RunFilter{Job: j.ID})))
}

func needsALease(w *world) {
	j := w.addDue("x")
	w.refusesNode("a", j)
	w.beat("a")
	w.want("the jobs that are claimed with a lease", []string{"x"}, dueIDs(w.claim("a").Jobs))
	w.refusesNode("b", j)
}

func leasesEnd(w *world) {
	j := w.addDue("x")
	w.beatFor("a", shortLease, ahead)
	w.pass(shortLease + time.Millisecond)
	w.refusesNode("a", j)
}

func leasesAreRenewed(w *world) {
	j := w.addDue("x")
	w.beatFor("a", shortLease, ahead)
	p := w.beatFor("a", longLease, ahead)
	if p.Now.Before(w.start) {
		w.Errorf("Pulse.Now is %v, want the store's time, %v or later", p.Now, w.start)
	}
	w.pass(shortLease + time.Millisecond)
	w.mustCommit("a", w.advance(j, runOf(j, j.State.Slot)))
}

func leasesAreGivenUp(w *world) {
	w.beat("a", "b")
	_, r := w.begin("a", "x")
	j := w.addDue("y")
	w.beatFor("a", 0, 0)
	w.refusesNode("a", j)
	w.want("the runs that another node takes over at once", []string{r.ID}, takenIDs(w.claim("b").Runs))
}

func comesBack(w *world) {
	w.beatFor("a", shortLease, ahead)
	_, r := w.begin("a", "x")
	w.pass(shortLease + time.Millisecond)
	w.beat("a", "b")
	w.want("the runs that the node takes over from itself", []string(nil), takenIDs(w.claim("a").Runs))
	w.want("the runs that another node takes over", []string(nil), takenIDs(w.claim("b").Runs))
	w.mustFinish(w.finished(r))
}
