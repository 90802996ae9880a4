package schedule

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// State is what a Scheduler is doing.
type State int32

// The states. The numbers are APScheduler's, which has no Stopping.
const (
	Stopped  State = iota // not started yet, or shut down
	Running               // jobs are planned and runs begin
	Pausing               // nothing begins; what runs goes on
	Stopping              // waits for the last runs
)

// String is the name of the state, in small letters.
func (s State) String() string {
	switch s {
	case Stopped:
		return "stopped"
	case Running:
		return "running"
	case Pausing:
		return "paused"
	case Stopping:
		return "stopping"
	}
	return fmt.Sprintf("state %d", int32(s))
}

// Scheduler runs the jobs of its stores when they are due. Its methods, with
// those of Jobs for all its stores, may be called concurrently and by jobs.
type Scheduler struct {
	Jobs // of all stores; what is added goes to the one called "default"

	opts   Options
	clock  clock
	state  atomic.Int32
	stores atomic.Pointer[map[string]*keeper] // replaced, never changed
	pools  atomic.Pointer[map[string]*pool]   // replaced, never changed
	base   atomic.Pointer[runBase]

	mu      sync.Mutex // of starting, stopping and what is replaced above
	session *session   // while not stopped
}

// session is one life of a scheduler, from Start to the end of Shutdown.
type session struct {
	ctx      context.Context // of the loops
	cancel   context.CancelFunc
	name     string // of the node
	loops    sync.WaitGroup
	stopping bool
	hurry    chan struct{} // closed when nobody wants to wait for runs any more
	hurried  sync.Once
	done     chan struct{} // closed when all is over
	err      error         // of the end
}

// runBase is what the contexts of all runs descend from.
type runBase struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
}

// New makes a Scheduler. It begins nothing yet: jobs can be added before Start
// or Run, and go into their stores at once. The stores stay the caller's, to be
// closed after the Scheduler was shut down.
func New(o Options) (*Scheduler, error) {
	o, err := o.filled()
	if err != nil {
		return nil, fmt.Errorf("make scheduler: %w", err)
	}
	s := &Scheduler{opts: o, clock: newClock(o.Now)}
	s.Jobs = Jobs{s: s}
	s.pools.Store(&map[string]*pool{})
	s.stores.Store(&map[string]*keeper{})
	for alias, e := range o.Executors {
		s.setPool(alias, newPool(alias, e, o.Workers))
	}
	for alias, store := range o.Stores {
		s.setStore(alias, newKeeper(s, alias, store))
	}
	return s, nil
}

// Bus is where the events of s are published.
func (s *Scheduler) Bus() *event.Bus { return s.opts.Bus }

// Defaults is the Policy of jobs that are added with the zero Policy.
func (s *Scheduler) Defaults() job.Policy { return s.opts.Defaults }

// State is what s is doing.
func (s *Scheduler) State() State { return State(s.state.Load()) }

// Run works until ctx is over or somebody calls Shutdown, and returns when all
// runs have ended: it waits Timing.Stop for them after ctx is over, then it
// cancels them. The error is nil after an orderly end.
func (s *Scheduler) Run(ctx context.Context) error {
	if err := s.Start(); err != nil {
		return err
	}
	s.mu.Lock()
	session := s.session
	s.mu.Unlock()
	if session == nil {
		return nil // shut down already
	}
	select {
	case <-session.done:
		return session.err
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.opts.Timing.Stop)
	defer cancel()
	err := s.Shutdown(patience)
	if errors.Is(err, ErrNotRunning) {
		return session.err
	}
	return err
}

// Start begins to work in the background, until Shutdown. ErrRunning when it
// does so already.
func (s *Scheduler) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session != nil {
		return ErrRunning
	}
	l := &session{hurry: make(chan struct{}), done: make(chan struct{})}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.name = fmt.Sprintf("%s-%012x", s.opts.Name, s.opts.Random()&(1<<48-1))
	runs := &runBase{}
	runs.ctx, runs.cancel = context.WithCancelCause(context.Background())
	s.base.Store(runs)
	s.session = l
	s.state.Store(int32(Running))
	if s.opts.StartPaused {
		s.state.Store(int32(Pausing))
	}
	l.loops.Go(func() { s.clockLoop(l.ctx) })
	pools := *s.pools.Load()
	for _, alias := range aliases(pools) {
		pools[alias].heed(s.Wake)
		s.opts.Bus.Publish(ExecutorAdded{alias})
	}
	for _, k := range s.keepers() {
		k.start(l.ctx, l.name)
		s.opts.Bus.Publish(StoreAdded{k.alias})
	}
	s.opts.Bus.Publish(Started{})
	return nil
}

// Pause lets nothing begin any more until Resume; what runs goes on. What is
// due meanwhile is overdue then, and handled as each job's policy wants it.
func (s *Scheduler) Pause() error {
	return s.change(Running, Pausing, Paused{})
}

