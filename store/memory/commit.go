package memory

import (
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
	n, err := s.living(name, s.clock())
	if err != nil {
		return nil, err
	}
	answers := make([]job.Committed, len(advances))
	sooner := false
	for i := range advances {
		a := &advances[i]
		if answers[i].Err = s.refuses(a); answers[i].Err == nil {
			sooner = s.advance(name, n, a, &answers[i]) || sooner
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
		if s.runs[r.ID] != nil || slices.ContainsFunc(a.Runs[:i], func(o job.Run) bool { return o.ID == r.ID }) {
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
func (s *Store) advance(name string, n *node, a *job.Advance, answer *job.Committed) (sooner bool) {
	e := s.jobs[a.ID]
	before := e.next
	if len(a.Runs) > 0 {
		answer.Tokens = make([]int64, len(a.Runs))
	}
	for i := range a.Runs {
		r := s.insert(a.Runs[i])
		switch r.run.Phase {
		case job.Running:
			s.give(r, name, n)
			s.hold(r)
			answer.Tokens[i] = r.run.Owner.Token
		case job.Waiting:
			sooner = true
		case job.Done:
		}
	}
	for _, id := range a.Cancel {
		if r := s.runs[id]; r != nil && r.run.Job == a.ID {
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
	s.dequeue(e)
	e.setState(a.State)
	e.park(a.State.Parked)
	s.enqueue(e)
	return sooner || e.next < before
}

// cancel ends a run that waits and marks one that runs.
func (s *Store) cancel(r *row) {
	switch r.run.Phase {
	case job.Waiting:
		s.cancelWaiting(r)
	case job.Running:
		r.run.Cancel = true
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
	if len(s.waiting) > 0 { // what waits for a limit has its turn, perhaps with another node
		s.notify()
	}
	return errs, nil
}

func (s *Store) finish(f *job.Finished) error {
	r := s.runs[f.ID]
	switch {
	case r == nil:
		return job.ErrNotFound
	case r.run.Phase != job.Running || r.run.Owner.Token != f.Token:
		return job.ErrFenced
	}
	s.release(r)
	r.run.Attempt, r.run.Started, r.run.Outcome = f.Attempt, f.Started, f.Outcome
	if f.Retry.IsZero() || r.run.Cancel {
		if r.run.Outcome.Kind == job.None { // it was given back, and is not wanted any more
			r.run.Outcome = job.Outcome{Kind: job.Cancelled, Finished: s.clock().time()}
		}
		s.end(r)
		return nil
	}
	if f.Outcome.Kind != job.None {
		r.run.Attempts = append(r.run.Attempts, job.Attempt{
			Number: f.Attempt, Owner: r.run.Owner, Started: f.Started, Finished: f.Outcome.Finished,
			Kind: f.Outcome.Kind, Error: f.Outcome.Error,
		})
		r.run.Attempts = slices.Clone(r.run.Attempts[max(0, len(r.run.Attempts)-keptAttempts):])
	}
	r.run.Phase, r.run.Owner, r.run.Due = job.Waiting, job.Owner{}, job.Micro(f.Retry)
	s.wait(r)
	return nil
}

// keptAttempts is how many attempts before the latest a run keeps.
const keptAttempts = 10
