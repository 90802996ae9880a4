package schedule

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// carryOut makes one attempt of a run, from a worker. Whatever keeps it from
// beginning (it was cancelled, it is too late by now, the lease is over) is seen
// to as well. It reports whether the next one of a series may follow.
func (a *attempt) carryOut() (over bool) {
	task, begun, over := a.keeper.begin(a)
	if !begun {
		return over
	}
	defer a.ctx.end(nil)
	a.announce()
	result, err := json.RawMessage(nil), errGoexit
	defer func() {
		a.err = err
		a.keeper.finish(a, a.ended(result, err))
	}()
	result, err = a.execute(&a.ctx, task)
	return true
}

// errGoexit is what became of a run that left its worker for good.
var errGoexit = errors.New("it ended its goroutine (runtime.Goexit, as the FailNow of a test does)")

// begin moves an attempt to executing and says what is to be done. If it does not
// begin, over says whether it never will.
func (k *keeper) begin(a *attempt) (task job.Task, begun, over bool) {
	now := k.now()
	k.hands.mu.Lock()
	if k.hands.all[a.run.ID] != a || a.stage > queued {
		k.hands.mu.Unlock()
		return job.Task{}, false, true // it was given back, or taken away
	}
	if k.s.State() == Pausing {
		k.hands.waitLocked(a)
		k.hands.mu.Unlock()
		signal(k.kick) // Resume may have come between
		return job.Task{}, false, false
	}
	if !k.lease.mayBegin(a.run.Owner.Node, a.run.Due) {
		k.hands.waitLocked(a) // for a Beat, or until the keeper sees that the lease is over
		k.hands.mu.Unlock()
		k.wantBeat.Store(true)
		signal(k.wake)
		return job.Task{}, false, false
	}
	unwanted := a.unwanted(now)
	if unwanted.Kind != job.None {
		a.stage = finishing
		k.hands.mu.Unlock()
		k.finish(a, job.Finished{Attempt: a.run.Attempt, Outcome: unwanted})
		return job.Task{}, false, true
	}
	a.ctx.s, a.ctx.parent = k.s, k.s.runs()
	a.stage = executing
	a.run.Attempt++
	a.run.Started = job.Micro(now)
	task = job.Task{Run: *a.run, Token: a.run.Owner.Token, Store: a.keeper.alias}
	k.hands.mu.Unlock()
	return task, true, false
}

// unwanted is the outcome of an attempt that is not to begin; of kind None
// when it is.
func (a *attempt) unwanted(now time.Time) job.Outcome {
	if a.wish != nil {
		return job.Outcome{Kind: job.Cancelled, Finished: job.Micro(now), Error: a.wish.Error()}
	}
	grace := a.run.Work.Policy.Grace
	if grace <= 0 || a.run.Attempt > 0 || !isScheduled(a.run) || now.Sub(a.run.Due) <= grace {
		return job.Outcome{}
	}
	late := now.Sub(a.run.Due).Round(time.Millisecond)
	return job.Outcome{
		Kind:     job.Missed,
		Finished: job.Micro(now),
		Error:    fmt.Sprintf("%s (%v): no worker was free", reasonText(job.TooLate), late),
	}
}

// isScheduled reports whether a run is that of a slot, not one that was asked
// for.
func isScheduled(r *job.Run) bool {
	return len(r.ID) > len(r.Job) && r.ID[len(r.Job)] == '@'
}

// announce publishes that the attempt begins, and how late.
func (a *attempt) announce() {
	bus := a.keeper.s.opts.Bus
	if bus.Wanted(event.JobStarted) {
		bus.Publish(RunStarted{a.event(), a.run.Attempt})
	}
	if by := a.run.Started.Sub(a.run.Due); by > a.keeper.s.opts.Timing.Late && bus.Wanted(event.JobLate) {
		bus.Publish(Late{a.event(), by})
	}
}

