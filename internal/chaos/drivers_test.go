package chaos_test

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/pgtest"
	"github.com/watchkeeper-go/watchkeeper/internal/redistest"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/store/postgres"
	"github.com/watchkeeper-go/watchkeeper/store/redis"
)

// driver is a store that machines share, and its server.
type driver struct {
	jobs   int
	every  time.Duration // of the jobs that are due most often
	timing schedule.Timing
	start  func(t *testing.T) server
	open   func(ctx context.Context, url string) (job.Store, error)
}

// server is a private server, gone with the test.
type server interface {
	// Address is where it listens.
	Address() (network, address string)
	// URL opens the store by way of a host and port, or of its own address.
	URL(address string) string
	// Kill ends it with SIGKILL, Restart starts it again.
	Kill(t *testing.T)
	Restart(t *testing.T)
}

// lease of most drivers is short, so that a minute has many that run out.
const lease = 3 * time.Second

func drivers() map[string]driver {
	timing := schedule.Timing{Lease: lease, Call: 2 * time.Second, Poll: time.Second}
	return map[string]driver{
		"redis": {2000, 2 * time.Second, timing, startRedis, func(ctx context.Context, url string) (job.Store, error) {
			return redis.Open(ctx, redis.Options{URL: url})
		}},
		"postgres": {2000, 2 * time.Second, timing, startPostgres, func(ctx context.Context, url string) (job.Store, error) {
			return postgres.Open(ctx, url, postgres.Options{IdleInTransaction: lease / 2})
		}},
		"mongo": ferretDriver(),
	}
}

// redisServer keeps what it acknowledges: appendfsync always.
type redisServer struct{ *redistest.Server }

func startRedis(t *testing.T) server {
	return &redisServer{redistest.Need(t, "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction")}
}

func (s *redisServer) Address() (network, address string) { return "tcp", s.Server.Address() }

func (s *redisServer) URL(address string) string { return "redis://" + address + "/0" }

func (s *redisServer) Kill(t *testing.T) {
	if err := s.Server.Kill(); err != nil {
		t.Fatal(err)
	}
}

func (s *redisServer) Restart(t *testing.T) {
	if err := s.Server.Restart(); err != nil {
		t.Fatal(err)
	}
}

type postgresServer struct {
	*pgtest.Server
	database string
}

func startPostgres(t *testing.T) server {
	return &postgresServer{pgtest.Need(t), "postgres"}
}

func (s *postgresServer) Address() (network, address string) { return "unix", s.Socket() }

func (s *postgresServer) URL(address string) string {
	if host, port, err := net.SplitHostPort(address); err == nil {
		return fmt.Sprintf("postgres://postgres@%s:%s/%s?sslmode=disable&connect_timeout=3", host, port, s.database)
	}
	return s.Server.URL(s.database)
}

func (s *postgresServer) Kill(t *testing.T) {
	if err := s.Server.Kill(); err != nil {
		t.Fatal(err)
	}
}

func (s *postgresServer) Restart(t *testing.T) {
	if err := s.Server.Restart(); err != nil {
		t.Fatal(err)
	}
}