// Resume goes on after Pause.
func (s *Scheduler) Resume() error {
	return s.change(Pausing, Running, Resumed{})
}

// change moves from one state to the other; it does nothing when that was done.
func (s *Scheduler) change(from, to State, e event.Event) error {
	if s.state.CompareAndSwap(int32(from), int32(to)) {
		s.opts.Bus.Publish(e)
		s.Wake()
		return nil
	}
	if s.State() != to {
		return ErrNotRunning
	}
	return nil
}

// Wake makes s look at its stores now, for changes of which they did not tell.
func (s *Scheduler) Wake() {
	for _, k := range s.keepers() {
		k.dueAt(time.UnixMicro(0))
		k.poke()
	}
}

// Shutdown lets nothing begin any more, gives back what was planned, so that
// other schedulers or the next Start can run it, and waits for what runs. When
// ctx is over first it cancels what runs (their contexts have the cause
// ErrShutdown) and waits a little more; runs that do not end even then are
// abandoned, with an error. A ctx that is over from the beginning stops at once.
//
// A job may shut its scheduler down with the context that it got: it is not
// waited for then, and Shutdown returns at once.
func (s *Scheduler) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	l := s.session
	if l == nil {
		s.mu.Unlock()
		return ErrNotRunning
	}
	if !l.stopping {
		l.stopping = true
		s.state.Store(int32(Stopping))
		go s.end(l)
	}
	s.mu.Unlock()
	if ctx.Value(schedulerKey{}) == s {
		return nil
	}
	select {
	case <-l.done:
	case <-ctx.Done():
		l.hurried.Do(func() { close(l.hurry) })
		<-l.done
	}
	return l.err
}

// end ends a session.
func (s *Scheduler) end(l *session) {
	keepers := s.keepers()
	for _, k := range keepers {
		k.poke()
	}
	left := s.drain(l, keepers)
	l.cancel()
	l.loops.Wait()
	for _, k := range keepers {
		k.life.loops.Wait()
		if left == 0 {
			k.farewell()
		}
	}
	s.base.Load().cancel(ErrShutdown)
	if left > 0 {
		l.err = fmt.Errorf("shut down: %d runs did not end, or their store did not hear of it", left)
	}
	s.mu.Lock()
	for _, p := range *s.pools.Load() {
		p.leave()
	}
	s.session = nil
	s.state.Store(int32(Stopped))
	s.mu.Unlock()
	s.opts.Bus.Publish(ShutDown{})
	close(l.done)
}

// drain waits until no keeper has anything in hand, and returns what is left
// when it could not wait longer.
func (s *Scheduler) drain(l *session, keepers []*keeper) (left int) {
	hurry := l.hurry
	var abandon <-chan time.Time
	for _, k := range keepers {
		for waiting := true; waiting; {
			select {
			case <-k.hands.drained:
				waiting = false
				k.woke("end")
			case <-hurry:
				s.base.Load().cancel(ErrShutdown)
				abandon, hurry = time.After(s.opts.Timing.Abandon), nil
			case <-abandon:
				return inHand(keepers)
			}
		}
	}
	return 0
}

func inHand(keepers []*keeper) (n int) {
	for _, k := range keepers {
		n += k.hands.count()
	}
	return n
}

// farewell ends the lease, so that nobody need wait for its end. One that is over
// already is ended as well: the store need not remember us. That is a courtesy,
// for which a store that is away is not waited for.
func (k *keeper) farewell() {
	ctx := context.Background()
	if !k.lease.alive() {
		if !k.lease.given() || k.trouble.last() != nil {
			return
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Second)
		defer cancel()
	}
	err := k.call(ctx, func(ctx context.Context) error {
		_, err := k.store.Beat(ctx, job.Beat{Node: k.lease.name(), Now: job.Micro(k.s.now())})
		return err
	})
	if err != nil {
		k.s.opts.Log.Warn("could not end the lease", "store", k.alias, "err", err)
	}
}

// AddExecutor makes an executor known, also while s works.
func (s *Scheduler) AddExecutor(alias string, e job.Executor) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := (*s.pools.Load())[alias]; taken {
		return fmt.Errorf("add executor: there is one called %q", alias)
	}
	if e == nil {
		return fmt.Errorf("add executor: %q is nil", alias)
	}
	s.setPool(alias, newPool(alias, e, s.opts.Workers))
	if s.session != nil {
		s.opts.Bus.Publish(ExecutorAdded{alias})
		s.Wake()
	}
	return nil
}

// RemoveExecutor sends nothing more to an executor; what it has it may end. Its
// jobs wait for a scheduler that has one of that name.
func (s *Scheduler) RemoveExecutor(alias string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	pools := *s.pools.Load()
	if _, ok := pools[alias]; !ok {
		return unknown("executor", alias, pools)
	}
	s.setPool(alias, nil)
	s.opts.Bus.Publish(ExecutorRemoved{alias})
	return nil
}

