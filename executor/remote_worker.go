package executor

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// RemoteJoin is what a worker tells of itself.
type RemoteJoin struct {
	Name      string // for people: "host:pid"; need not be unique
	Functions []string
}

// RemoteCall is a run that a worker is to carry out. The number of the call is
// used once only.
type RemoteCall struct {
	Call int64
	Task job.Task
}

// RemoteResult is what became of a call. Without an error the run succeeded.
type RemoteResult struct {
	Call   int64
	Result json.RawMessage // may be nil
	Error  string          // one line
	Detail string          // more of it, such as a traceback
	// Declined is a call that the worker has not begun and gives back: it is for others,
	// or waits for one.
	Declined bool
}

// RemoteError says why a run has failed in a worker.
type RemoteError struct {
	Worker string // its name
	Text   string // one line
	Detail string // may be empty
}

// Error implements error. The detail follows the first line.
func (e *RemoteError) Error() string {
	if e.Detail == "" {
		return e.Text
	}
	return e.Text + "\n" + e.Detail
}

// RemoteRequest is what a worker brings and asks for.
type RemoteRequest struct {
	Results []RemoteResult
	Free    int           // so many more runs it can begin with now
	Wait    time.Duration // for runs, if there are none
	// After is the Serial of the last answer that came with calls. A worker that
	// did not get that is sent its calls again.
	After int64
}

// RemoteAnswer is what a worker gets.
type RemoteAnswer struct {
	Serial int64 // grows with the answers that have Calls; to be sent as After
	Calls  []RemoteCall
	Cancel []int64 // calls that are to end
	// Unknown are calls of results that nobody wants any more: the run was lost or
	// given up, and may be under way elsewhere.
	Unknown []int64
}

// RemoteWorker is a worker as it stands.
type RemoteWorker struct {
	ID        string
	Name      string
	Functions []string // sorted
	Joined    time.Time
	Seen      time.Time // when it was last heard of; now, while it waits for runs
	Running   int       // runs that it has
}

// remoteWorker is a worker; Remote.mu guards it.
type remoteWorker struct {
	RemoteWorker

	functions map[string]bool
	lease     *time.Timer
	exchanges int           // under way
	asking    int           // those of them that wait for runs
	wake      chan struct{} // has one when there may be something for it

	running map[int64]*remoteCall // that were handed out to it
	handed  []*remoteCall         // by the answer serial, which it may not have got
	serial  int64
	cancel  []int64 // that it is to be told of
}

// wakeUp has the exchange that waits look again, or the next one.
func (w *remoteWorker) wakeUp() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Join makes a worker known. It is to Exchange or Leave within every lease.
func (r *Remote) Join(j RemoteJoin) (id string, lease time.Duration) {
	w := &remoteWorker{
		RemoteWorker: RemoteWorker{ID: strings.ToLower(rand.Text()), Name: j.Name, Joined: time.Now(), Seen: time.Now()},
		functions:    map[string]bool{}, wake: make(chan struct{}, 1), running: map[int64]*remoteCall{},
	}
	r.change(func() (other bool) {
		r.workers[w.ID] = w
		w.lease = time.AfterFunc(r.options.Lease, func() { r.lapse(w) })
		for _, name := range j.Functions {
			other = r.hold(w, name) || other
		}
		return other
	})
	return w.ID, r.options.Lease
}

// Register tells of functions that a worker has no more, and of further ones; one
// that is both it has (ErrRemoteWorker). A run of a function that is gone goes on.
func (r *Remote) Register(id string, functions, gone []string) (err error) {
	r.change(func() (other bool) {
		var w *remoteWorker
		if w, err = r.seen(id); err != nil {
			return false
		}
		for _, name := range gone {
			other = !slices.Contains(functions, name) && r.drop(w, name) || other
		}
		for _, name := range functions {
			other = r.hold(w, name) || other
		}
		w.wakeUp()
		return other
	})
	return err
}

// Leave takes leave of a worker. What it has under way is lost: one that means to
// end in peace says that its functions are gone, and leaves when it has brought all
// results.
func (r *Remote) Leave(id string) (err error) {
	r.change(func() bool {
		var w *remoteWorker
		if w, err = r.seen(id); err != nil {
			return false
		}
		return r.remove(w, "has left")
	})
	return err
}

// lapse ends a worker that was not heard of.
func (r *Remote) lapse(w *remoteWorker) {
	r.change(func() bool {
		switch {
		case r.workers[w.ID] != w:
		case w.exchanges > 0 || time.Since(w.Seen) < r.options.Lease: // it was heard of as the timer went off
			w.lease.Reset(r.options.Lease)
		default:
			return r.remove(w, fmt.Sprintf("was not heard of for %v", r.options.Lease))
		}
		return false
	})
}

// remove ends a worker and what it has under way, and reports whether other
// functions are there then.
func (r *Remote) remove(w *remoteWorker, why string) (other bool) {
	delete(r.workers, w.ID)
	w.lease.Stop()
	w.wakeUp()
	for _, c := range slices.Collect(maps.Values(w.running)) {
		c.finish(remoteEnd{err: fmt.Errorf("%w: worker %s, which had it, %s", job.ErrLost, w.Name, why)})
	}
	for _, name := range slices.Collect(maps.Keys(w.functions)) {
		other = r.drop(w, name) || other
	}
	return other
}

// seen is the worker, which was just heard of.
func (r *Remote) seen(id string) (*remoteWorker, error) {
	w := r.workers[id]
	if w == nil {
		return nil, fmt.Errorf("%w %q: it never joined, or was not heard of for %v", ErrRemoteWorker, id, r.options.Lease)
	}
	w.Seen = time.Now()
	w.lease.Reset(r.options.Lease)
	return w, nil
}

