package memory

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Add implements job.Jobs.
func (s *Store) Add(ctx context.Context, jobs []job.Job) ([]error, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	sooner := false
	for i := range jobs {
		if s.jobs.get(jobs[i].ID) != nil {
			if errs == nil {
				errs = make([]error, len(jobs))
			}
			errs[i] = job.ErrExists
			continue
		}
		e := &entry{id: jobs[i].ID, at: -1}
		if len(s.pasts) > 0 {
			e.past = s.pasts[e.id]
		}
		s.put(e, &jobs[i])
		s.revise(e)
		s.jobs.put(e)
		if s.requeue(e) {
			sooner = true
		}
	}
	if sooner {
		s.notify()
	}
	return errs, nil
}

// Replace implements job.Jobs.
func (s *Store) Replace(ctx context.Context, j job.Job) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.current(j.ID, j.State.Rev)
	if err != nil {
		return 0, err
	}
	s.dequeue(e)
	s.put(e, &j)
	s.revise(e)
	if s.requeue(e) {
		s.notify()
	}
	return e.rev, nil
}

// current is the job with the revision.
func (s *Store) current(id string, rev int64) (*entry, error) {
	e := s.jobs.get(id)
	switch {
	case e == nil:
		return nil, job.ErrNotFound
	case rev != e.rev:
		return nil, job.ErrChanged
	}
	return e, nil
}

// Remove implements job.Jobs.
func (s *Store) Remove(ctx context.Context, id string, rev int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.jobs.get(id)
	switch {
	case e == nil:
		return job.ErrNotFound
	case rev != 0 && rev != e.rev:
		return job.ErrChanged
	}
	s.remove(e)
	if e.past == nil {
		return nil
	}
	for _, r := range slices.Clone(e.past.live) {
		if r.phase == job.Waiting {
			s.cancelWaiting(r)
		}
	}
	return nil
}

func (s *Store) remove(e *entry) {
	s.dequeue(e)
	s.jobs.remove(e.id)
	s.leave(e.class)
}

// List implements job.Jobs.
func (s *Store) List(ctx context.Context, f job.Filter) ([]job.Job, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*entry
	if f.IDs != nil {
		for _, id := range f.IDs {
			if e := s.jobs.get(id); e != nil && !slices.Contains(found, e) {
				found = append(found, e)
			}
		}
	} else {
		found = slices.Clone(s.jobs.items)
	}
	slices.SortFunc(found, byTime)
	if f.After != "" {
		at := slices.IndexFunc(found, func(e *entry) bool { return e.id == f.After })
		found = found[at+1:]
	}
	if f.Limit > 0 && len(found) > f.Limit {
		found = found[:f.Limit]
	}
	jobs := make([]job.Job, 0, len(found))
	for _, e := range found {
		jobs = append(jobs, e.job())
	}
	return jobs, nil
}

// byTime sorts by next time, then ID; never is the latest time.
func byTime(a, b *entry) int {
	return cmp.Or(cmp.Compare(a.next, b.next), strings.Compare(a.id, b.id))
}
