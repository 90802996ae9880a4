// Package pgtest starts private PostgreSQL servers for tests: each has a
// directory of its own, listens on a unix socket in it, and is gone with the
// test. The settings are those of a new cluster, so what is acknowledged is on
// the disk.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// patience is how long a server may take to start or to stop.
const patience = time.Minute

// ErrMissing: the programs of PostgreSQL are not there.
var ErrMissing = errors.New("PostgreSQL is not installed (Debian: postgresql)")

// Server is a running PostgreSQL.
type Server struct {
	dir       string
	bin       string
	process   *exec.Cmd
	databases atomic.Int64
}

// Start makes a cluster and starts it. Stop is to be called when it is needed
// no more.
func Start() (*Server, error) {
	bin, err := find()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pgtest")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, bin: bin}
	if err := s.create(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := s.Restart(); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// Need is Start for a test that needs the server: without PostgreSQL it is
// skipped, and fails where CI is true. The server stops with the test.
func Need(tb testing.TB) *Server {
	tb.Helper()
	return servertest.Need(tb, Start, ErrMissing)
}

// find looks for the directory of the server's programs, the newest first.
func find() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.Join(ErrMissing, err)
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// command is one of the server's programs. They refuse to run as root, so for
// root they run as the user postgres.
func (s *Server) command(name string, args ...string) (*exec.Cmd, error) {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	if os.Getuid() != 0 {
		return cmd, nil
	}
	uid, gid, err := postgres()
	if err != nil {
		return nil, err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return cmd, nil
}

func postgres() (uid, gid int, err error) {
	u, err := user.Lookup("postgres")
	if err != nil {
		return 0, 0, err
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	return uid, gid, errors.Join(err1, err2)
}

func (s *Server) create() error {
	if os.Getuid() == 0 {
		uid, gid, err := postgres()
		if err != nil {
			return err
		}
		if err := os.Chown(s.dir, uid, gid); err != nil {
			return err
		}
	}
	cmd, err := s.command("initdb", "-D", s.data(), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync")
	if err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// Socket is the path of the unix socket at which the server listens.
func (s *Server) Socket() string { return filepath.Join(s.dir, ".s.PGSQL.5432") }

// URL connects to a database of the server.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("postgres://postgres@/%s?host=%s", database, s.dir)
}

// Restart starts the server, which does not run, and waits for it.
func (s *Server) Restart() error {
	cmd, err := s.command("postgres", "-D", s.data(), "-k", s.dir, "-c", "listen_addresses=")
	if err != nil {
		return err
	}
	log, err := os.OpenFile(s.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	s.process = cmd
	return s.await()
}

func (s *Server) log() string { return filepath.Join(s.dir, "log") }

// await waits until the server answers.
func (s *Server) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			log, _ := os.ReadFile(s.log()) // best effort: err says enough
			return fmt.Errorf("wait for postgres: %w\n%s", err, log)
		}
	}
}

// Kill ends the server and all its processes at once, as a loss of power does
// to them; what the kernel was given is kept.
func (s *Server) Kill() error {
	server := s.process.Process.Pid
	if err := syscall.Kill(server, syscall.SIGSTOP); err != nil { // it starts no more of them
		return err
	}
	all, err := processes()
	if err != nil {
		return err
	}
	var children []int
	for _, p := range all {
		if p.parent == server {
			children = append(children, p.pid)
		}
	}
	for _, pid := range append(children, server) {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	}
	if err := s.wait(); err != nil {
		return err
	}
	return awaitEnd(children)
}

// awaitEnd waits until processes have let go of what they had: a server is not
// started beside them.
func awaitEnd(pids []int) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		all, err := processes()
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(all, func(p process) bool { return slices.Contains(pids, p.pid) && !p.ended }) {
			return nil
		}
	}
	return fmt.Errorf("processes %v were killed, and are there after %v", pids, patience)
}

// process is one of the system.
type process struct {
	pid, parent int
	ended       bool // and not collected
}

func processes() ([]process, error) {
	out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=,stat=").Output()
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var all []process
	for line := range strings.Lines(string(out)) {
		var p process
		var state string
		if _, err := fmt.Sscan(line, &p.pid, &p.parent, &state); err == nil {
			p.ended = strings.HasPrefix(state, "Z")
			all = append(all, p)
		}
	}
	return all, nil
}

// wait collects the process that was ended by a signal.
func (s *Server) wait() error {
	err := s.process.Wait()
	s.process = nil
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil
	}
	return err
}

// Stop stops the server, if it runs, and removes all of it.
func (s *Server) Stop() error {
	var err error
	if s.process != nil {
		if err = s.process.Process.Signal(syscall.SIGQUIT); err == nil {
			err = s.wait()
		}
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

// Database makes an empty database and returns its URL.
func (s *Server) Database(tb testing.TB) string {
	tb.Helper()
	ctx := context.Background()
	name := fmt.Sprintf("test%d", s.databases.Add(1))
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "create database "+name); err != nil {
		tb.Fatal(err)
	}
	return s.URL(name)
}

// CPU is what the processes of the server have used, as far as the system
// tells (Linux): 0 otherwise.
func (s *Server) CPU(tb testing.TB) time.Duration {
	tb.Helper()
	all, err := processes()
	if err != nil {
		tb.Fatal(err)
	}
	server := s.process.Process.Pid
	var total time.Duration
	for _, p := range all {
		if p.pid == server || p.parent == server {
			total += used(p.pid)
		}
	}
	return total
}

// used is what the threads of a process have used, in nanoseconds as the
// scheduler of Linux counts.
func used(pid int) time.Duration {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
	if err != nil {
		return 0 // it has ended, or this is another system
	}
	var ns int64
	if _, err := fmt.Sscan(string(data), &ns); err != nil {
		return 0
	}
	return time.Duration(ns)
}