// Exchange takes what a worker brings and hands out what it can begin with. With
// nothing to hand out it waits until there is something, or ctx or the wait is
// over; the worker counts as alive while it does. A worker may have several
// exchanges at a time, to bring results while one waits for runs.
func (r *Remote) Exchange(ctx context.Context, id string, in RemoteRequest) (RemoteAnswer, error) {
	w, unknown, err := r.bring(id, in)
	if err != nil {
		return RemoteAnswer{}, err
	}
	asking := in.Free > 0 && in.Wait > 0
	r.enter(w, asking)
	wait := time.NewTimer(in.Wait)
	defer wait.Stop()
	defer r.leaveExchange(w, &asking)
	for {
		out, err := r.handOut(w, in, &asking)
		out.Unknown = unknown
		if err != nil || len(out.Calls)+len(out.Cancel)+len(unknown) > 0 || in.Wait <= 0 {
			return out, err
		}
		select {
		case <-w.wake:
		case <-wait.C:
			in.Wait = 0
		case <-ctx.Done():
			return RemoteAnswer{}, context.Cause(ctx)
		}
	}
}

// bring takes results, and says which of them nobody wants.
func (r *Remote) bring(id string, in RemoteRequest) (w *remoteWorker, unknown []int64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w, err = r.seen(id); err != nil {
		return nil, nil, err
	}
	for _, result := range in.Results {
		c := w.running[result.Call]
		if c == nil {
			unknown = append(unknown, result.Call)
			continue
		}
		end := remoteEnd{result: result.Result}
		switch {
		case result.Declined:
			end.err = fmt.Errorf("%w: worker %s gave it back", job.ErrNotBegun, w.Name)
		case result.Error != "":
			end.err = &RemoteError{Worker: w.Name, Text: result.Error, Detail: result.Detail}
		}
		c.finish(end)
	}
	return w, unknown, nil
}

// enter begins an exchange.
func (r *Remote) enter(w *remoteWorker, asking bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w.exchanges++
	if asking {
		w.asking++
	}
}

// leaveExchange ends an exchange, from which on the lease counts.
func (r *Remote) leaveExchange(w *remoteWorker, asking *bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w.satisfied(asking)
	w.exchanges--
	w.Seen = time.Now()
	if r.workers[w.ID] == w {
		w.lease.Reset(r.options.Lease)
	}
}

// satisfied notes that an exchange waits for runs no more.
func (w *remoteWorker) satisfied(asking *bool) {
	if *asking {
		*asking = false
		w.asking--
	}
}

// handOut gives a worker what it did not get, and what waits for it.
func (r *Remote) handOut(w *remoteWorker, in RemoteRequest, asking *bool) (out RemoteAnswer, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.workers[w.ID] != w {
		return out, fmt.Errorf("%w %q: it has left", ErrRemoteWorker, w.ID)
	}
	out.Cancel, w.cancel = w.cancel, nil
	if in.Free <= 0 {
		return out, nil
	}
	if in.After < w.serial {
		for _, c := range w.handed {
			if c.worker == w {
				out.Calls = append(out.Calls, c.RemoteCall)
			}
		}
	}
	if len(out.Calls) == 0 {
		w.handed = r.take(w, min(in.Free, handedMost))
		for _, c := range w.handed {
			out.Calls = append(out.Calls, c.RemoteCall)
		}
		if len(out.Calls) > 0 {
			w.serial++
		}
	}
	if out.Serial = w.serial; len(out.Calls) > 0 {
		w.satisfied(asking)
		r.passOn(w)
	}
	return out, nil
}

// passOn wakes others for what a worker has left in its queues.
func (r *Remote) passOn(w *remoteWorker) {
	for name := range w.functions {
		if len(r.queues[name]) > 0 {
			r.wakeOne(name)
		}
	}
}

// handedMost is how many runs one answer has at most, so that a worker leaves
// others some of a queue.
const handedMost = 100

// take hands up to n of the calls that wait to a worker, the oldest first.
func (r *Remote) take(w *remoteWorker, n int) []*remoteCall {
	var taken []*remoteCall
	for len(taken) < n {
		var first *remoteCall
		for name := range w.functions {
			if queue := r.queues[name]; len(queue) > 0 && (first == nil || queue[0].Call < first.Call) {
				first = queue[0]
			}
		}
		if first == nil {
			break
		}
		r.pop(first.Task.Run.Work.Func)
		first.worker = w
		w.running[first.Call] = first
		taken = append(taken, first)
	}
	return taken
}

// pop takes the oldest call out of a queue.
func (r *Remote) pop(function string) {
	queue := r.queues[function]
	queue[0] = nil
	if r.queues[function] = queue[1:]; len(queue) == 1 {
		delete(r.queues, function)
	}
}

// wakeOne wakes the worker that has the least to do of those that have the
// function and wait for runs; or else whichever comes next takes the call.
func (r *Remote) wakeOne(function string) {
	var best *remoteWorker
	for _, w := range r.workers {
		if w.functions[function] && w.asking > 0 && (best == nil || len(w.running) < len(best.running)) {
			best = w
		}
	}
	if best != nil {
		best.wakeUp()
	}
}

// List are the workers, by the time when they joined.
func (r *Remote) List() []RemoteWorker {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []RemoteWorker
	for _, w := range r.workers {
		info := w.RemoteWorker
		if info.Running = len(w.running); w.exchanges > 0 {
			info.Seen = time.Now()
		}
		info.Functions = slices.Sorted(maps.Keys(w.functions))
		all = append(all, info)
	}
	slices.SortFunc(all, func(a, b RemoteWorker) int {
		return cmp.Or(a.Joined.Compare(b.Joined), cmp.Compare(a.ID, b.ID))
	})
	return all
}
