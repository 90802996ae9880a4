package redis_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/watchkeeper-go/watchkeeper/internal/redistest"
	"github.com/watchkeeper-go/watchkeeper/store/redis"
)

// server is a private Redis.
type server struct{ *redistest.Server }

// startServer starts a server that ends with the test.
func startServer(t testing.TB, args ...string) *server {
	t.Helper()
	return &server{redistest.Need(t, args...)}
}

func (s *server) start(t testing.TB) {
	t.Helper()
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
}

// kill ends the server as a power cut would.
func (s *server) kill(t testing.TB) {
	t.Helper()
	if err := s.Kill(); err != nil {
		t.Error(err)
	}
}

// client is a connection beside the store's.
func (s *server) client(t testing.TB) *goredis.Client {
	c := goredis.NewClient(&goredis.Options{Network: "unix", Addr: s.Socket(), MaxRetries: -1})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// open opens a store that is closed with the test.
func (s *server) open(t testing.TB, o redis.Options) *redis.Store {
	t.Helper()
	o.Addr = s.Socket()
	st, err := redis.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// waitFor waits until f has no error.
func waitFor(t testing.TB, what string, f func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	ticks := time.NewTicker(5 * time.Millisecond)
	defer ticks.Stop()
	for {
		err := f()
		if err == nil {
			return
		}
		select {
		case <-ticks.C:
		case <-ctx.Done():
			t.Fatal(fmt.Errorf("%s: %w", what, err))
		}
	}
}
