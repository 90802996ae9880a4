package schedule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// Conflict says what Add does when a job has the ID already.
type Conflict uint8

// The values of Conflict.
const (
	// Fail returns an error (job.ErrExists).
	Fail Conflict = iota
	// Keep leaves the job that is there as it is.
	Keep
	// Replace writes the new job over it, next time included. A pause ends.
	Replace
	// Declare is for programs that add their jobs at every start: it writes what
	// changed, but a job whose trigger is the same keeps its next time, and one
	// that is paused stays so.
	Declare
)

// Jobs are the jobs of one store of a Scheduler, or of all.
type Jobs struct {
	s     *Scheduler
	alias string // "": all
}

// In is the jobs of one store. That there is no such store is said by its
// methods (ErrUnknown).
func (s *Scheduler) In(alias string) Jobs { return Jobs{s, alias} }

// Add adds a job and returns it as it is kept. Without an ID it gets 32
// hexadecimal digits; without an Executor the one called "default"; with the
// zero Policy the scheduler's defaults; and its State says when it is due first,
// unless the caller has set State.Next (or State.Paused); the slot is then
// State.Slot, if that is set as well and earlier. An executor that is
// not known, and a trigger that has no next time, are errors (ErrUnknown,
// ErrEnded). on says what happens when the ID is taken: Fail, if nothing is said.
func (js Jobs) Add(ctx context.Context, j job.Job, on ...Conflict) (job.Job, error) {
	k, err := js.target()
	if err != nil {
		return job.Job{}, err
	}
	if err := js.s.prepare(&j, k.now()); err != nil {
		return job.Job{}, err
	}
	refused, err := k.addOne(ctx, &j)
	if err != nil {
		return job.Job{}, fmt.Errorf("add job %s: %w", j.ID, err)
	}
	if refused == nil {
		k.added(&j)
		return j, nil
	}
	if !errors.Is(refused, job.ErrExists) || len(on) == 0 || on[0] == Fail {
		return job.Job{}, told(j.ID, refused)
	}
	return k.settle(ctx, j, on[0])
}

// addOne hands one job to the store. The list that it wants is used again.
func (k *keeper) addOne(ctx context.Context, j *job.Job) (refused, err error) {
	list, _ := k.single.Get().(*[1]job.Job)
	if list == nil {
		list = new([1]job.Job)
	}
	list[0] = *j
	errs, err := k.store.Add(ctx, list[:])
	list[0] = job.Job{}
	k.single.Put(list)
	if err != nil || errs == nil {
		return nil, err
	}
	return errs[0], nil
}

// AddMany adds jobs in few calls of the store. The first error is that of the
// whole, if the store is in trouble; otherwise the errors stand at the places of
// their jobs, and are nil when there are none.
func (js Jobs) AddMany(ctx context.Context, jobs []job.Job, on ...Conflict) ([]error, error) {
	k, err := js.target()
	if err != nil {
		return nil, err
	}
	errs := make([]error, len(jobs))
	failed := false
	for from := 0; from < len(jobs); from += batch {
		to := min(from+batch, len(jobs))
		bad, err := k.addBatch(ctx, jobs[from:to], errs[from:to], on)
		if err != nil {
			return nil, err
		}
		failed = failed || bad
	}
	if !failed {
		return nil, nil
	}
	return errs, nil
}

// addBatch adds up to a batch and reports whether any failed.
func (k *keeper) addBatch(ctx context.Context, jobs []job.Job, errs []error, on []Conflict) (failed bool, err error) {
	ready := make([]job.Job, 0, len(jobs))
	places := make([]int, 0, len(jobs))
	now := k.now()
	for i, j := range jobs {
		if errs[i] = k.s.prepare(&j, now); errs[i] != nil {
			failed = true
			continue
		}
		ready, places = append(ready, j), append(places, i)
	}
	answers, err := k.store.Add(ctx, ready)
	if err != nil {
		return false, fmt.Errorf("add %d jobs: %w", len(ready), err)
	}
	for n := range ready {
		if answers == nil || answers[n] == nil {
			k.added(&ready[n])
			continue
		}
		err := told(ready[n].ID, answers[n])
		if errors.Is(err, job.ErrExists) && len(on) > 0 && on[0] != Fail {
			_, err = k.settle(ctx, ready[n], on[0])
		}
		errs[places[n]] = err
		failed = failed || err != nil
	}
	return failed, nil
}

// added tells that a job was added, and expects it.
func (k *keeper) added(j *job.Job) {
	if !j.State.Next.IsZero() {
		k.expect(j.State.Next)
	}
	if k.s.opts.Bus.Wanted(event.JobAdded) {
		k.s.opts.Bus.Publish(Added{Subject{k.alias, j.ID}})
	}
}

