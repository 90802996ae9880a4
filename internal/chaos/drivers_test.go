package chaos_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/pgtest"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/mongo"
	"github.com/watchkeeper-go/watchkeeper/store/postgres"
	"github.com/watchkeeper-go/watchkeeper/store/redis"
)

// driver is a store that machines share, and its server.
type driver struct {
	jobs  int
	pace  time.Duration // jobs run every 2 to 10 of these
	dies  bool          // the server can be killed
	start func(t *testing.T) server
	open  func(ctx context.Context, url string) (job.Store, error)
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

func drivers() map[string]driver {
	return map[string]driver{
		"redis": {2000, time.Second, true, startRedis, func(ctx context.Context, url string) (job.Store, error) {
			return redis.Open(ctx, redis.Options{URL: url})
		}},
		"postgres": {2000, time.Second, true, startPostgres, func(ctx context.Context, url string) (job.Store, error) {
			return postgres.Open(ctx, url, postgres.Options{IdleInTransaction: lease / 2})
		}},
		"mongo": {200, 4 * time.Second, false, startFerretDB, func(ctx context.Context, url string) (job.Store, error) {
			return mongo.Open(ctx, url, mongo.Options{})
		}},
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

// ferretServer is FerretDB, which speaks MongoDB's protocol.
type ferretServer struct{ address string }

func startFerretDB(t *testing.T) server {
	binary := filepath.Join(t.TempDir(), "ferretdb")
	build := exec.Command("go", "build", "-trimpath", "-o", binary, ".")
	build.Dir = filepath.Join("..", "..", "store", "mongo", "internal", "ferretdb")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=mod")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build FerretDB: %v\n%s", err, out)
	}
	command := exec.Command(binary, "-dir", t.TempDir())
	input, err1 := command.StdinPipe()
	output, err2 := command.StdoutPipe()
	if err := errors.Join(err1, err2, command.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = input.Close() // it ends when its input does
		_ = command.Wait()
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address := strings.Trim(strings.TrimPrefix(strings.TrimSpace(line), "mongodb://"), "/")
	return &ferretServer{address}
}

func (s *ferretServer) Address() (network, address string) { return "tcp", s.address }

func (s *ferretServer) URL(address string) string {
	return "mongodb://" + address + "/?directConnection=true&serverSelectionTimeoutMS=3000"
}

// Kill does nothing: FerretDB is not the server whose death is to be survived.
func (s *ferretServer) Kill(*testing.T) {}

// Restart does nothing, as Kill.
func (s *ferretServer) Restart(*testing.T) {}

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
