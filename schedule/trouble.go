package schedule

import (
	"sync"
	"time"
)

const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 10 * time.Second
)

// trouble remembers since when a store is away and when to try it again.
type trouble struct {
	mu      sync.Mutex
	since   time.Time // on the scheduler's clock; zero: all is well
	retryAt time.Time
	delay   time.Duration
	err     error
}

// wait is how long the store is to be left alone.
func (t *trouble) wait() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.since.IsZero() {
		return 0
	}
	return max(time.Until(t.retryAt), 0)
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
func (k *keeper) troubled(err error) time.Duration {
	t := &k.trouble
	t.mu.Lock()
	first := t.since.IsZero()
	if first {
		t.since, t.delay = k.s.now(), firstRetry
	}
	delay := t.delay/2 + time.Duration(k.s.opts.Random()%uint64(t.delay))
	t.delay = min(2*t.delay, lastRetry, k.s.opts.Timing.Lease/10) // several tries while a lease lasts
	t.retryAt, t.err = time.Now().Add(delay), err
	t.mu.Unlock()
	if first {
		k.s.opts.Log.Error("store is in trouble", "store", k.alias, "err", err)
		k.s.opts.Bus.Publish(StoreTrouble{k.alias, err})
	}
	return delay
}

// recovered notes that the store answered.
func (k *keeper) recovered() {
	t := &k.trouble
	t.mu.Lock()
	since := t.since
	t.since, t.err = time.Time{}, nil
	t.mu.Unlock()
	if !since.IsZero() {
		k.s.opts.Log.Info("store is back", "store", k.alias, "since", since)
		k.s.opts.Bus.Publish(StoreRecovered{k.alias, since})
		signal(k.wake)
	}
}
