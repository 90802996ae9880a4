package schedule

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

const (
	// rest is the shortest time between two claims, unless there was more than
	// one could hold: what comes close together is claimed together.
	rest = 5 * time.Millisecond
	// handful is how many runs are handed over at once when many are due, so that
	// the first begin while the last are still being counted.
	handful = 256
	never   = math.MaxInt64
)

// keeper works one store for a scheduler. Three goroutines do it: the loop of
// keep beats, claims, plans and commits; startLoop hands runs to their pools
// when they are due; finishLoop writes what became of them. So a slow store
// holds up neither the start of what is planned nor what already runs.
type keeper struct {
	s     *Scheduler
	alias string
	store job.Store

	lease    lease
	hands    hands
	finisher finisher
	trouble  trouble

	wake         chan struct{} // of keep: something changed
	kick         chan struct{} // of startLoop: something may be due earlier
	claimAt      atomic.Int64  // when to claim next: store's time in µs, or never
	wantBeat     atomic.Bool   // before its time
	postponed    atomic.Bool   // a plan waits for a Finish of ours
	finishedRuns atomic.Int64  // since the last Prune

	life life

	single sync.Pool // of lists of one job, *[1]job.Job: see addOne

	// Only keep's goroutine touches what follows.
	book book
}

// life is what ends a keeper's loops.
type life struct {
	stop    context.CancelFunc // guarded by Scheduler.mu
	leaving atomic.Bool        // what is in hand is to be given back, for good
	loops   sync.WaitGroup
}

// book is what the loop of keep remembers from one turn to the next.
type book struct {
	base string // of the names of this node's incarnations
	// former are earlier incarnations of this node; true: they began nothing
	// that is not in hand, since no claim of theirs was left without an answer.
	former     map[string]bool
	blurred    bool            // a claim of the present incarnation was not answered
	planned    map[string]bool // runs of commits that were not answered
	doubts     []time.Time     // when to look for runs of ours that we do not know
	claimAgain time.Time       // not before
	answered   bool            // the store did something in this turn
	denied     int             // how often in turn the store said that there is no lease
	closed     bool            // what did not begin was given back: a shutdown
	pruned     time.Time
	pruneOn    bool // there may be more to remove

	// Emptied and used again with each claim.
	plans    []plan
	advances []job.Advance
}

func newKeeper(s *Scheduler, alias string, store job.Store) *keeper {
	k := &keeper{
		s: s, alias: alias, store: store,
		wake: make(chan struct{}, 1),
		kick: make(chan struct{}, 1),
	}
	k.lease.timing, k.lease.clock = s.opts.Timing, s.clock.machine
	k.finisher.wake = make(chan struct{}, 1)
	k.claimAt.Store(never)
	return k
}

// start begins the loops as a new incarnation.
func (k *keeper) start(ctx context.Context, name string) {
	ctx, k.life.stop = context.WithCancel(ctx)
	k.book = book{base: name, former: map[string]bool{}, planned: map[string]bool{}}
	k.hands.open()
	k.lease.rename(name)
	k.claimAt.Store(0)
	k.life.loops.Go(func() { k.keep(ctx) })
	k.life.loops.Go(func() { k.startLoop(ctx) })
	k.life.loops.Go(func() { k.finishLoop(ctx) })
}

// now is the store's time, as well as it is known.
func (k *keeper) now() time.Time { return k.s.now().Add(k.lease.ahead()) }

// claims reports whether the keeper plans and begins.
func (k *keeper) claims() bool { return k.s.claims() && !k.life.leaving.Load() }

// dueAt makes the keeper claim not later than t.
func (k *keeper) dueAt(t time.Time) {
	at := t.UnixMicro()
	for {
		old := k.claimAt.Load()
		if at >= old {
			return
		}
		if k.claimAt.CompareAndSwap(old, at) {
			signal(k.wake)
			return
		}
	}
}

// expect makes the keeper claim in time for what is due at t.
func (k *keeper) expect(t time.Time) {
	k.dueAt(t.Add(-k.s.opts.Timing.lead()))
}

// poke wakes all loops, which then look at everything anew.
func (k *keeper) poke() {
	signal(k.wake)
	signal(k.kick)
}

// keep is the loop that talks to the store.
func (k *keeper) keep(ctx context.Context) {
	timer := newTimer()
	defer timer.Stop()
	var watch <-chan struct{}
	if w, ok := k.store.(job.Watcher); ok {
		watch = w.Watch(ctx)
	}
	for ctx.Err() == nil {
		k.turn(ctx)
		timer.Stop()
		if wait, ok := k.wait(watch == nil); ok {
			timer.Reset(wait)
		}
		woken := k.sleep(ctx, timer.C, watch)
		if woken.timer && watch == nil {
			k.dueAt(k.now()) // a poll, or it is time anyway
		}
		if woken.watch {
			k.wantBeat.Store(true) // a run may be cancelled
			k.dueAt(k.now())
		}
		if woken.closed {
			watch = nil
		}
	}
}

