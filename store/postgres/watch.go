package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
)

const (
	// firstPause and maxPause bound how long a lost connection is left alone
	// before it is made anew.
	firstPause = 100 * time.Millisecond
	maxPause   = 5 * time.Second
	// closing is how long the end of a connection may take.
	closing = time.Second
)

// channel is the one that is notified.
func (s *Store) channel() string { return s.prefix + "wake" }

// Watch implements job.Watcher. It keeps a connection of its own, on which it
// LISTENs; nothing is asked for while nothing happens.
func (s *Store) Watch(ctx context.Context) <-chan struct{} {
	return s.watches.Go(ctx, func(ctx context.Context, c chan<- struct{}) {
		pause := firstPause
		for ctx.Err() == nil {
			if heard := s.listen(ctx, c); heard {
				pause = firstPause
			}
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
			pause = min(2*pause, maxPause)
		}
	})
}

// listen passes notifications on until the connection is lost or ctx is over.
// It reports whether there was a connection. What happened before there was one
// counts as heard.
func (s *Store) listen(ctx context.Context, c chan<- struct{}) (heard bool) {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return false
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
		defer cancel()
		// The connection is lost, or nobody needs it any more.
		_ = conn.Close(end)
	}()
	if _, err := conn.Exec(ctx, "listen "+pgx.Identifier{s.channel()}.Sanitize()); err != nil {
		return false
	}
	for {
		sqlstore.Tell(c)
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return true
		}
	}
}