// execute calls the executor. A panic is an error with its stack.
func (a *attempt) execute(ctx context.Context, task job.Task) (result json.RawMessage, err error) {
	defer func() {
		if x := recover(); x != nil {
			err = &panicError{x, string(debug.Stack())}
		}
	}()
	if limit := a.run.Work.Policy.Timeout; limit > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, limit, ErrTimeout)
		defer stop()
		result, err = a.pool.executor.Execute(ctx, task)
		if err != nil && context.Cause(ctx) == ErrTimeout {
			err = fmt.Errorf("%w after %v: %w", ErrTimeout, limit, err)
		}
		return result, err
	}
	return a.pool.executor.Execute(ctx, task)
}

// panicError is what a panic of an executor becomes.
type panicError struct {
	value any
	stack string
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// ended says what the end of an attempt means for the run: done, or to be tried
// again.
func (a *attempt) ended(result json.RawMessage, err error) job.Finished {
	now := a.keeper.now()
	f := job.Finished{Started: a.run.Started, Attempt: a.run.Attempt}
	f.Outcome.Finished = job.Micro(now)
	policy := &a.run.Work.Policy
	if err == nil {
		f.Outcome.Kind = job.Succeeded
		keepResult(&f.Outcome, result, policy.KeepResult)
		return f
	}
	f.Outcome.Kind = job.Failed
	f.Outcome.Error, f.Outcome.Detail = describe(err)
	keepResult(&f.Outcome, result, policy.KeepResult)
	switch cause := context.Cause(&a.ctx); {
	case cause == ErrCancelled:
		f.Outcome.Kind = job.Cancelled
	case cause == ErrLease, cause == ErrShutdown:
		f.Outcome.Kind = job.Lost
		if cause == ErrShutdown {
			f.Outcome.Kind = job.Cancelled
		}
		f.Outcome.Error = cause.Error() + ": " + f.Outcome.Error
		if policy.OnLost == job.RerunLost {
			f.Retry = job.Micro(now)
		}
	case errors.Is(err, job.ErrNotBegun):
		f.Outcome.Kind = job.Lost
		f.Retry = job.Micro(now)
	case errors.Is(err, job.ErrLost):
		f.Outcome.Kind = job.Lost
		if policy.OnLost == job.RerunLost {
			f.Retry = job.Micro(now)
		}
	case a.run.Attempt <= policy.Retry.Max:
		f.Retry = job.Micro(now.Add(max(backoff(policy.Retry, a.run.Attempt), asked(err))))
	}
	return f
}

// backoff is how long to wait after the attempt-th attempt, from 1.
func backoff(r job.Retry, attempt int) time.Duration {
	delay := float64(r.Delay)
	for range attempt - 1 {
		if r.Factor == 0 || delay > float64(365*24*time.Hour) {
			break
		}
		delay *= r.Factor
	}
	if r.Limit > 0 {
		delay = min(delay, float64(r.Limit))
	}
	const most = 100 * 365 * 24 * time.Hour // a Duration holds no more than 292 years
	return time.Duration(min(delay, float64(most)))
}

// asked is how long the error wants the next attempt to wait.
func asked(err error) time.Duration {
	var r job.RetryAfter
	if errors.As(err, &r) {
		return r.RetryAfter()
	}
	return 0
}

// describe gives the first line of an error, and the rest with a panic's stack.
func describe(err error) (line, detail string) {
	line, detail, _ = strings.Cut(fmt.Sprint(err), "\n") // fmt survives an Error that panics
	var p *panicError
	if errors.As(err, &p) {
		detail = strings.TrimPrefix(detail+"\n"+p.stack, "\n")
	}
	if line == "" {
		line = fmt.Sprintf("%T", err)
	}
	return line, detail
}

// keepResult puts a result into o if it is not longer than limit, and otherwise
// says so in its detail.
func keepResult(o *job.Outcome, result json.RawMessage, limit int) {
	if limit == 0 {
		limit = job.DefaultKeepResult
	}
	if len(result) > limit {
		left := fmt.Sprintf("the result is left out: it has %d bytes, and %d are kept", len(result), limit)
		o.Detail = strings.TrimPrefix(o.Detail+"\n"+left, "\n")
		return
	}
	o.Result = result
}

// event is what all events of the run have.
func (a *attempt) event() RunEvent {
	return RunEvent{Subject{a.keeper.alias, a.run.Job}, a.run.ID, a.run.Slot}
}