// woken says what ended a sleep of keep's loop, besides a wake.
type woken struct{ timer, watch, closed bool }

// sleep waits for something to do. All that is there counts for one turn, so
// it makes no difference what came first.
func (k *keeper) sleep(ctx context.Context, timer <-chan time.Time, watch <-chan struct{}) (w woken) {
	open := true
	select {
	case <-k.wake:
	case <-timer:
		w.timer = true
	case _, open = <-watch:
		w.watch = true
	case <-ctx.Done():
	}
	k.woke("keep")
	select {
	case <-k.wake:
	default:
	}
	select {
	case <-timer:
		w.timer = true
	default:
	}
	select {
	case _, open = <-watch:
		w.watch = true
	default:
	}
	w.closed = !open
	return w
}

// turn does all that there is to do now.
func (k *keeper) turn(ctx context.Context) {
	if (k.s.stopping() || k.life.leaving.Load()) && !k.book.closed {
		k.book.closed = true
		for _, a := range k.hands.close() {
			k.giveBack(a)
		}
	}
	if k.lapsed() {
		k.lapse()
	}
	if k.trouble.wait(keeping) > 0 {
		return
	}
	k.book.answered = false
	switch err := k.work(ctx); {
	case ctx.Err() != nil:
	case err != nil:
		k.troubled(keeping, err)
	case k.book.answered:
		k.recovered(keeping)
	}
}

// work beats, looks into doubts, and claims until nothing is due.
func (k *keeper) work(ctx context.Context) error {
	if k.hands.count() > 0 && (k.wantBeat.Swap(false) || k.lease.beatIn() == 0) {
		if err := k.renew(ctx); err != nil {
			return err
		}
	}
	if err := k.lookForLost(ctx); err != nil {
		return err
	}
	for k.claims() && k.claimAt.Load() <= k.now().UnixMicro() && k.rested() == 0 {
		if err := k.claim(ctx); err != nil {
			return err
		}
	}
	return k.prune(ctx)
}

// wait is how long there is nothing to do; ok is false when that is for ever.
func (k *keeper) wait(polls bool) (wait time.Duration, ok bool) {
	wait = math.MaxInt64
	if at := k.claimAt.Load(); at != never && k.claims() {
		wait = max(time.UnixMicro(at).Sub(k.now()), k.rested())
	}
	if poll := k.s.opts.Timing.Poll; polls && poll > 0 && k.claims() {
		wait = min(wait, poll)
	}
	if k.hands.count() > 0 {
		wait = min(wait, k.lease.beatIn())
	}
	if len(k.book.doubts) > 0 {
		wait = min(wait, time.Until(k.book.doubts[0]))
	}
	if k.book.pruneOn {
		wait = min(wait, rest)
	}
	if away := k.trouble.wait(keeping); away > 0 {
		wait = max(wait, away)
		if end := k.lease.endsIn(); end > 0 && k.hands.count() > 0 {
			wait = min(wait, end)
		}
	}
	return max(wait, 0), wait != math.MaxInt64
}

// rested is how long the keeper is not to claim again.
func (k *keeper) rested() time.Duration {
	return max(time.Until(k.book.claimAgain), 0)
}

// renew beats and does what the answer asks for.
func (k *keeper) renew(ctx context.Context) error {
	timing := k.s.opts.Timing
	sent, wall := k.s.clock.machine(), k.s.now()
	beat := job.Beat{
		Node:  k.lease.name(),
		Lease: timing.Lease,
		Ahead: timing.Lease / 2, // longer than until the next Beat
		Now:   job.Micro(wall),
	}
	var pulse job.Pulse
	err := k.call(ctx, func(ctx context.Context) (err error) {
		pulse, err = k.store.Beat(ctx, beat)
		return err
	})
	if err != nil {
		return err
	}
	k.book.answered = true
	unbroken := k.lease.renewed(sent, beat, pulse)
	k.lease.saw(pulse.Now, wall, k.s.now())
	if !unbroken && (k.hands.count() > 0 || len(k.book.doubts) > 0) {
		k.lapse()
		return nil
	}
	for _, id := range pulse.Cancelled {
		k.cancel(id, ErrCancelled)
	}
	signal(k.kick)
	return nil
}

// lapsed reports whether the lease ended while runs are in hand, or may be.
func (k *keeper) lapsed() bool {
	return k.lease.over() && (k.hands.count() > 0 || len(k.book.doubts) > 0)
}

