package redis

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Add implements job.Jobs. Ten thousand jobs are one round trip.
func (s *Store) Add(ctx context.Context, jobs []job.Job) ([]error, error) {
	if len(jobs) == 1 {
		refused, err := s.addOne(ctx, &jobs[0])
		if refused == nil {
			return nil, err
		}
		return []error{refused}, err
	}
	errs := make([]error, len(jobs))
	refused := false
	var sent []int // those that can be encoded
	specs := make([][]byte, len(jobs))
	for i := range jobs {
		if specs[i], errs[i] = job.EncodeJob(jobs[i]); errs[i] != nil {
			refused = true
			continue
		}
		sent = append(sent, i)
	}
	args, _ := chunks(len(sent), func(e *encoder, from, to int) error {
		e.list(2)
		e.list(to - from)
		for _, i := range sent[from:to] {
			e.str(jobs[i].ID)
		}
		e.list(addedSize * (to - from))
		for _, i := range sent[from:to] {
			e.bytes(specs[i])
			e.kind(jobs[i].Work())
			e.due(jobs[i].State)
			e.body(jobs[i].State)
			e.seconds(jobs[i].State.Next)
		}
		return nil
	})
	answers, err := s.runAll(ctx, s.sc.add, args)
	if err != nil {
		return nil, wrap("add jobs", err)
	}
	at := 0
	for _, d := range answers {
		for range d.list() {
			if !d.bool() && d.fail == nil {
				errs[sent[at]] = fmt.Errorf("job %q %w", jobs[sent[at]].ID, job.ErrExists)
				refused = true
			}
			at++
		}
		if d.fail != nil {
			return nil, wrap("add jobs", d.fail)
		}
	}
	if !refused {
		return nil, nil
	}
	return errs, nil
}

// addOne is Add of one job. refused says why it was not added.
func (s *Store) addOne(ctx context.Context, j *job.Job) (refused, err error) {
	spec, refused := job.EncodeJob(*j)
	if refused != nil {
		return refused, nil
	}
	d, err := s.run(ctx, s.sc.addOne, encodeOne(j, spec))
	if err != nil {
		return nil, wrap("add a job", err)
	}
	d.list()
	if added := d.bool(); !added && d.fail == nil {
		return fmt.Errorf("job %q %w", j.ID, job.ErrExists), nil
	}
	return nil, wrap("add a job", d.fail)
}

// encodeOne encodes a job for lua/addone.lua.
func encodeOne(j *job.Job, spec []byte) []byte {
	e := encoder{make([]byte, 0, len(spec)+300)}
	e.str(j.ID)
	e.bytes(spec)
	w := j.Work()
	e.str(w.Needs())
	e.packed(func(e *encoder) {
		e.kind(w)
		e.due(j.State)
		e.body(j.State)
	})
	e.due(j.State)
	e.seconds(j.State.Next)
	return e.buf
}

// addedSize is how many values lua/add.lua gets of a job beside its ID.
const addedSize = 5

// Replace implements job.Jobs. What this release cannot decode it does not write
// over: such a job can be removed.
func (s *Store) Replace(ctx context.Context, j job.Job) (int64, error) {
	spec, err := job.EncodeJob(j)
	if err != nil {
		return 0, wrap("replace a job", err)
	}
	old, err := s.client.HGet(ctx, s.keys[0], j.ID).Result()
	if errors.Is(err, redis.Nil) {
		return 0, fmt.Errorf("job %q %w", j.ID, job.ErrNotFound)
	}
	if err != nil {
		return 0, wrap("replace a job", err)
	}
	if _, err := s.decodeJob(j.ID, old); err != nil {
		return 0, fmt.Errorf("replace job %q: what is stored cannot be read, and is kept until it is removed: %w", j.ID, err)
	}
	var e encoder
	e.list(6)
	e.str(j.ID)
	e.bytes(spec)
	e.int(j.State.Rev)
	e.kind(j.Work())
	e.due(j.State)
	e.body(j.State)
	d, err := s.run(ctx, s.sc.replace, e.buf)
	if err != nil {
		return 0, wrap("replace a job", err)
	}
	d.list()
	rev := d.int()
	switch {
	case d.fail != nil:
		return 0, wrap("replace a job", d.fail)
	case rev == 0:
		return 0, fmt.Errorf("job %q %w", j.ID, job.ErrNotFound)
	case rev < 0:
		return 0, fmt.Errorf("job %q %w", j.ID, job.ErrChanged)
	}
	return rev, nil
}

