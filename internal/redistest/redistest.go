// Package redistest starts private Redis servers for tests: each has a directory
// of its own, listens on a unix socket in it and on a port of this host, and is
// gone with the test.
package redistest

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// patience is how long a server may take to answer.
const patience = time.Minute

// ErrMissing: the server's program is not there.
var ErrMissing = errors.New("redis-server is not installed (Debian: redis-server)")

// Server is a Redis, running or not.
type Server struct {
	dir     string
	address string
	args    []string
	process *exec.Cmd // nil: it does not run
}

// Start starts a server with these arguments besides those that make it private;
// without any it keeps nothing beyond its end. Stop is to be called when it is
// needed no more.
func Start(args ...string) (*Server, error) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		return nil, errors.Join(ErrMissing, err)
	}
	address, err := FreeAddress()
	if err != nil {
		return nil, err
	}
	// The path of a socket has some 100 bytes at most, so it is no t.TempDir.
	dir, err := os.MkdirTemp("", "redis")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, address: address, args: args}
	if err := s.Restart(); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// Need is Start for a test that needs the server: without Redis it is skipped,
// and fails where CI is true. The server stops with the test.
func Need(tb testing.TB, args ...string) *Server {
	tb.Helper()
	return servertest.Need(tb, func() (*Server, error) { return Start(args...) }, ErrMissing)
}

// FreeAddress is one of this host at which nobody listens.
func FreeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// Address is the host and port at which the server listens, also after Restart.
func (s *Server) Address() string { return s.address }

// Socket is the path of the unix socket at which it listens, too.
func (s *Server) Socket() string { return filepath.Join(s.dir, "s") }

// Pid is the process of the server, which runs.
func (s *Server) Pid() int { return s.process.Process.Pid }

// Restart starts the server, which does not run, and waits until it answers.
func (s *Server) Restart() error {
	host, port, err := net.SplitHostPort(s.address)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(s.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command("redis-server", append([]string{
		"--bind", host, "--port", port, "--unixsocket", s.Socket(), "--dir", s.dir, "--save", "",
	}, s.args...)...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start redis-server: %w", err)
	}
	s.process = cmd
	return s.await()
}

func (s *Server) log() string { return filepath.Join(s.dir, "log") }

// await waits until the server answers, which it does not while it reads what
// it has kept.
func (s *Server) await() error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); ; <-tick.C {
		err := ping(s.Socket())
		if err == nil {
			return nil
		}
		if time.Now().After(end) {
			log, _ := os.ReadFile(s.log()) // best effort: err says enough
			return fmt.Errorf("wait for redis-server: %w\n%s", err, log)
		}
	}
}

func ping(socket string) error {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := fmt.Fprint(conn, "PING\r\n"); err != nil {
		return err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && answer != "+PONG\r\n" {
		err = errors.New("it answers " + strings.TrimSpace(answer))
	}
	return err
}

// Kill ends the server at once, as a crash does. One that does not run stays so.
func (s *Server) Kill() error {
	if s.process == nil {
		return nil
	}
	if err := s.process.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	err := s.process.Wait()
	s.process = nil
	var exit *exec.ExitError
	if errors.As(err, &exit) { // by the signal
		return nil
	}
	return err
}

// Stop ends the server, if it runs, and removes all of it.
func (s *Server) Stop() error { return errors.Join(s.Kill(), os.RemoveAll(s.dir)) }
