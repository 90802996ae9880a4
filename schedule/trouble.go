package schedule

import (
	"sync"
	"time"
)

const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 10 * time.Second
)

// part is who of a keeper talks to the store.
type part int

const (
	keeping   part = iota // the loop of keep
	recording             // the loop that writes what became of runs
	parts
)

// trouble remembers since when a store is away, for whom, and when to try it
// again.
type trouble struct {
	mu      sync.Mutex
	since   time.Time // on the scheduler's clock; zero: all is well
	err     error     // the latest
	failing [parts]struct {
		retryAt time.Time
		delay   time.Duration // zero: all is well
	}
}

// wait is how long the store is to be left alone by a part.
func (t *trouble) wait(who part) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failing[who].delay == 0 {
		return 0
	}
	return max(time.Until(t.failing[who].retryAt), 0)
}

// last is the latest error; nil when all is well.
func (t *trouble) last() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// troubled notes a failed call and returns how long to wait: twice as long as the
// time before, spread by a half so that many schedulers do not come back as one.
// The first failure is an event.
func (k *keeper) troubled(who part, err error) time.Duration {
	t := &k.trouble
	t.mu.Lock()
	first := t.since.IsZero()
	if first {
		t.since = k.s.now()
	}
	f := &t.failing[who]
	// Several tries while a lease lasts.
	f.delay = min(max(2*f.delay, firstRetry), lastRetry, k.s.opts.Timing.Lease/10)
	delay := f.delay/2 + time.Duration(k.s.opts.Random()%uint64(f.delay))
	f.retryAt, t.err = time.Now().Add(delay), err
	t.mu.Unlock()
	if first {
		k.s.opts.Log.Error("store is in trouble", "store", k.alias, "err", err)
		k.s.opts.Bus.Publish(StoreTrouble{k.alias, err})
	}
	return delay
}

// recovered notes that the store did all that a part asked for. When that is so
// for all parts, it is an event.
func (k *keeper) recovered(who part) {
	t := &k.trouble
	t.mu.Lock()
	t.failing[who].delay = 0
	since := t.since
	back := !since.IsZero()
	for i := range t.failing {
		back = back && t.failing[i].delay == 0
	}
	if back {
		t.since, t.err = time.Time{}, nil
	}
	t.mu.Unlock()
	if back {
		k.s.opts.Log.Info("store is back", "store", k.alias, "since", since)
		k.s.opts.Bus.Publish(StoreRecovered{k.alias, since})
	}
}
