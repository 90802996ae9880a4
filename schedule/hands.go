package schedule

import (
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// stage is where an attempt stands.
type stage uint8

const (
	planned   stage = iota // until it is due; or behind another of its series
	queued                 // for a worker
	executing              // a worker has it
	finishing              // until the store has what became of it
)

// attempt is a run that this node has in hand.
type attempt struct {
	keeper *keeper
	pool   *pool
	run    *job.Run
	next   time.Time    // of its job, as it was planned; zero: unknown or never
	then   *attempt     // the next one of the series
	ctx    runContext   // of its execution
	err    error        // what Execute returned
	over   job.Finished // what became of it, once it is finishing

	// Guarded by hands.mu.
	stage stage
	waits bool  // it is in hands.waiting
	wish  error // why it is to end: ErrCancelled
}

// hands are the runs that a node has in hand, from their planning until the
// store has what became of them.
type hands struct {
	mu      sync.Mutex
	all     map[string]*attempt // by the ID of the run
	waiting queue               // planned ones
	ended   map[string]bool     // those that left since the last claim was sent
	closed  bool                // nothing begins any more
	drained chan struct{}       // closed once h is closed and nothing is left in it
}

func (h *hands) open() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all, h.waiting, h.closed, h.drained = map[string]*attempt{}, queue{}, false, make(chan struct{})
}

func (h *hands) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.all)
}

// put takes a run in hand. It reports whether it is to be handed to its pool at
// once; otherwise it waits until it is due. When h is closed the run is to be
// given back.
func (h *hands) put(a *attempt, now time.Time) (ready, closed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all[a.run.ID] = a
	if h.closed {
		return false, true
	}
	if a.run.Due.After(now) {
		h.waitLocked(a)
		return false, false
	}
	a.stage = queued
	return true, false
}

// waitLocked puts an attempt that may not begin yet back among those that wait.
func (h *hands) waitLocked(a *attempt) {
	a.stage, a.waits = planned, true
	h.waiting.push(a, 0)
}

// hold takes a run in hand that comes after another one of its series.
func (h *hands) hold(a *attempt) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all[a.run.ID] = a
}

// adopt gives the run a new owner if it is in hand; the store has said so.
func (h *hands) adopt(r job.Run) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	a, ok := h.all[r.ID]
	if ok {
		a.run.Owner = r.Owner
	}
	return ok
}

// mayBeOurs reports whether a run that the store refused under a token is ours
// under a newer one, or may be once the claim under way was answered.
func (h *hands) mayBeOurs(a *attempt, token int64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.all[a.run.ID] == a && (a.run.Owner.Token != token || h.ended != nil)
}

// due takes out what is due, up to handful, and says when the next one is; zero:
// there is none.
func (h *hands) due(now time.Time, may func(*attempt) bool) (ready []*attempt, next time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	until := now.UnixMicro()
	for h.waiting.len() > 0 && !h.closed {
		first := h.waiting.entries[0]
		if first.due > until || len(ready) == handful {
			return ready, time.UnixMicro(first.due)
		}
		if !may(first.attempt) {
			return ready, time.Time{}
		}
		a := h.waiting.pop()
		a.stage, a.waits = queued, false
		ready = append(ready, a)
	}
	return ready, time.Time{}
}

// drop forgets a run without a word to the store.
func (h *hands) drop(a *attempt) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dropLocked(a)
}

func (h *hands) dropLocked(a *attempt) {
	if h.all[a.run.ID] == a {
		delete(h.all, a.run.ID)
		if h.ended != nil {
			h.ended[a.run.ID] = true
		}
	}
	if a.waits {
		a.waits = false
		h.waiting.remove(a)
	}
	h.drainLocked()
}

func (h *hands) drainLocked() {
	select {
	case <-h.drained:
	default:
		if h.closed && len(h.all) == 0 {
			close(h.drained)
		}
	}
}

// lapse ends what executes and forgets what did not begin; others may have it.
func (h *hands) lapse() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, a := range h.all {
		switch a.stage {
		case executing:
			a.ctx.end(ErrLease)
		case planned, queued:
			delete(h.all, a.run.ID)
		case finishing:
		}
	}
	h.clearLocked()
	h.drainLocked()
}

// clearLocked lets nothing wait for its time any more.
func (h *hands) clearLocked() {
	for _, e := range h.waiting.entries {
		e.attempt.waits = false
	}
	h.waiting = queue{}
}

// close lets nothing begin any more and returns what did not begin, in any
// order. drained is closed when nothing is left in hand.
func (h *hands) close() (left []*attempt) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, a := range h.all {
		if a.stage == planned || a.stage == queued {
			a.stage = finishing
			left = append(left, a)
		}
	}
	h.clearLocked()
	h.drainLocked()
	return left
}

// cancel ends a run, whether it began or not, and reports whether it was in hand.
// One that did not begin is returned: a worker is to see to it.
func (h *hands) cancel(id string, wish error) (toPool *attempt, found bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	a, ok := h.all[id]
	if !ok {
		return nil, false
	}
	switch a.stage {
	case executing:
		a.ctx.end(wish)
	case planned:
		a.wish = wish
		if a.waits {
			h.waiting.remove(a)
			a.stage, a.waits = queued, false
			return a, true
		}
	case queued:
		a.wish = wish
	case finishing:
	}
	return nil, true
}

// ofJob returns what is planned of a job and not yet due.
func (h *hands) ofJob(id string) (runs []job.Run) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.waiting.entries {
		if e.attempt.run.Job == id {
			runs = append(runs, *e.attempt.run)
		}
	}
	return runs
}

// revise gives a run that is not yet due new work for its executor.
func (h *hands) revise(id string, w job.Work) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if a := h.all[id]; a != nil && a.waits && a.run.Work.Executor == w.Executor {
		a.run.Work = w
	}
}

// claiming begins to note which runs leave, until the claim that is sent now was
// planned.
func (h *hands) claiming() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = map[string]bool{}
}

// claimed ends what claiming began.
func (h *hands) claimed() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = nil
}

// finishing reports whether one of the runs that a claim calls live is over, and
// only the store did not know.
func (h *hands) finishing(runs []job.Run) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range runs {
		a := h.all[runs[i].ID]
		if a != nil && a.stage == finishing || a == nil && h.ended[runs[i].ID] {
			return true
		}
	}
	return false
}

// ids is what is in hand now.
func (h *hands) ids() map[string]bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	ids := make(map[string]bool, len(h.all))
	for id := range h.all {
		ids[id] = true
	}
	return ids
}

// has reports whether a run is in hand.
func (h *hands) has(run string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, ok := h.all[run]
	return ok
}
