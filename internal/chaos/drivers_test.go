package chaos_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/pgtest"
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

// missing ends a test whose server is not installed.
func missing(t *testing.T, program string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed", program)
	}
	t.Skipf("%s is not installed", program)
}

// redisServer keeps what it acknowledges: appendfsync always.
type redisServer struct {
	dir, port string
	command   *exec.Cmd
}

func startRedis(t *testing.T) server {
	if _, err := exec.LookPath("redis-server"); err != nil {
		missing(t, "redis-server")
	}
	s := &redisServer{dir: t.TempDir(), port: freePort(t)}
	s.Restart(t)
	t.Cleanup(func() { s.Kill(t) })
	return s
}

func (s *redisServer) Address() (network, address string) { return "tcp", "127.0.0.1:" + s.port }

func (s *redisServer) URL(address string) string { return "redis://" + address + "/0" }

func (s *redisServer) Kill(t *testing.T) {
	if err := s.command.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
	_ = s.command.Wait() // it was killed
}

func (s *redisServer) Restart(t *testing.T) {
	s.command = exec.Command("redis-server", "--port", s.port, "--bind", "127.0.0.1", "--dir", s.dir,
		"--save", "", "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction")
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	reachable(t, "127.0.0.1:"+s.port)
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

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// reachable waits until somebody listens.
func reachable(t *testing.T, address string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; <-time.After(20 * time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("nobody listens at %s: %v", address, err)
		}
	}
}
