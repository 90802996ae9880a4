package mongo

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// addChunk is how many jobs are added at a time.
const addChunk = 500

// Add implements job.Store.
func (s *Store) Add(ctx context.Context, jobs []job.Job) ([]error, error) {
	errs := make([]error, len(jobs))
	failed := false
	for from := 0; from < len(jobs); from += addChunk {
		to := min(from+addChunk, len(jobs))
		if err := s.add(ctx, jobs[from:to], errs[from:to]); err != nil {
			return nil, fmt.Errorf("add jobs: %w", err)
		}
		failed = failed || slices.ContainsFunc(errs[from:to], func(err error) bool { return err != nil })
	}
	if err := s.signal(ctx); err != nil {
		return nil, fmt.Errorf("add jobs: %w", err)
	}
	if !failed {
		return nil, nil
	}
	return errs, nil
}

func (s *Store) add(ctx context.Context, jobs []job.Job, errs []error) error {
	index := make(map[string]int, len(jobs))
	var keys []string
	for i, j := range jobs {
		if _, twice := index[j.ID]; twice {
			errs[i] = fmt.Errorf("job %q %w", j.ID, job.ErrExists)
			continue
		}
		index[j.ID] = i
		keys = append(keys, j.ID)
	}
	return s.update(ctx, keys, func(_ context.Context, now map[string]*chain[jobValue]) (map[string]*jobValue, error) {
		want := map[string]*jobValue{}
		for key, c := range now {
			i := index[key]
			// A revision of an earlier job of that name must not fit.
			next := &jobValue{Rev: s.clock().UnixMicro()}
			if c.head != nil {
				if !c.head.Value.Gone {
					errs[i] = fmt.Errorf("job %q %w", key, job.ErrExists)
					continue
				}
				next = c.head.Value.next()
				next.Rev = max(c.head.Value.Rev+1, s.clock().UnixMicro())
			}
			if errs[i] = next.setJob(jobs[i]); errs[i] == nil {
				want[key] = next
			}
		}
		return want, nil
	})
}

// Replace implements job.Store.
func (s *Store) Replace(ctx context.Context, j job.Job) (int64, error) {
	var rev int64
	err := s.setJob(ctx, j.ID, func(next *jobValue) error {
		if next.Rev != j.State.Rev {
			return job.ErrChanged
		}
		if _, err := next.decode(j.ID); err != nil {
			return fmt.Errorf("what is stored cannot be decoded, and is kept until it is removed: %w", err)
		}
		rev = next.Rev + 1
		next.Rev = rev
		return next.setJob(j)
	})
	if err != nil {
		return 0, fmt.Errorf("replace job %q: %w", j.ID, err)
	}
	return rev, nil
}

// Remove implements job.Store.
func (s *Store) Remove(ctx context.Context, id string, rev int64) error {
	err := s.setJob(ctx, id, func(next *jobValue) error {
		if rev != 0 && next.Rev != rev {
			return job.ErrChanged
		}
		next.Rev++
		return next.removeWith(s.timeOf(time.Time{}))
	})
	if err != nil {
		return fmt.Errorf("remove job %q: %w", id, err)
	}
	return nil
}

// removeWith removes the job and cancels the runs that wait.
func (v *jobValue) removeWith(now time.Time) error {
	v.remove()
	l := v.live()
	for i := range l.runs {
		if r := &l.runs[i]; r.Phase == job.Waiting {
			cancel(r, now)
		}
	}
	return v.set(l)
}

// cancel ends a run that waits, and flags one that runs.
func cancel(r *job.Run, now time.Time) {
	if r.Phase == job.Waiting {
		r.Phase = job.Done
		r.Outcome = job.Outcome{Kind: job.Cancelled, Finished: now}
		return
	}
	r.Cancel = true
}

// setJob changes a job, unless change refuses what is stored of it.
func (s *Store) setJob(ctx context.Context, id string, change func(*jobValue) error) error {
	err := s.update(ctx, []string{id}, func(_ context.Context, now map[string]*chain[jobValue]) (map[string]*jobValue, error) {
		head := now[id].head
		if head == nil || head.Value.Gone {
			return nil, job.ErrNotFound
		}
		next := head.Value.next()
		if err := change(next); err != nil {
			return nil, err
		}
		return map[string]*jobValue{id: next}, nil
	})
	if err != nil {
		return err
	}
	return s.signal(ctx)
}

// List implements job.Store. It reads all jobs, unless IDs names some.
func (s *Store) List(ctx context.Context, f job.Filter) ([]job.Job, error) {
	chains, err := s.chains(ctx, f.IDs)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	var jobs []job.Job
	for id, c := range chains {
		if c.head == nil || c.head.Value.Gone {
			continue
		}
		j, _ := c.head.Value.decode(id) // what is wrong with it is in State.Parked
		jobs = append(jobs, j)
	}
	slices.SortFunc(jobs, byNext)
	if f.After != "" {
		if i := slices.IndexFunc(jobs, func(j job.Job) bool { return j.ID == f.After }); i >= 0 {
			jobs = jobs[i+1:]
		}
	}
	if f.Limit > 0 && len(jobs) > f.Limit {
		jobs = jobs[:f.Limit]
	}
	return jobs, nil
}

// chains are the registers of jobs: those named, or all.
func (s *Store) chains(ctx context.Context, ids []string) (map[string]*chain[jobValue], error) {
	if ids == nil {
		return s.jobs.all(ctx)
	}
	return s.jobs.read(ctx, ids)
}

// byNext orders by next run time, those without one last, then by ID.
func byNext(a, b job.Job) int {
	if a, b := a.State.Next.IsZero(), b.State.Next.IsZero(); a != b {
		if a {
			return 1
		}
		return -1
	}
	return cmp.Or(a.State.Next.Compare(b.State.Next), cmp.Compare(a.ID, b.ID))
}

// keysWhere are the jobs with a link that filter selects: not always the
// newest.
func (s *Store) keysWhere(ctx context.Context, filter bson.D) ([]string, error) {
	found, err := find[keyOnly](ctx, s.jobs.coll, filter, options.Find().SetProjection(bson.D{{Key: "key", Value: 1}}))
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, f := range found {
		keys = append(keys, f.Key)
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}

type keyOnly struct {
	Key string `bson:"key"`
}
