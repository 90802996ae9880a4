package memory

import (
	"context"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Runs implements job.History.
func (s *Store) Runs(ctx context.Context, f job.RunFilter) ([]job.Run, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []job.Run
	take := func(r *row) {
		if selects(&f, &r.run) {
			found = append(found, r.run)
		}
	}
	switch {
	case f.IDs != nil:
		for _, id := range f.IDs {
			if r := s.runs[id]; r != nil {
				take(r)
			}
		}
	case f.Job != "":
		if p := s.pasts[f.Job]; p != nil {
			p.each(take)
		}
	default:
		for _, p := range s.pasts {
			p.each(take)
		}
	}
	slices.SortFunc(found, latestFirst)
	if f.Limit > 0 && len(found) > f.Limit {
		found = found[:f.Limit]
	}
	return found, nil
}

func (p *past) each(take func(*row)) {
	for _, r := range p.live {
		take(r)
	}
	for _, r := range p.done {
		take(r)
	}
}

func selects(f *job.RunFilter, r *job.Run) bool {
	return (f.Job == "" || r.Job == f.Job) &&
		(f.Phases == nil || slices.Contains(f.Phases, r.Phase)) &&
		(f.Kinds == nil || slices.Contains(f.Kinds, r.Outcome.Kind)) &&
		(f.Since.IsZero() || !r.Slot.Before(f.Since)) &&
		(f.Before.IsZero() || r.Slot.Before(f.Before))
}

func latestFirst(a, b job.Run) int {
	if c := b.Slot.Compare(a.Slot); c != 0 {
		return c
	}
	return strings.Compare(a.ID, b.ID)
}

// Enqueue implements job.History.
func (s *Store) Enqueue(ctx context.Context, r job.Run) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs[r.ID] != nil {
		return job.ErrExists
	}
	r.Phase, r.Owner, r.Instance, r.Place = job.Waiting, job.Owner{}, -1, -1
	s.insert(r)
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
	r := s.runs[id]
	switch {
	case r == nil:
		return job.ErrNotFound
	case r.run.Phase == job.Done:
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
	removed := 0
	for id, p := range s.pasts {
		removed += s.prune(p, k, pruneLimit-removed)
		if len(p.live) == 0 && len(p.done) == 0 {
			delete(s.pasts, id)
			if e := s.jobs[id]; e != nil {
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
	old := p.done
	if k.PerJob > 0 && len(old) > k.PerJob || k.Age > 0 {
		slices.SortFunc(old, func(a, b *row) int { return latestFirst(b.run, a.run) })
	}
	kept, removed := old[:0], 0
	for i, r := range old {
		many := k.PerJob > 0 && len(old)-i > k.PerJob
		aged := k.Age > 0 && r.run.Outcome.Finished.Before(k.Now.Add(-k.Age))
		if removed < limit && (many || aged) {
			delete(s.runs, r.run.ID)
			removed++
			continue
		}
		kept = append(kept, r)
	}
	clear(old[len(kept):])
	p.done = kept
	return removed
}
