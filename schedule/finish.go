package schedule

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/job"
)

const (
	// linger is how long a finisher waits for company before it writes; while
	// runs that are due have not begun they go first, up to lingerMost.
	linger     = 2 * time.Millisecond
	lingerMost = 100 * time.Millisecond
	// batch is how many runs, or jobs, go into one call of a store.
	batch = 1000
)

// finisher writes what became of runs, many at a time, until the store has it.
type finisher struct {
	wake chan struct{}

	mu      sync.Mutex
	pending []*attempt

	batch []job.Finished // what is being written; finishLoop's
}

// finish hands over what became of an attempt; it stays in hand until the store
// knows.
func (k *keeper) finish(a *attempt, f job.Finished) {
	f.ID = a.run.ID
	k.hands.mu.Lock()
	a.stage, a.over = finishing, f
	k.hands.mu.Unlock()
	k.finisher.mu.Lock()
	k.finisher.pending = append(k.finisher.pending, a)
	k.finisher.mu.Unlock()
	signal(k.finisher.wake)
}

// take returns up to a batch of what is pending, sorted by ID, so that writers
// of several schedulers meet rows in one order.
func (f *finisher) take() []*attempt {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := min(len(f.pending), batch)
	taken := slices.Clone(f.pending[:n])
	rest := copy(f.pending, f.pending[n:])
	clear(f.pending[rest:])
	f.pending = f.pending[:rest]
	slices.SortFunc(taken, func(a, b *attempt) int { return cmp.Compare(a.over.ID, b.over.ID) })
	return taken
}

// finishLoop writes until ctx is over.
func (k *keeper) finishLoop(ctx context.Context) {
	timer := newTimer()
	defer timer.Stop()
	for {
		select {
		case <-k.finisher.wake:
		case <-ctx.Done():
			return
		}
		for waited := time.Duration(0); waited == 0 || waited < lingerMost && k.s.behind(); waited += linger {
			timer.Reset(linger)
			select {
			case <-timer.C:
			case <-ctx.Done():
				return
			}
			k.woke("finish")
		}
		for full := true; full; {
			taken := k.finisher.take()
			full = len(taken) == batch
			if len(taken) > 0 && !k.write(ctx, taken) {
				return
			}
		}
	}
}

// write gets one batch into the store, however long that takes; false when ctx
// is over first.
func (k *keeper) write(ctx context.Context, taken []*attempt) bool {
	timer := newTimer()
	defer timer.Stop()
	for {
		k.gather(taken)
		var errs []error
		err := k.call(ctx, func(ctx context.Context) (err error) {
			errs, err = k.store.Finish(ctx, k.finisher.batch)
			return err
		})
		if err == nil {
			k.recovered(recording)
			k.written(taken, errs)
			clear(k.finisher.batch)
			return true
		}
		timer.Reset(k.troubled(recording, err))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return false
		}
	}
}

// gather makes a batch of attempts, with the tokens that they have now.
func (k *keeper) gather(taken []*attempt) {
	batch := k.finisher.batch[:0]
	k.hands.mu.Lock()
	defer k.hands.mu.Unlock()
	for _, a := range taken {
		a.over.Token = a.run.Owner.Token
		batch = append(batch, a.over)
	}
	k.finisher.batch = batch
}

// written lets go of the runs of a batch, tells what became of them, and sees to
// it that what they kept waiting is looked at.
func (k *keeper) written(taken []*attempt, errs []error) {
	again := 10 * rest // a run that was asked for may have waited for one of these
	if k.postponed.Swap(false) {
		again = rest
	}
	now := k.now()
	for i, a := range taken {
		var err error
		if errs != nil {
			err = errs[i]
		}
		if errors.Is(err, job.ErrFenced) && k.hands.mayBeOurs(a, a.over.Token) {
			k.finish(a, a.over)
			continue
		}
		k.hands.drop(a)
		if err != nil {
			k.s.opts.Log.Warn("run belongs to another scheduler", "store", k.alias, "run", a.over.ID, "err", err)
			k.s.opts.Bus.Publish(Lost{RunEvent: a.event()})
			continue
		}
		k.told(a)
		if !a.over.Retry.IsZero() {
			k.dueAt(a.over.Retry)
		}
		if k.keptWaiting(a, now) {
			again = rest
		}
	}
	k.finishedRuns.Add(int64(len(taken)))
	k.dueAt(now.Add(again))
}

// keptWaiting reports whether the end of a run is likely to let another begin.
func (k *keeper) keptWaiting(a *attempt, now time.Time) bool {
	policy := a.run.Work.Policy
	if policy.Group != "" || policy.Overlap != job.Skip && policy.Overlap != job.AllowOverlap {
		return true
	}
	return !a.next.IsZero() && !a.next.After(now.Add(k.s.opts.Timing.lead()))
}

// told publishes what became of a run.
func (k *keeper) told(a *attempt) {
	bus, o := k.s.opts.Bus, &a.over
	of := eventOf(o)
	if !bus.Wanted(of) {
		return
	}
	switch of {
	case event.JobExecuted:
		bus.Publish(Executed{a.event(), o.Outcome})
	case event.JobError:
		bus.Publish(Errored{a.event(), o.Outcome, a.err})
	case event.JobCancelled:
		bus.Publish(Cancelled{a.event(), o.Outcome})
	case event.JobMissed:
		bus.Publish(Missed{a.event(), job.Skipped{First: a.run.Slot, Last: a.run.Slot, Count: 1, Reason: job.TooLate}})
	case event.JobLost:
		bus.Publish(Lost{a.event(), o.Retry})
	case event.JobRetried:
		bus.Publish(Retried{a.event(), o.Attempt, a.err, o.Retry})
	}
}

// eventOf is the type of the event for f; event.JobRun when there is none (a
// run that was given back).
func eventOf(f *job.Finished) event.Type {
	switch f.Outcome.Kind {
	case job.Succeeded:
		return event.JobExecuted
	case job.Failed:
		if !f.Retry.IsZero() {
			return event.JobRetried
		}
		return event.JobError
	case job.Cancelled:
		return event.JobCancelled
	case job.Missed:
		return event.JobMissed
	case job.Lost:
		return event.JobLost
	case job.None:
	}
	return event.JobRun
}
