package schedule

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// claim asks the store for work once, plans it and commits the plans.
func (k *keeper) claim(ctx context.Context) error {
	if !k.lease.alive() || k.lease.beatIn() == 0 {
		if err := k.renew(ctx); err != nil {
			return err
		}
		if !k.lease.alive() {
			return nil // it was broken, and the next turn begins anew
		}
	}
	k.claimAt.Store(never) // from here on, whatever comes due lowers it
	serves := k.s.serves()
	if len(serves) == 0 {
		return nil
	}
	sent := k.s.now()
	var b job.Batch
	k.hands.claiming()
	defer k.hands.claimed()
	err := k.call(ctx, func(ctx context.Context) (err error) {
		b, err = k.store.Claim(ctx, job.Claim{
			Node:    k.lease.name(),
			Serves:  serves,
			Limit:   batch,
			Horizon: k.s.opts.Timing.Horizon,
			Now:     job.Micro(sent),
		})
		return err
	})
	if k.leaseLost(err) {
		k.lapse()
		return nil
	}
	if err != nil {
		k.book.blurred = true
		k.doubt()
		return err
	}
	k.book.answered = true
	k.lease.saw(b.Now, sent, k.s.now())
	k.takeOver(b.Runs)
	k.book.claimAgain = time.Now()
	if b.NextDue.After(b.Now) || b.NextDue.IsZero() {
		k.book.claimAgain = k.book.claimAgain.Add(rest)
	}
	if !b.NextDue.IsZero() {
		k.dueAt(k.whenFor(b.NextDue, b.Now))
	}
	plans := k.plans(b)
	defer clear(plans)
	return k.commit(ctx, plans)
}

// whenFor says when to claim for what is due next: with Timing.lead to spare.
// What is due earlier than that and was not given now is at its limit, and
// claimed when due.
func (k *keeper) whenFor(next, now time.Time) time.Time {
	if early := next.Add(-k.s.opts.Timing.lead()); early.After(now) || !next.After(now) {
		return early
	}
	return next
}

// takeOver sees to runs that came from others, or waited.
func (k *keeper) takeOver(runs []job.Taken) {
	for _, t := range runs {
		switch pure, former := k.book.former[t.From.Node]; {
		case former && k.hands.adopt(t.Run): // an attempt that outlived our lease, and is ours again
		case t.From.Node == "", pure, !t.Began:
			k.take(t.Run)
		default:
			k.lost(t)
		}
	}
}

// take takes a run in hand that is ours and did not begin.
func (k *keeper) take(r job.Run) {
	a := &attempt{keeper: k, run: &r, pool: k.s.poolOf(r.Work.Executor)}
	k.hold(a, r.Cancel)
}

// hold takes an attempt in hand and hands it to its pool if it is due.
func (k *keeper) hold(a *attempt, cancelled bool) {
	if a.pool == nil { // the executor was removed meanwhile
		k.hands.hold(a)
		k.giveBack(a)
		return
	}
	if cancelled {
		a.wish = ErrCancelled
	}
	if k.put(a, k.now()) {
		k.submit([]*attempt{a})
		return
	}
	signal(k.kick)
}

// put takes a run in hand and reports whether it is due; in a shutdown it is
// given back.
func (k *keeper) put(a *attempt, now time.Time) (ready bool) {
	ready, closed := k.hands.put(a, now)
	if closed {
		k.giveBack(a)
	}
	return ready
}

// lost writes what becomes of a run whose scheduler died while it ran.
func (k *keeper) lost(t job.Taken) {
	a := &attempt{keeper: k, run: &t.Run}
	f := job.Finished{Started: t.Run.Started, Attempt: t.Run.Attempt + 1, Former: t.From}
	f.Outcome = job.Outcome{
		Kind:     job.Lost,
		Finished: job.Micro(k.now()),
		Error:    fmt.Sprintf("scheduler %s gave no sign of life any more", cmp.Or(t.From.Node, "that had it")),
	}
	switch {
	case t.Run.Cancel:
		f.Outcome.Kind = job.Cancelled
	case t.Run.Work.Policy.OnLost == job.RerunLost:
		f.Retry = f.Outcome.Finished
	}
	k.hands.hold(a)
	k.finish(a, f)
}

// giveBack writes a run that did not begin as waiting, for whoever serves it.
func (k *keeper) giveBack(a *attempt) {
	k.finish(a, job.Finished{Attempt: a.run.Attempt, Retry: a.run.Due})
}

// plans says what becomes of the jobs of a claim. A job at its limit whose run is
// over, though the store does not know yet, is left for the next claim.
func (k *keeper) plans(b job.Batch) []plan {
	places := map[string][]int{} // taken by earlier plans of this batch
	plans := k.book.plans[:0]
	a := ahead{now: b.Now, horizon: k.s.opts.Timing.Horizon}
	for _, d := range b.Jobs {
		group := d.Job.Policy.Group
		if group != "" {
			d.Places = append(slices.Clip(d.Places), places[group]...)
		}
		p, err := planJob(d, a)
		if err != nil {
			p = park(d.Job, err)
		}
		if p.limited && k.hands.finishing(d.Live) {
			k.postponed.Store(true)
			// The Finish makes us claim again; should it be over already, this does.
			k.dueAt(k.now().Add(10*rest + k.trouble.wait(recording)))
			continue
		}
		for i := range p.Runs {
			if place := p.Runs[i].Place; place >= 0 {
				places[group] = append(places[group], place)
			}
		}
		plans = append(plans, p)
	}
	k.book.plans = plans
	return plans
}

