package schedule

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// Get returns a job (job.ErrNotFound). With several stores, the first that has
// the ID.
func (js Jobs) Get(ctx context.Context, id string) (job.Job, error) {
	_, j, err := js.find(ctx, id)
	return j, err
}

// find looks for a job and says which store has it.
func (js Jobs) find(ctx context.Context, id string) (*keeper, job.Job, error) {
	keepers, err := js.where()
	if err != nil {
		return nil, job.Job{}, err
	}
	for _, k := range keepers {
		j, err := k.get(ctx, id)
		if !errors.Is(err, job.ErrNotFound) {
			return k, j, err
		}
	}
	return nil, job.Job{}, &lookupError{id}
}

func (k *keeper) get(ctx context.Context, id string) (job.Job, error) {
	jobs, err := k.store.List(ctx, job.Filter{IDs: []string{id}})
	if err != nil {
		return job.Job{}, fmt.Errorf("get job %s: %w", id, err)
	}
	if len(jobs) == 0 {
		return job.Job{}, &lookupError{id}
	}
	return jobs[0], nil
}

// List returns the jobs that f selects, store by store, each by next time; those
// that have none come last.
func (js Jobs) List(ctx context.Context, f job.Filter) ([]job.Job, error) {
	keepers, err := js.where()
	if err != nil {
		return nil, err
	}
	if keepers, err = from(ctx, keepers, f.After); err != nil {
		return nil, err
	}
	var all []job.Job
	for _, k := range keepers {
		jobs, err := k.store.List(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("list jobs of store %q: %w", k.alias, err)
		}
		all = append(all, jobs...)
		if f.After = ""; f.Limit > 0 {
			if f.Limit -= len(jobs); f.Limit == 0 {
				break
			}
		}
	}
	return all, nil
}

// from leaves out the stores before the one that has a job; none if no store has.
func from(ctx context.Context, keepers []*keeper, id string) ([]*keeper, error) {
	if id == "" || len(keepers) == 1 {
		return keepers, nil
	}
	for i, k := range keepers {
		_, err := k.get(ctx, id)
		if err == nil {
			return keepers[i:], nil
		}
		if !errors.Is(err, job.ErrNotFound) {
			return nil, err
		}
	}
	return keepers, nil
}

// Modify lets f change a job and writes it, all of it or, when f returns an
// error, nothing. The ID stays. A change of the trigger reckons the next time
// anew; otherwise the next time stays, unless f sets State.Next. f may be called
// again when somebody else was faster.
func (js Jobs) Modify(ctx context.Context, id string, f func(*job.Job) error) (job.Job, error) {
	return js.modify(ctx, id, f, js.s.rescheduled)
}

// modify is Modify; next gives the changed job its state, but for the revision.
func (js Jobs) modify(ctx context.Context, id string, f func(*job.Job) error,
	next func(j *job.Job, old job.Job, now time.Time) error) (job.Job, error) {
	k, old, err := js.find(ctx, id)
	for err == nil {
		j := old
		j.Metadata = maps.Clone(old.Metadata)
		if err := f(&j); err != nil {
			return job.Job{}, err
		}
		j.ID = old.ID
		if err := js.s.check(&j); err != nil {
			return job.Job{}, err
		}
		if err := next(&j, old, k.now()); err != nil {
			return job.Job{}, err
		}
		j.State.Parked, j.State.Rev = "", old.State.Rev
		j.State.Rev, err = k.store.Replace(ctx, j)
		if err == nil {
			k.changed(old, j)
			return j, nil
		}
		if !errors.Is(err, job.ErrChanged) {
			return job.Job{}, told(id, err)
		}
		old, err = k.get(ctx, id)
	}
	return job.Job{}, err
}

// rescheduled gives j, which was old, the next time that its changes ask for.
func (s *Scheduler) rescheduled(j *job.Job, old job.Job, now time.Time) error {
	asked := !j.State.Next.Equal(old.State.Next) && !j.State.Next.IsZero()
	resumed := old.State.Paused && !j.State.Paused
	switch {
	case j.State.Paused:
		j.State = job.State{Paused: true, Last: old.State.Last}
	case asked:
		if j.State.Slot.Equal(old.State.Slot) {
			j.State.Slot = time.Time{}
		}
		return s.schedule(j, now)
	case resumed, !sameTrigger(old.Trigger, j.Trigger), old.State.Parked != "", j.State.Next.IsZero():
		j.State.Next = time.Time{}
		return s.schedule(j, now)
	}
	return nil
}

// Replace writes j over the job that has its ID, next time included, as Add with
// the conflict policy Replace does; but there must be one (job.ErrNotFound).
func (js Jobs) Replace(ctx context.Context, j job.Job) (job.Job, error) {
	return js.modify(ctx, j.ID, func(old *job.Job) error {
		*old = j
		return nil
	}, func(j *job.Job, _ job.Job, now time.Time) error { return js.s.schedule(j, now) })
}

// Reschedule gives a job another trigger and reckons its next time anew.
func (js Jobs) Reschedule(ctx context.Context, id string, t trigger.Trigger) (job.Job, error) {
	return js.Modify(ctx, id, func(j *job.Job) error {
		j.Trigger = t
		if !j.State.Paused {
			j.State.Next = time.Time{}
		}
		return nil
	})
}