// settle does what on says about a job whose ID is taken.
func (k *keeper) settle(ctx context.Context, j job.Job, on Conflict) (job.Job, error) {
	for {
		old, err := k.get(ctx, j.ID)
		if errors.Is(err, job.ErrNotFound) {
			refused, err := k.addOne(ctx, &j) // it went away meanwhile
			if err != nil {
				return job.Job{}, fmt.Errorf("add job %s: %w", j.ID, err)
			}
			if refused == nil {
				k.added(&j)
				return j, nil
			}
			continue
		}
		if err != nil || on == Keep {
			return old, err
		}
		merged := j
		if on == Declare {
			if merged = declared(old, j); equal(old, merged) {
				return old, nil
			}
		}
		merged.State.Rev = old.State.Rev
		merged.State.Rev, err = k.store.Replace(ctx, merged)
		if errors.Is(err, job.ErrChanged) || errors.Is(err, job.ErrNotFound) {
			continue
		}
		if err != nil {
			return job.Job{}, told(j.ID, err)
		}
		k.changed(old, merged)
		k.added(&merged)
		return merged, nil
	}
}

// prepare fills in what the caller left out, and checks the rest.
func (s *Scheduler) prepare(j *job.Job, now time.Time) error {
	if j.ID == "" {
		j.ID = fmt.Sprintf("%016x%016x", s.opts.Random(), s.opts.Random())
	}
	if err := s.check(j); err != nil {
		return err
	}
	return s.schedule(j, now)
}

// check fills in executor and policy, and says what is wrong with the job.
func (s *Scheduler) check(j *job.Job) error {
	if j.Trigger == nil {
		return fmt.Errorf("job %s: it has no trigger", j.ID)
	}
	if j.Executor == "" {
		j.Executor = Default
	}
	if j.Policy == (job.Policy{}) {
		j.Policy = s.opts.Defaults
	}
	p := s.poolOf(j.Executor)
	if p == nil {
		return fmt.Errorf("job %s: %w", j.ID, unknown("executor", j.Executor, *s.pools.Load()))
	}
	_, j.Policy.Named = p.executor.(job.Namer)
	if err := checkPolicy(j); err != nil {
		return err
	}
	if c, ok := p.executor.(job.Checker); ok {
		if err := c.Check(*j); err != nil {
			return fmt.Errorf("job %s: %w", j.ID, &refusal{err})
		}
	}
	return nil
}

func checkPolicy(j *job.Job) error {
	p := &j.Policy
	switch {
	case p.MaxInstances < 0, p.Grace < 0, p.Timeout < 0, p.Retry.Max < 0, p.Retry.Delay < 0, p.KeepResult < 0:
		return fmt.Errorf("job %s: a number of its policy is negative", j.ID)
	case !(p.Retry.Factor >= 0), p.Retry.Limit < 0: // NaN is not, either
		return fmt.Errorf("job %s: factor and limit of its retries are numbers from 0 on", j.ID)
	case p.Group != "" && p.GroupLimit < 1:
		return fmt.Errorf("job %s: the limit of its group %q is below 1", j.ID, p.Group)
	}
	return nil
}

// schedule finds out when the job is due first.
func (s *Scheduler) schedule(j *job.Job, now time.Time) error {
	state := job.State{Paused: j.State.Paused, Last: j.State.Last}
	if next := j.State.Next; !next.IsZero() && !state.Paused {
		state.Next, state.Slot = job.Micro(next), job.Micro(next)
		if slot := j.State.Slot; !slot.IsZero() && slot.Before(next) {
			state.Slot = job.Micro(slot)
		}
		j.State = state
		return nil
	}
	slot := j.Trigger.Next(time.Time{}, now)
	if slot.IsZero() {
		return fmt.Errorf("job %s: %w: %v", j.ID, ErrEnded, j.Trigger)
	}
	if !state.Paused {
		state.Slot, state.Next = slot, dueOf(j.Trigger, slot, j.ID)
	}
	j.State = state
	return nil
}

// target is the one store that something is added to.
func (js Jobs) target() (*keeper, error) {
	stores := *js.s.stores.Load()
	alias := js.alias
	if alias == "" {
		alias = Default
	}
	if k, ok := stores[alias]; ok {
		return k, nil
	}
	if js.alias == "" && len(stores) == 1 {
		return js.s.keepers()[0], nil
	}
	return nil, unknown("store", alias, stores)
}

// where are the stores to look through.
func (js Jobs) where() ([]*keeper, error) {
	if js.alias == "" {
		return js.s.keepers(), nil
	}
	k, err := js.target()
	return []*keeper{k}, err
}