// lapse makes the node a new incarnation: what it had may have gone to others.
// It ends what it executes and forgets what did not begin; the store hands the
// runs of the former incarnation out to whoever claims first, which may be us.
func (k *keeper) lapse() {
	k.book.former[k.lease.name()] = !k.book.blurred
	k.book.blurred, k.book.doubts = false, nil
	clear(k.book.planned)
	k.hands.lapse()
	k.lease.rename(k.book.base)
	k.dueAt(k.now())
}

// doubt notes that it is open whether the store did what it was last asked for:
// there may be runs of ours that we do not know, now or a little later.
func (k *keeper) doubt() {
	now := time.Now()
	lease := k.s.opts.Timing.Lease
	k.book.doubts = []time.Time{now, now.Add(lease / 3), now.Add(lease)}
	k.dueAt(k.now())
}

// lookForLost finds runs that the store says are ours though we do not know them, as
// it did something and we never heard, and takes them in hand.
func (k *keeper) lookForLost(ctx context.Context) error {
	if len(k.book.doubts) == 0 || time.Now().Before(k.book.doubts[0]) {
		return nil
	}
	known := k.hands.ids() // before the store is asked: it may know less than we when it answers
	var rows []job.Run
	err := k.call(ctx, func(ctx context.Context) (err error) {
		rows, err = k.store.Runs(ctx, job.RunFilter{Phases: []job.Phase{job.Running}})
		return err
	})
	if err != nil {
		return err
	}
	k.book.answered = true
	k.book.doubts = k.book.doubts[1:]
	for _, r := range rows {
		switch {
		case r.Owner.Node != k.lease.name() || known[r.ID]:
		case k.book.planned[r.ID] && !k.book.blurred:
			k.take(r)
		default: // a claim may have taken it over, and whoever had it may have begun it
			k.lost(job.Taken{Run: r})
		}
	}
	if len(k.book.doubts) == 0 {
		clear(k.book.planned)
		k.book.blurred = false
	}
	return nil
}

// cancel ends a run if it is in hand.
func (k *keeper) cancel(id string, wish error) bool {
	a, found := k.hands.cancel(id, wish)
	if a != nil {
		a.pool.submit(a)
	}
	return found
}

// startLoop hands runs to their pools when they are due.
func (k *keeper) startLoop(ctx context.Context) {
	timer := newTimer()
	defer timer.Stop()
	for ctx.Err() == nil {
		next := k.startDue()
		timer.Stop()
		if !next.IsZero() {
			timer.Reset(max(next.Sub(k.now()), 0))
		}
		select {
		case <-k.kick:
		case <-timer.C:
		case <-ctx.Done():
		}
		k.woke("start")
	}
}

// startDue hands over what is due and says when to look again; zero: when
// kicked.
func (k *keeper) startDue() (next time.Time) {
	if !k.claims() {
		return time.Time{}
	}
	stuck := false
	ready, next := k.hands.due(k.now(), func(a *attempt) bool {
		may := k.lease.mayBegin(a.run.Owner.Node, a.run.Due)
		stuck = !may
		return may
	})
	k.submit(ready)
	if stuck {
		k.wantBeat.Store(true)
		signal(k.wake)
	}
	return next
}

// submit hands attempts to their pools, those for one pool at once.
func (k *keeper) submit(ready []*attempt) {
	for len(ready) > 0 {
		n := 1
		for n < len(ready) && ready[n].pool == ready[0].pool {
			n++
		}
		k.submitted(ready[:n])
		ready[0].pool.submit(ready[:n]...)
		ready = ready[n:]
	}
}

// call bounds a call of the store.
func (k *keeper) call(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, k.s.opts.Timing.Call)
	defer cancel()
	return f(ctx)
}

// prune removes old rows of the history while there are new ones: a part of them
// in a turn, as far as a call of the store goes.
func (k *keeper) prune(ctx context.Context) error {
	const often, many = time.Minute, 10_000
	n := k.finishedRuns.Load()
	if !k.book.pruneOn && (n == 0 || n < many && time.Since(k.book.pruned) < often) {
		return nil
	}
	k.book.pruned = time.Now()
	k.finishedRuns.Add(-n)
	keep := k.s.opts.History
	keep.Now = job.Micro(k.now())
	var removed int
	err := k.call(ctx, func(ctx context.Context) (err error) {
		removed, err = k.store.Prune(ctx, keep)
		return err
	})
	k.book.pruneOn = err == nil && removed > 0
	return err
}

// signal leaves a token for a loop.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// newTimer is a timer that is not running.
func newTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// leaseLost reports whether err says that the node has no lease by now. Said
// again after a Beat, it is trouble like any other.
func (k *keeper) leaseLost(err error) bool {
	if !errors.Is(err, job.ErrLease) {
		if err == nil {
			k.book.denied = 0
		}
		return false
	}
	k.book.denied++
	return k.book.denied < 2
}
