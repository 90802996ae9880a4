package mongo

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// maxAttempts is how many attempts a run remembers (job.Run.Attempts).
const maxAttempts = 10

// Finish implements job.Store.
func (s *Store) Finish(ctx context.Context, finished []job.Finished) ([]error, error) {
	f := &finish{store: s, finished: finished, errs: make([]error, len(finished)), of: map[string][]int{}, groups: map[string]bool{}}
	now, err := f.locate(ctx)
	if err != nil {
		return nil, fmt.Errorf("finish: %w", err)
	}
	if err := s.updateFrom(ctx, now, f.plan); err != nil {
		return nil, fmt.Errorf("finish: %w", err)
	}
	if err := f.after(ctx); err != nil {
		return nil, fmt.Errorf("finish: %w", err)
	}
	if slices.ContainsFunc(f.errs, func(err error) bool { return err != nil }) {
		return f.errs, nil
	}
	return nil, nil
}

// finish is one call of Finish.
type finish struct {
	store    *Store
	finished []job.Finished
	errs     []error
	of       map[string][]int // indexes of the runs of a job
	groups   map[string]bool  // in which places became free
	signal   bool             // others should look
}

// locate reads the jobs of the runs. For those that do not live it finds out
// what became of them.
func (f *finish) locate(ctx context.Context) (map[string]*chain[jobValue], error) {
	ids := make([]string, len(f.finished))
	for i, fin := range f.finished {
		ids[i] = fin.ID
	}
	where, chains, err := f.store.jobsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	now := map[string]*chain[jobValue]{}
	for i, id := range ids {
		if key, ok := where[id]; ok {
			f.of[key] = append(f.of[key], i)
			now[key] = chains[key]
			continue
		}
		if f.errs[i], err = f.store.whyNotLive(ctx, id); err != nil {
			return nil, err
		}
	}
	return now, nil
}

// jobsOf says of which jobs runs are that live, and returns those jobs.
func (s *Store) jobsOf(ctx context.Context, ids []string) (where map[string]string, chains map[string]*chain[jobValue], err error) {
	var guesses []string
	for _, id := range ids {
		guesses = append(guesses, jobOf(id))
	}
	slices.Sort(guesses)
	where = map[string]string{}
	if chains, err = s.jobs.read(ctx, slices.Compact(guesses)); err != nil {
		return nil, nil, err
	}
	searchLive(chains, ids, where)
	if len(where) == len(ids) {
		return where, chains, nil
	}
	// IDs that do not tell, or runs that are over: look everywhere.
	keys, err := s.keysWhere(ctx, bson.D{{Key: "busy", Value: true}})
	if err != nil {
		return nil, nil, err
	}
	more, err := s.jobs.read(ctx, keys)
	if err != nil {
		return nil, nil, err
	}
	searchLive(more, ids, where)
	maps.Copy(chains, more)
	return where, chains, nil
}

func searchLive(chains map[string]*chain[jobValue], ids []string, where map[string]string) {
	wanted := map[string]bool{}
	for _, id := range ids {
		wanted[id] = true
	}
	for key, c := range chains {
		if c.head == nil {
			continue
		}
		for _, form := range c.head.Value.Live {
			if wanted[form.ID] {
				where[form.ID] = key
			}
		}
	}
}

// jobOf is the job in a run's ID: job@slot or job~ULID.
func jobOf(run string) string {
	if i := strings.LastIndexAny(run, "@~"); i >= 0 {
		return run[:i]
	}
	return run
}

// whyNotLive is job.ErrFenced for a run that is over, else job.ErrNotFound.
func (s *Store) whyNotLive(ctx context.Context, id string) (why, err error) {
	now, err := s.jobs.read(ctx, []string{jobOf(id)})
	if err != nil {
		return nil, err
	}
	if head := now[jobOf(id)].head; head != nil && head.Value.has(id) {
		return fmt.Errorf("run %q %w", id, job.ErrFenced), nil
	}
	known, err := existing(ctx, s.runs, []string{id})
	if err != nil {
		return nil, err
	}
	if len(known) == 0 {
		return fmt.Errorf("run %q %w", id, job.ErrNotFound), nil
	}
	return fmt.Errorf("run %q %w", id, job.ErrFenced), nil
}

func (f *finish) plan(_ context.Context, now map[string]*chain[jobValue]) (map[string]*jobValue, error) {
	want := map[string]*jobValue{}
	for key, c := range now {
		if c.head == nil {
			for _, i := range f.of[key] {
				f.errs[i] = fmt.Errorf("run %q %w", f.finished[i].ID, job.ErrFenced)
			}
			continue
		}
		next := c.head.Value.next()
		l := next.live()
		changed := false
		for _, i := range f.of[key] {
			f.errs[i] = f.apply(&l, f.finished[i])
			changed = changed || f.errs[i] == nil
		}
		if !changed {
			continue
		}
		if err := next.set(l); err != nil {
			return nil, err
		}
		f.signal = f.signal || len(next.Wait) > 0
		want[key] = next
	}
	return want, nil
}

// apply changes the run that fin is about.
func (f *finish) apply(l *lives, fin job.Finished) error {
	r := l.find(fin.ID)
	if r == nil || r.Phase != job.Running || r.Owner.Token != fin.Token {
		return fmt.Errorf("run %q %w", fin.ID, job.ErrFenced)
	}
	if r.Place >= 0 {
		f.groups[r.Work.Policy.Group] = true
		f.signal = true
	}
	r.Owner = cmp.Or(fin.Former, r.Owner)
	r.Started, r.Attempt, r.Outcome = fin.Started, fin.Attempt, fin.Outcome
	r.Instance, r.Place = -1, -1
	if fin.Retry.IsZero() || r.Cancel {
		r.Phase = job.Done
		if r.Outcome.Kind == job.None { // it was given back
			r.Outcome = job.Outcome{Kind: job.Cancelled, Finished: f.store.timeOf(time.Time{})}
		}
		return nil
	}
	if fin.Outcome.Kind != job.None {
		r.Attempts = append(slices.Clone(r.Attempts), job.Attempt{
			Number: fin.Attempt, Owner: r.Owner, Started: fin.Started,
			Finished: fin.Outcome.Finished, Kind: fin.Outcome.Kind, Error: fin.Outcome.Error,
		})
		r.Attempts = r.Attempts[max(0, len(r.Attempts)-maxAttempts):]
	}
	r.Phase, r.Due, r.Owner = job.Waiting, job.Micro(fin.Retry), job.Owner{}
	return nil
}

// after frees places and tells others.
func (f *finish) after(ctx context.Context) error {
	var names []string
	for name := range f.groups {
		names = append(names, name)
	}
	if _, err := f.store.heldPlaces(ctx, names); err != nil {
		return err
	}
	if !f.signal {
		return nil
	}
	return f.store.signal(ctx)
}
