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

// Watch implements job.Watcher. Whoever writes something that others wait for
// counts it in the file. A watcher reads that count when the file is written
// to: on Linux the system tells when, elsewhere it reads every half a second.
func (s *Store) Watch(ctx context.Context) <-chan struct{} {
	return s.watches.Go(ctx, s.watch)
}

func (s *Store) watch(ctx context.Context, c chan<- struct{}) {
	written := make(chan struct{}, 1)
	var following sync.WaitGroup
	following.Go(func() { follow(ctx, s.path+"-wal", written) })
	defer following.Wait()
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
				sqlstore.Tell(c)
			}
		}
	}
}

// wakes is how often something was written that others wait for. The file is
// written to before what is in it counts, so this has its turn among the
// writers: whoever was at it is done then.
func (s *Store) wakes(ctx context.Context) (count int64, err error) {
	err = s.DB.Write(ctx, func(tx sqlstore.Tx) error {
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
			sqlstore.Tell(c)
		case <-ctx.Done():
			return
		}
	}
}