// Remove implements job.Jobs. Of very many runs that wait, some are cancelled
// after the job is gone.
func (s *Store) Remove(ctx context.Context, id string, rev int64) error {
	for first, more := true, true; more; first = false {
		var e encoder
		e.list(3)
		e.str(id)
		e.int(rev)
		e.bool(first)
		d, err := s.run(ctx, s.sc.remove, e.buf)
		if err != nil {
			return wrap("remove a job", err)
		}
		d.list()
		code := d.int()
		switch {
		case d.fail != nil:
			return wrap("remove a job", d.fail)
		case code == -1:
			return fmt.Errorf("job %q %w", id, job.ErrChanged)
		case code == -2:
			return fmt.Errorf("job %q %w", id, job.ErrNotFound)
		}
		more = code == 1
	}
	return nil
}

// page is how many jobs, or runs, are read at a time.
const page = 500

// List implements job.Jobs. A page after one whose last job has gone meanwhile
// is the first one again.
func (s *Store) List(ctx context.Context, f job.Filter) ([]job.Job, error) {
	var all []job.Job
	if f.IDs != nil {
		seen := map[string]bool{}
		for from := 0; from < len(f.IDs); from += page {
			if _, _, err := s.listPage(ctx, listing{ids: f.IDs[from:min(len(f.IDs), from+page)]}, func(j job.Job) {
				if !seen[j.ID] {
					seen[j.ID] = true
					all = append(all, j)
				}
			}); err != nil {
				return nil, err
			}
		}
		return pageOf(all, f), nil
	}
	// A job may move to a later page between two pages, so one may come twice.
	at := map[string]int{}
	next := listing{after: f.After}
	for f.Limit == 0 || len(all) < f.Limit {
		next.count = page
		if f.Limit > 0 {
			next.count = min(page, f.Limit-len(all))
		}
		start, n, err := s.listPage(ctx, next, func(j job.Job) {
			if i, twice := at[j.ID]; twice {
				all[i] = j
				return
			}
			at[j.ID] = len(all)
			all = append(all, j)
		})
		if err != nil {
			return nil, err
		}
		if n < next.count {
			break
		}
		next = listing{start: start}
	}
	return pageOf(all, job.Filter{Limit: f.Limit}), nil
}

// listing is what one page of a list is to have.
type listing struct {
	ids   []string
	after string
	start int
	count int
}

// listPage hands jobs to take, and returns where the next page starts and how
// many places this one went through.
func (s *Store) listPage(ctx context.Context, l listing, take func(job.Job)) (start, n int, err error) {
	var e encoder
	e.list(4)
	if l.ids == nil {
		e.null()
	} else {
		e.list(len(l.ids))
		for _, id := range l.ids {
			e.str(id)
		}
	}
	e.str(l.after)
	e.int(int64(l.start))
	e.int(int64(l.count))
	d, err := s.run(ctx, s.sc.list, e.buf)
	if err != nil {
		return 0, 0, wrap("list jobs", err)
	}
	d.list()
	start, n = int(d.int()), int(d.int())
	for range d.list() {
		d.list()
		id, spec, state := d.str(), d.str(), d.str()
		if d.fail == nil {
			take(s.jobOf(id, spec, state))
		}
	}
	return start, n, wrap("list jobs", d.fail)
}

// jobOf is a job as people see it: one that cannot be decoded is parked.
func (s *Store) jobOf(id, spec, state string) job.Job {
	j, err := s.decodeJob(id, spec)
	st, stateErr := decodeState(state)
	j.State = st
	if err != nil {
		s.bad.set(id, st.Rev)
	}
	if err = errors.Join(err, stateErr); err != nil && j.State.Parked == "" {
		j.State.Parked = err.Error()
		if isPickle(spec) {
			j.State.Parked = "it is a job of APScheduler's, written into this store"
		}
	}
	return j
}
