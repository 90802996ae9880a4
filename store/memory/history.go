package memory

import (
	"context"
	"slices"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Runs implements job.History.
func (s *Store) Runs(ctx context.Context, f job.RunFilter) ([]job.Run, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*row
	take := func(r *row) {
		if selects(&f, r) {
			found = append(found, r)
		}
	}
	jobs := f.OfJobs()
	switch {
	case f.IDs != nil:
		for _, id := range f.IDs {
			if r := s.runs.get(id); r != nil && (jobs == nil || slices.Contains(jobs, r.past.job)) {
				take(r)
			}
		}
	case jobs != nil:
		for _, id := range jobs {
			if p := s.pasts[id]; p != nil {
				p.each(f.Phases, take)
			}
		}
	default:
		for _, p := range s.pasts {
			p.each(f.Phases, take)
		}
	}
	slices.SortFunc(found, latestFirst)
	if f.Limit > 0 && len(found) > f.Limit {
		found = found[:f.Limit]
	}
	runs := make([]job.Run, len(found))
	for i, r := range found {
		runs[i] = r.run()
	}
	return runs, nil
}

// each hands over the runs of p that may be in one of these phases (nil: any).
func (p *past) each(phases []job.Phase, take func(*row)) {
	for _, r := range p.live {
		take(r)
	}
	if phases != nil && !slices.Contains(phases, job.Done) {
		return
	}
	for _, r := range p.done {
		take(r)
	}
}

// selects says whether f, without IDs and jobs, selects r.
func selects(f *job.RunFilter, r *row) bool {
	return (f.Phases == nil || slices.Contains(f.Phases, r.phase)) &&
		(f.Kinds == nil || slices.Contains(f.Kinds, r.kind)) &&
		(f.Since.IsZero() || r.slot != never && r.slot >= microsOf(f.Since)) &&
		(f.Before.IsZero() || r.slot == never || r.slot < microsOf(f.Before))
}

// Enqueue implements job.History.
func (s *Store) Enqueue(ctx context.Context, r job.Run) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs.get(r.ID) != nil {
		return job.ErrExists
	}
	r.Phase = job.Waiting
	s.insert(&r)
	s.notify()
	return nil
}

// CancelRun implements job.History.
func (s *Store) CancelRun(ctx context.Context, id string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs.get(id)
	switch {
	case r == nil:
		return job.ErrNotFound
	case r.phase == job.Done:
		return job.ErrFenced
	}
	s.cancel(r)
	s.notify()
	return nil
}

// pruneLimit is how many runs one Prune removes at most.
const pruneLimit = 10_000

// Prune implements job.History.
func (s *Store) Prune(ctx context.Context, k job.Keep) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k.Now = s.clock().time()
	removed := 0
	for id, p := range s.pasts {
		removed += s.prune(p, k, pruneLimit-removed)
		if len(p.live) == 0 && len(p.done) == 0 {
			delete(s.pasts, id)
			if e := s.jobs.get(id); e != nil {
				e.past = nil
			}
		}
		if removed == pruneLimit {
			break
		}
	}
	return removed, nil
}

// prune removes up to limit runs of one job.
func (s *Store) prune(p *past, k job.Keep, limit int) int {
	excess := 0
	if k.PerJob > 0 {
		excess = max(0, len(p.done)-k.PerJob)
	}
	if excess == 0 && k.Age == 0 {
		return 0
	}
	oldestFirst := func(a, b *row) int { return latestFirst(b, a) }
	if !slices.IsSortedFunc(p.done, oldestFirst) {
		slices.SortFunc(p.done, oldestFirst)
	}
	kept, removed := p.done[:0], 0
	for i, r := range p.done {
		aged := k.Age > 0 && r.ended() < microsOf(k.Now.Add(-k.Age))
		if removed < limit && (i < excess || aged) {
			s.drop(r)
			removed++
			continue
		}
		kept = append(kept, r)
	}
	clear(p.done[len(kept):])
	p.done = kept
	return removed
}
