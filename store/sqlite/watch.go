package sqlite

import (
	"context"
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
)

// settle is how long a watcher waits for more to happen before it looks, so
// that it looks once for what is written together.
const settle = 2 * time.Millisecond

// watchers are the watches that run.
type watchers struct {
	mu     sync.Mutex
	ended  bool
	cancel []context.CancelFunc
	wait   sync.WaitGroup
}

// begin runs f until ctx is over or the Store is closed.
func (w *watchers) begin(ctx context.Context, f func(context.Context)) {
	ctx, cancel := context.WithCancel(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		cancel()
	}
	w.cancel = append(w.cancel, cancel)
	w.wait.Go(func() {
		defer cancel()
		f(ctx)
	})
}

// stop ends all and waits for them.
func (w *watchers) stop() {
	w.mu.Lock()
	w.ended = true
	for _, cancel := range w.cancel {
		cancel()
	}
	w.mu.Unlock()
	w.wait.Wait()
}

// Watch implements job.Watcher. Whoever writes something that others wait for
// counts it in the file. A watcher reads that count when the file is written
// to: on Linux the system tells when, elsewhere it reads every half a second.
func (s *Store) Watch(ctx context.Context) <-chan struct{} {
	c := make(chan struct{}, 1)
	s.watchers.begin(ctx, func(ctx context.Context) {
		defer close(c)
		s.watch(ctx, c)
	})
	return c
}

func (s *Store) watch(ctx context.Context, c chan<- struct{}) {
	written := writes(ctx, s.path+"-wal")
	timer := time.NewTimer(0) // what was counted before counts as not seen
	defer timer.Stop()
	seen := int64(-1)
	for {
		select {
		case <-written:
			timer.Reset(settle)
		case <-ctx.Done():
			return
		case <-timer.C:
			if count, err := s.wakes(ctx); err != nil || count != seen {
				seen = count // after an error nothing is known, so it is looked
				select {
				case c <- struct{}{}:
				default:
				}
			}
		}
	}
}

// wakes is how often something was written that others wait for.
func (s *Store) wakes(ctx context.Context) (count int64, err error) {
	err = s.DB.Read(ctx, func(tx sqlstore.Tx) error {
		counts, err := ask(ctx, tx, sqlstore.One[int64], s.text.wakes)
		if err == nil {
			count = counts[0]
		}
		return err
	})
	return count, err
}

// pollEvery is how often a watcher reads where nobody tells when.
const pollEvery = 500 * time.Millisecond

// poll sends every now and then until ctx is over.
func poll(ctx context.Context, c chan<- struct{}) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			tell(c)
		case <-ctx.Done():
			return
		}
	}
}

func tell(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
