package schedule

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// lease is what a node holds of a store: its name there, the right to hold
// runs, and the promise up to which due time it begins them. It is measured on a
// clock of this machine that nobody sets.
type lease struct {
	timing Timing
	clock  func() time.Duration // see machineClock
	skew   atomic.Int64         // ns that the store's clock is ahead of the scheduler's

	mu          sync.Mutex
	node        string        // the present incarnation
	incarnation int           // counts them
	held        bool          // there is a lease, though it may be over
	sent        time.Duration // of the last Beat that was answered, on clock
	until       time.Duration // on clock, with a margin
	storeUntil  time.Time     // when it is over for the store, on its clock
	promise     time.Time     // store's time
	looked      time.Time     // when clock was looked at, and what it said
	reading     time.Duration
}

// rename makes the node a new incarnation, without a lease.
func (l *lease) rename(base string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.incarnation++
	l.node = base
	if l.incarnation > 1 {
		l.node = fmt.Sprintf("%s.%d", base, l.incarnation)
	}
	l.held = false
}

func (l *lease) name() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.node
}

// renewed notes a Beat that was sent at sent, on the lease's clock, and
// answered. It reports whether the lease before was still good when the store
// got the Beat; if it was not, others may have taken the node's runs.
func (l *lease) renewed(sent time.Duration, b job.Beat, p job.Pulse) (unbroken bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	unbroken = !l.held || p.Now.Before(l.storeUntil)
	l.held = true
	l.sent = sent
	l.until = sent + b.Lease - b.Lease/10
	l.storeUntil = p.Now.Add(b.Lease)
	l.promise = p.Now.Add(b.Ahead)
	return unbroken
}

// alive reports whether the lease holds.
func (l *lease) alive() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.aliveLocked()
}

func (l *lease) aliveLocked() bool { return l.held && l.glance() < l.until }

// glance is l.clock, up to a millisecond of work ago: with many runs a second a
// look at it is dear.
func (l *lease) glance() time.Duration {
	if now := time.Now(); l.looked.IsZero() || now.Sub(l.looked) > time.Millisecond {
		l.looked, l.reading = now, l.clock()
	}
	return l.reading
}

// given reports whether there is a lease, though it may be over.
func (l *lease) given() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held
}

// over reports whether there was a lease, and it is over.
func (l *lease) over() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held && l.clock() >= l.until
}

// mayBegin says whether a run with this owner and due time may begin now. What
// belongs to an incarnation without a lease may be with others.
func (l *lease) mayBegin(owner string, due time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return owner == l.node && l.aliveLocked() && !due.After(l.promise)
}

// beatIn is how long a node that holds runs may wait with its next Beat.
func (l *lease) beatIn() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.held {
		return 0
	}
	return max(l.sent+l.timing.beat()-l.clock(), 0)
}

// endsIn is how long the lease still holds.
func (l *lease) endsIn() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.held {
		return 0
	}
	return max(l.until-l.clock(), 0)
}

// saw notes what the store's clock said in answer to a call that was sent and
// answered at the given times of the scheduler's clock.
func (l *lease) saw(store, sent, answered time.Time) {
	skew := store.Sub(sent.Add(answered.Sub(sent) / 2))
	if store.Equal(job.Micro(sent)) {
		skew = 0 // it goes by the clock of those who ask
	}
	l.skew.Store(int64(skew))
}

// ahead is what the store's clock is ahead of the scheduler's.
func (l *lease) ahead() time.Duration {
	return time.Duration(l.skew.Load())
}