// AddStore makes a store known, also while s works.
func (s *Scheduler) AddStore(alias string, store job.Store) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := (*s.stores.Load())[alias]; taken {
		return fmt.Errorf("add store: there is one called %q", alias)
	}
	if store == nil {
		return fmt.Errorf("add store: %q is nil", alias)
	}
	k := newKeeper(s, alias, store)
	s.setStore(alias, k)
	if s.session != nil && !s.session.stopping {
		k.start(s.session.ctx, s.session.name)
		s.opts.Bus.Publish(StoreAdded{alias})
	}
	return nil
}

// RemoveStore leaves the jobs of a store alone from now on: it gives back what was
// planned, waits for what runs until ctx is over, and lets the store be closed
// by its owner. What runs then goes on, and is another scheduler's or lost when
// its lease is over. A job that removes its own store is not waited for:
// RemoveStore returns at once, and the store is let go when that run has ended;
// in a shutdown, which lets go of all, it refuses (ErrShutdown).
func (s *Scheduler) RemoveStore(ctx context.Context, alias string) error {
	s.mu.Lock()
	stores := *s.stores.Load()
	k, ok := stores[alias]
	if !ok {
		s.mu.Unlock()
		return unknown("store", alias, stores)
	}
	stop, session := k.life.stop, s.session
	own := session != nil && ctx.Value(schedulerKey{}) == s
	if own && session.stopping {
		s.mu.Unlock()
		return fmt.Errorf("remove store %q: %w", alias, ErrShutdown)
	}
	s.setStore(alias, nil)
	if own {
		session.loops.Go(func() { k.leaveAlone(session, stop) })
	}
	s.mu.Unlock()
	if session == nil {
		s.opts.Bus.Publish(StoreRemoved{alias})
		return nil
	}
	k.life.leaving.Store(true)
	k.poke()
	if own {
		return nil
	}
	return k.leave(ctx, session, stop)
}

// leaveAlone is leave when nobody waits for it.
func (k *keeper) leaveAlone(session *session, stop context.CancelFunc) {
	if err := k.leave(session.ctx, session, stop); err != nil {
		k.s.opts.Log.Warn("store is left with runs in hand", "store", k.alias, "err", err)
	}
}

// leave ends the loops of a keeper when it has nothing in hand any more, or when
// ctx or the session is over.
func (k *keeper) leave(ctx context.Context, session *session, stop context.CancelFunc) (err error) {
	defer k.s.opts.Bus.Publish(StoreRemoved{k.alias})
	select {
	case <-k.hands.drained:
	case <-ctx.Done():
		err = fmt.Errorf("remove store %q: %d runs go on: %w", k.alias, k.hands.count(), context.Cause(ctx))
	case <-session.ctx.Done():
		err = fmt.Errorf("remove store %q: %d runs go on: %w", k.alias, k.hands.count(), ErrShutdown)
	}
	stop()
	k.life.loops.Wait()
	if err == nil {
		k.farewell()
	}
	return err
}

func (s *Scheduler) setPool(alias string, p *pool) {
	pools := maps.Clone(*s.pools.Load())
	if p == nil {
		pools[alias].leave()
		delete(pools, alias)
	} else {
		pools[alias] = p
		if s.session != nil {
			p.heed(s.Wake)
		}
	}
	s.pools.Store(&pools)
}

func (s *Scheduler) setStore(alias string, k *keeper) {
	stores := maps.Clone(*s.stores.Load())
	stores[alias] = k
	if k == nil {
		delete(stores, alias)
	}
	s.stores.Store(&stores)
}

// keepers are those of all stores, in their order.
func (s *Scheduler) keepers() []*keeper {
	stores := *s.stores.Load()
	all := make([]*keeper, 0, len(stores))
	for _, alias := range aliases(stores) {
		all = append(all, stores[alias])
	}
	return all
}

// serves is what s can run, as job.Work.Needs names it.
func (s *Scheduler) serves() []string {
	var all []string
	pools := *s.pools.Load()
	for _, alias := range aliases(pools) {
		n, ok := pools[alias].executor.(job.Namer)
		if !ok {
			all = append(all, alias)
			continue
		}
		for _, name := range slices.Sorted(slices.Values(n.Names())) {
			all = append(all, alias+":"+name)
		}
	}
	return all
}

func (s *Scheduler) poolOf(alias string) *pool { return (*s.pools.Load())[alias] }

func (s *Scheduler) now() time.Time { return s.clock.now() }

func (s *Scheduler) runs() context.Context { return s.base.Load().ctx }

// claims reports whether s plans and begins.
func (s *Scheduler) claims() bool { return s.State() == Running }

func (s *Scheduler) stopping() bool { return s.State() == Stopping }