// park is the plan for a job that cannot be planned.
func park(j job.Job, err error) plan {
	line, _ := describe(err)
	return plan{Advance: job.Advance{ID: j.ID, Rev: j.State.Rev, State: job.State{Last: j.State.Last, Parked: line}}}
}

// commit writes plans and takes the runs that came of them in hand.
func (k *keeper) commit(ctx context.Context, plans []plan) error {
	if len(plans) == 0 {
		return nil
	}
	advances := k.book.advances[:0]
	for i := range plans {
		advances = append(advances, plans[i].Advance)
	}
	defer clear(advances)
	k.book.advances = advances
	var answers []job.Committed
	err := k.call(ctx, func(ctx context.Context) (err error) {
		answers, err = k.store.Commit(ctx, k.lease.name(), advances)
		return err
	})
	if k.leaseLost(err) {
		k.lapse()
		return nil
	}
	if err != nil {
		for _, p := range plans {
			for _, r := range p.Runs {
				k.book.planned[r.ID] = true
			}
		}
		k.doubt()
		return err
	}
	var ready []*attempt
	var again []plan
	for i, answer := range answers {
		switch p := &plans[i]; {
		case answer.Err == nil:
			ready = append(ready, k.committed(p, answer.Tokens)...)
		case errors.Is(answer.Err, job.ErrExists):
			again = append(again, *p)
		case errors.Is(answer.Err, job.ErrLimit):
			k.dueAt(k.now().Add(10 * rest)) // somebody took what the claim saw free
		default: // somebody else was faster, or changed the job
			k.dueAt(k.now().Add(rest))
		}
	}
	k.submit(ready)
	signal(k.kick)
	return k.commitRest(ctx, again)
}

// commitRest commits plans of which some runs are in the store already, as after a
// job was changed and came to the same slot again: without those runs.
func (k *keeper) commitRest(ctx context.Context, plans []plan) error {
	if len(plans) == 0 {
		return nil
	}
	var ids []string
	for _, p := range plans {
		for i := range p.Runs {
			ids = append(ids, p.Runs[i].ID)
		}
	}
	var rows []job.Run
	err := k.call(ctx, func(ctx context.Context) (err error) {
		rows, err = k.store.Runs(ctx, job.RunFilter{IDs: ids})
		return err
	})
	if err != nil {
		k.dueAt(k.now())
		return err
	}
	exists := map[string]bool{}
	for i := range rows {
		exists[rows[i].ID] = true
	}
	progress := plans[:0]
	for _, p := range plans {
		before := len(p.Runs)
		p.Runs = slices.DeleteFunc(p.Runs, func(r job.Run) bool {
			if exists[r.ID] && r.Phase == job.Running {
				p.series--
			}
			return exists[r.ID]
		})
		if len(p.Runs) < before {
			progress = append(progress, p)
			continue
		}
		k.dueAt(k.now().Add(time.Second)) // the row went away meanwhile, or cannot be read
	}
	return k.commit(ctx, progress)
}

// committed takes the runs of a plan in hand, returns those that are due, and
// tells what the plan did.
func (k *keeper) committed(p *plan, tokens []int64) (ready []*attempt) {
	now := k.now()
	var chain *attempt // the latest of a series
	left := p.series
	for i := range p.Runs {
		r := &p.Runs[i]
		if r.Phase == job.Waiting {
			k.dueAt(now.Add(rest)) // it may have waited for its turn only
		}
		if r.Phase == job.Done {
			k.skipped(r)
		}
		if r.Phase != job.Running {
			continue
		}
		r.Owner = job.Owner{Node: k.lease.name(), Token: tokens[i]}
		a := &attempt{keeper: k, run: r, next: p.State.Next, pool: k.s.poolOf(r.Work.Executor)}
		if left--; left >= 0 && chain != nil && a.pool != nil {
			k.hands.hold(a)
			chain.then, chain = a, a
			continue
		}
		chain = a
		switch {
		case a.pool == nil:
			k.hands.hold(a)
			k.giveBack(a)
		case k.put(a, now):
			ready = append(ready, a)
		}
	}
	for _, id := range p.Cancel {
		k.cancel(id, ErrCancelled)
	}
	if next := p.State.Next; !next.IsZero() && !p.Remove {
		k.dueAt(k.whenFor(next, now))
	}
	k.advanced(p)
	return ready
}

// advanced tells what became of the job.
func (k *keeper) advanced(p *plan) {
	bus := k.s.opts.Bus
	if p.Remove && bus.Wanted(event.JobRemoved) {
		bus.Publish(Removed{Subject{k.alias, p.ID}})
	}
	if p.State.Parked != "" {
		k.s.opts.Log.Error("job is parked", "store", k.alias, "job", p.ID, "reason", p.State.Parked)
		bus.Publish(Parked{Subject{k.alias, p.ID}, p.State.Parked})
	}
}

// skipped tells about a row of slots that were skipped.
func (k *keeper) skipped(r *job.Run) {
	bus := k.s.opts.Bus
	e := RunEvent{Subject{k.alias, r.Job}, r.ID, r.Slot}
	if r.Skipped.Reason == job.LimitFull {
		bus.Publish(LimitReached{e, r.Skipped})
		return
	}
	bus.Publish(Missed{e, r.Skipped})
}

// submitted tells that runs wait for a worker.
func (k *keeper) submitted(ready []*attempt) {
	bus := k.s.opts.Bus
	if !bus.Wanted(event.JobSubmitted) {
		return
	}
	for _, a := range ready {
		bus.Publish(Submitted{a.event()})
	}
}
