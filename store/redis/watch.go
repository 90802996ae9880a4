package redis

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// silence is how long a connection that is watched may say nothing before
	// it is asked for a sign of life, and again before it is given up.
	silence = 30 * time.Second
	// reconnect is how long a watcher waits before it connects again; it
	// doubles up to reconnectMost.
	reconnect     = 50 * time.Millisecond
	reconnectMost = 2 * time.Second
)

// Watch implements job.Watcher, by publish and subscribe.
func (s *Store) Watch(ctx context.Context) <-chan struct{} {
	news := make(chan struct{}, 1)
	s.doing.Go(func() {
		defer close(news)
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		defer context.AfterFunc(s.life, stop)()
		s.watch(ctx, news)
	})
	return news
}

func (s *Store) watch(ctx context.Context, news chan<- struct{}) {
	wait := reconnect
	for ctx.Err() == nil {
		if s.listen(ctx, news) {
			wait = reconnect
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		wait = min(2*wait, reconnectMost)
	}
}

// listen passes on what one connection says, and that it is there: something may
// have been missed before. It returns when the connection is lost, and whether
// there was one.
func (s *Store) listen(ctx context.Context, news chan<- struct{}) (connected bool) {
	sub := s.client.Subscribe(ctx, s.key("wake"))
	defer context.AfterFunc(ctx, func() { _ = sub.Close() })()
	defer func() { _ = sub.Close() }()
	asked := false
	for {
		message, err := sub.ReceiveTimeout(ctx, silence)
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() && !asked && connected {
			asked = true
			err = sub.Ping(ctx)
			message = nil
		}
		if err != nil {
			return connected
		}
		asked = asked && message == nil
		switch message.(type) {
		case *redis.Subscription, *redis.Message:
			connected = true
			select {
			case news <- struct{}{}:
			default: // one is there that nobody took yet
			}
		}
	}
}