// PauseJob lets the times of a job go by until ResumeJob.
func (js Jobs) PauseJob(ctx context.Context, id string) (job.Job, error) {
	return js.Modify(ctx, id, func(j *job.Job) error {
		j.State.Paused = true
		return nil
	})
}

// ResumeJob ends a pause: the job is due at its next time from now on. One that
// has none any more stays paused (ErrEnded).
func (js Jobs) ResumeJob(ctx context.Context, id string) (job.Job, error) {
	return js.Modify(ctx, id, func(j *job.Job) error {
		j.State.Paused = false
		return nil
	})
}

// changed does on this node at once what a change of a job means for its runs
// that are planned and not yet due.
func (k *keeper) changed(old, j job.Job) {
	if !j.State.Next.IsZero() {
		k.expect(j.State.Next)
	}
	moved := !old.State.Next.Equal(j.State.Next)
	for _, r := range k.hands.ofJob(j.ID) {
		if moved && !r.Slot.Equal(j.State.Slot) {
			k.cancel(r.ID, errWithdrawn)
			continue
		}
		k.hands.revise(r.ID, j.Work())
	}
	if k.s.opts.Bus.Wanted(event.JobModified) {
		k.s.opts.Bus.Publish(Modified{Subject{k.alias, j.ID}})
	}
}

// withdraw cancels the runs of a job that are planned and not yet due, and
// reports whether there were any.
func (k *keeper) withdraw(id string) bool {
	runs := k.hands.ofJob(id)
	for _, r := range runs {
		k.cancel(r.ID, errWithdrawn)
	}
	return len(runs) > 0
}

// errWithdrawn is why a planned run did not begin.
var errWithdrawn = errors.New("its job was changed before it was due")

// Remove removes a job (job.ErrNotFound). Its runs stay in the history; what
// waits is cancelled, what runs goes on.
func (js Jobs) Remove(ctx context.Context, id string) error { return js.RemoveRevision(ctx, id, 0) }

// Take removes a job that has the revision still (job.ErrChanged) so that it can
// be added to another store with its State: unlike with Remove, a run that is
// planned already begins when it is due, since State.Next is a later time.
func (js Jobs) Take(ctx context.Context, id string, revision int64) error {
	k, j, err := js.find(ctx, id)
	if err != nil {
		return err
	}
	if j.State.Rev != revision {
		return told(id, job.ErrChanged)
	}
	if err := k.store.Remove(ctx, id, revision); err != nil {
		return told(id, err)
	}
	k.s.opts.Bus.Publish(Removed{Subject{k.alias, id}})
	return nil
}

// RemoveRevision is Remove for a job that has the revision still
// (job.ErrChanged); 0 is any.
func (js Jobs) RemoveRevision(ctx context.Context, id string, revision int64) error {
	keepers, err := js.where()
	if err != nil {
		return err
	}
	for _, k := range keepers {
		err := k.store.Remove(ctx, id, revision)
		if errors.Is(err, job.ErrChanged) {
			return told(id, err)
		}
		planned := k.withdraw(id)
		if planned && errors.Is(err, job.ErrNotFound) {
			err = nil // its last run was planned, and is no more
		}
		if errors.Is(err, job.ErrNotFound) {
			continue
		}
		if err == nil {
			k.s.opts.Bus.Publish(Removed{Subject{k.alias, id}})
		}
		return told(id, err)
	}
	return &lookupError{id}
}

// RemoveAll removes all jobs, each as Remove does.
func (js Jobs) RemoveAll(ctx context.Context) error {
	keepers, err := js.where()
	if err != nil {
		return err
	}
	for _, k := range keepers {
		if err := k.removeAll(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (k *keeper) removeAll(ctx context.Context) error {
	for {
		jobs, err := k.store.List(ctx, job.Filter{Limit: 20 * batch}) // some stores sort all for each page
		if err != nil {
			return fmt.Errorf("list jobs of store %q: %w", k.alias, err)
		}
		if len(jobs) == 0 {
			break
		}
		for _, j := range jobs {
			if err := k.store.Remove(ctx, j.ID, 0); err != nil && !errors.Is(err, job.ErrNotFound) {
				return told(j.ID, err)
			}
			k.withdraw(j.ID)
		}
	}
	k.s.opts.Bus.Publish(AllRemoved{k.alias})
	return nil
}

// declared is the job that a declaration makes of the one that is there.
func declared(old, j job.Job) job.Job {
	if old.State.Parked != "" {
		return j
	}
	if sameTrigger(old.Trigger, j.Trigger) || old.State.Paused {
		j.State = old.State
	}
	j.State.Last = old.State.Last
	return j
}

// equal reports whether two jobs differ in nothing that is kept.
func equal(a, b job.Job) bool {
	return a.State == b.State && a.Name == b.Name && sameTrigger(a.Trigger, b.Trigger) && a.Executor == b.Executor &&
		a.Func == b.Func && bytes.Equal(a.Args, b.Args) && a.Policy == b.Policy && maps.Equal(a.Metadata, b.Metadata)
}

// sameTrigger compares triggers by their text.
func sameTrigger(a, b trigger.Trigger) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.String() == b.String()
}
