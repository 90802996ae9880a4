package executor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Defaults of RemoteOptions.
const (
	DefaultRemoteLease = 10 * time.Second
	DefaultRemoteRuns  = 1000
)

// ErrRemoteWorker: there is no such worker. It never joined, left, or was not
// heard of for the time of its lease; what it had under way is lost then, and its
// results are not wanted any more. It may join anew.
var ErrRemoteWorker = errors.New("unknown worker")

// Remote hands runs out to processes that have the functions: workers. One joins
// with the names of its functions, asks for runs by Exchange and brings what
// became of them, over whatever connects it with us. Several that have a function
// share its runs. A worker that is not heard of for the lease is dead: its runs
// are lost (job.ErrLost), and those that it cannot have begun wait again
// (job.ErrNotBegun).
//
// The names are of any form; the arguments are the job's Args as they are, and the
// result is what the worker sends. A job may name a function that no worker has
// yet: it waits until one has.
//
// All methods may be called concurrently.
type Remote struct {
	options RemoteOptions

	mu       sync.Mutex
	calls    int64 // how many there were; numbers them
	workers  map[string]*remoteWorker
	holders  map[string]int           // workers that have a function, by its name; none is 0
	queues   map[string][]*remoteCall // which no worker has yet, by function, oldest first; none is empty
	watchers map[*func()]bool         // called when the set of functions has changed
}

// RemoteOptions are what the workers of a Remote have in common.
type RemoteOptions struct {
	Lease    time.Duration // a worker that is silent so long is dead; 0: DefaultRemoteLease
	Runs     int           // at a time, of all workers together; 0: DefaultRemoteRuns
	StopWait time.Duration // for a run to end that is to end, before it is given up; 0: DefaultStopWait
}

// NewRemote returns a Remote without workers.
func NewRemote(o RemoteOptions) *Remote {
	if o.Lease == 0 {
		o.Lease = DefaultRemoteLease
	}
	if o.Runs == 0 {
		o.Runs = DefaultRemoteRuns
	}
	if o.StopWait == 0 {
		o.StopWait = DefaultStopWait
	}
	return &Remote{
		options: o, workers: map[string]*remoteWorker{}, holders: map[string]int{},
		queues: map[string][]*remoteCall{}, watchers: map[*func()]bool{},
	}
}

// remoteCall is one attempt of a run.
type remoteCall struct {
	RemoteCall

	worker *remoteWorker // that has it; nil: none yet
	end    remoteEnd
	done   chan struct{} // closed once end is known
}

// remoteEnd is how a call ended.
type remoteEnd struct {
	result json.RawMessage
	err    error
}

// Execute implements job.Executor. It waits for a worker to have room, which
// counts for the job's timeout.
func (r *Remote) Execute(ctx context.Context, t job.Task) (json.RawMessage, error) {
	c, err := r.enqueue(t)
	if err != nil {
		return nil, err
	}
	select {
	case <-c.done:
		return c.end.result, c.end.err
	case <-ctx.Done():
	}
	worker := r.stop(c)
	if worker == "" {
		select {
		case <-c.done: // its result came as ctx ended
			return c.end.result, c.end.err
		default:
		}
		return nil, fmt.Errorf("no worker has begun with it: %w", context.Cause(ctx))
	}
	patience := time.NewTimer(r.options.StopWait)
	defer patience.Stop()
	select {
	case <-c.done:
		return c.end.result, c.end.err
	case <-patience.C:
		r.forget(c)
		return nil, fmt.Errorf("worker %s was told to end it and has not within %v; it may go on: %w", worker, r.options.StopWait, context.Cause(ctx))
	}
}

// enqueue lets the workers have the call.
func (r *Remote) enqueue(t job.Task) (*remoteCall, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := t.Run.Work.Func
	if r.holders[name] == 0 {
		return nil, nobodyHas(name)
	}
	r.calls++
	c := &remoteCall{RemoteCall: RemoteCall{Call: r.calls, Task: t}, done: make(chan struct{})}
	r.queues[name] = append(r.queues[name], c)
	r.wakeOne(name)
	return c, nil
}

// nobodyHas is why a call has ended for which there is no worker.
func nobodyHas(function string) error {
	return fmt.Errorf("%w: no worker has function %q any more", job.ErrNotBegun, function)
}

// hold notes that a worker has a function, and reports whether nobody had it.
func (r *Remote) hold(w *remoteWorker, function string) (fresh bool) {
	if w.functions[function] {
		return false
	}
	w.functions[function] = true
	r.holders[function]++
	return r.holders[function] == 1
}

// drop notes that a worker does not have a function any more, and reports whether
// nobody has it now. What waits for it ends then.
func (r *Remote) drop(w *remoteWorker, function string) (last bool) {
	if !w.functions[function] {
		return false
	}
	delete(w.functions, function)
	if r.holders[function]--; r.holders[function] > 0 {
		return false
	}
	delete(r.holders, function)
	for _, c := range r.queues[function] {
		c.finish(remoteEnd{err: nobodyHas(function)})
	}
	delete(r.queues, function)
	return true
}

// stop ends the wait of a call in its queue, or else has its worker told that it
// is to end; the worker is "" if it has none, or has just brought the result.
func (r *Remote) stop(c *remoteCall) (worker string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.worker != nil {
		c.worker.cancel = append(c.worker.cancel, c.Call)
		c.worker.wakeUp()
		return c.worker.Name
	}
	r.unqueue(c)
	return ""
}

// unqueue takes a call out of its queue.
func (r *Remote) unqueue(c *remoteCall) {
	name := c.Task.Run.Work.Func
	r.queues[name] = slices.DeleteFunc(r.queues[name], func(o *remoteCall) bool { return o == c })
	if len(r.queues[name]) == 0 {
		delete(r.queues, name)
	}
}

// forget lets a call go that its worker does not end.
func (r *Remote) forget(c *remoteCall) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.worker != nil {
		delete(c.worker.running, c.Call)
		c.worker = nil // an answer that was lost on its way does not bring it again
	}
}

// finish ends a call. Its worker has it no more.
func (c *remoteCall) finish(end remoteEnd) {
	if c.worker != nil {
		delete(c.worker.running, c.Call)
		c.worker = nil
	}
	c.end = end
	close(c.done)
}

// Names implements job.Namer: the functions that workers have, sorted.
func (r *Remote) Names() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.holders))
}

// OnChange implements job.Changer.
func (r *Remote) OnChange(call func()) (stop func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watchers[&call] = true
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.watchers, &call)
	}
}

// change lets f change the workers, and tells the watchers if f reports that other
// functions are there then.
func (r *Remote) change(f func() bool) {
	r.mu.Lock()
	var watchers []*func()
	if f() {
		watchers = slices.Collect(maps.Keys(r.watchers))
	}
	r.mu.Unlock()
	for _, w := range watchers {
		(*w)()
	}
}

// Workers implements job.Bounded.
func (r *Remote) Workers() int { return r.options.Runs }

// Check implements job.Checker: a job has the name of a function.
func (r *Remote) Check(j job.Job) error {
	if j.Func == "" {
		return errors.New("it names no function")
	}
	return nil
}

var (
	_ job.Changer = (*Remote)(nil)
	_ job.Bounded = (*Remote)(nil)
	_ job.Checker = (*Remote)(nil)
)
