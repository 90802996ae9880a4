package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Commit implements job.Claims.
func (s *Store) Commit(ctx context.Context, name string, advances []job.Advance) ([]job.Committed, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	self, err := s.living(name, s.clock())
	if err != nil {
		return nil, err
	}
	answers := make([]job.Committed, len(advances))
	runs := 0
	for i := range advances {
		runs += len(advances[i].Runs)
	}
	tokens := make([]int64, runs)
	sooner := false
	for i := range advances {
		a := &advances[i]
		if answers[i].Err = s.refuses(a); answers[i].Err == nil {
			n := len(a.Runs)
			sooner = s.advance(self, a, tokens[:n:n], &answers[i]) || sooner
			tokens = tokens[n:]
		}
	}
	if sooner {
		s.notify()
	}
	return answers, nil
}

// refuses says why an Advance cannot be written.
func (s *Store) refuses(a *job.Advance) error {
	e, err := s.current(a.ID, a.Rev)
	if err != nil {
		return err
	}
	for i := range a.Runs {
		r := &a.Runs[i]
		if s.runs.get(r.ID) != nil || slices.ContainsFunc(a.Runs[:i], func(o job.Run) bool { return o.ID == r.ID }) {
			return job.ErrExists
		}
		if r.Phase != job.Running {
			continue
		}
		if r.Instance >= 0 && (e.past != nil && e.past.holds(r.Instance) ||
			slices.ContainsFunc(a.Runs[:i], func(o job.Run) bool { return o.Phase == job.Running && o.Instance == r.Instance })) {
			return job.ErrLimit
		}
		if r.Place >= 0 && (s.groups[r.Work.Policy.Group][r.Place] != nil ||
			slices.ContainsFunc(a.Runs[:i], func(o job.Run) bool { return o.Phase == job.Running && o.Place == r.Place })) {
			return job.ErrLimit
		}
	}
	return nil
}

// advance writes an Advance, and reports whether others have to look earlier
// than they thought.
func (s *Store) advance(n *node, a *job.Advance, tokens []int64, answer *job.Committed) (sooner bool) {
	e := s.jobs.get(a.ID)
	before := e.next
	answer.Tokens = tokens
	for i := range a.Runs {
		r := s.insert(&a.Runs[i])
		switch r.phase {
		case job.Running:
			s.give(r, n)
			s.hold(r)
			answer.Tokens[i] = r.owner.Token
		case job.Waiting:
			sooner = true
		case job.Done:
		}
	}
	for _, id := range a.Cancel {
		if r := s.runs.get(id); r != nil && r.past == e.past {
			s.cancel(r)
			sooner = true
		}
	}
	s.revise(e)
	answer.Rev = e.rev
	if a.Remove {
		s.remove(e)
		return sooner
	}
	e.setState(&a.State)
	e.park(a.State.Parked)
	s.requeue(e)
	return sooner || e.next < before
}

// cancel ends a run that waits and marks one that runs.
func (s *Store) cancel(r *row) {
	switch r.phase {
	case job.Waiting:
		s.cancelWaiting(r)
	case job.Running:
		r.cancel = true
	case job.Done:
	}
}

// Finish implements job.Claims.
func (s *Store) Finish(ctx context.Context, finished []job.Finished) ([]error, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for i := range finished {
		if err := s.finish(&finished[i]); err != nil {
			if errs == nil {
				errs = make([]error, len(finished))
			}
			errs[i] = err
		}
	}
	if s.somebodyWaits() { // what waits for a limit has its turn, perhaps with another node
		s.notify()
	}
	return errs, nil
}

func (s *Store) somebodyWaits() bool {
	for _, v := range s.services {
		if v.waiting.len() > 0 {
			return true
		}
	}
	return false
}

func (s *Store) finish(f *job.Finished) error {
	r := s.runs.get(f.ID)
	switch {
	case r == nil:
		return job.ErrNotFound
	case r.phase != job.Running || r.owner.Token != f.Token:
		return job.ErrFenced
	}
	s.release(r)
	r.owner = cmp.Or(f.Former, r.owner)
	r.attempt, r.started = int32(f.Attempt), microsOf(f.Started)
	r.setOutcome(&f.Outcome)
	if f.Retry.IsZero() || r.cancel {
		if r.kind == job.None { // it was given back, and is not wanted any more
			r.setOutcome(&job.Outcome{Kind: job.Cancelled, Finished: s.clock().time()})
		}
		s.end(r)
		return nil
	}
	if f.Outcome.Kind != job.None {
		r.remember(job.Attempt{
			Number: f.Attempt, Owner: r.owner, Started: f.Started, Finished: f.Outcome.Finished,
			Kind: f.Outcome.Kind, Error: f.Outcome.Error,
		})
	}
	r.due = microsOf(f.Retry)
	s.wait(r)
	return nil
}

// remember adds an attempt to those that r keeps. Others may hold the list as it
// was, so it is made anew.
func (r *row) remember(a job.Attempt) {
	var m more
	if r.more != nil {
		m = *r.more
	}
	m.attempts = append(slices.Clone(m.attempts[max(0, len(m.attempts)+1-keptAttempts):]), a)
	r.setMore(m)
}

// keptAttempts is how many attempts before the latest a run keeps.
const keptAttempts = 10
