package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// patience is how long a script waits for one condition before it fails.
const patience = 30 * time.Second

// eventually calls try until it succeeds, and fails the script with its last
// complaint when patience is over.
func eventually(ts *testscript.TestScript, try func() error) {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			ts.Fatalf("after %v: %v", patience, err)
		}
	}
}

// arguments checks how many there are and that the command is not negated.
func arguments(ts *testscript.TestScript, neg bool, args []string, least int, usage string) {
	if neg || len(args) < least {
		ts.Fatalf("usage: %s", usage)
	}
}

// result is what a command gave.
type result struct {
	stdout, stderr string
	code           int
}

func (r result) output() string { return r.stdout + r.stderr }

// run runs a command where the script is. Unlike exec it logs nothing, since
// most of the runs that a script waits with are of no interest.
func run(ts *testscript.TestScript, args []string) result {
	var stdout, stderr strings.Builder
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, inPath(ts, args[0]), args[1:]...)
	command.Args[0] = args[0]       // which usage texts name
	command.WaitDelay = time.Second // a daemon that should not have started holds the pipes
	command.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		command.Env = append(command.Env, name+"="+ts.Getenv(name))
	}
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	if exit := new(exec.ExitError); !errors.As(err, &exit) {
		ts.Check(err) // it could not be run
	}
	return result{stdout.String(), stderr.String(), command.ProcessState.ExitCode()}
}

// inPath finds a program in the PATH of the script, which may be another than ours.
func inPath(ts *testscript.TestScript, name string) string {
	if strings.Contains(name, "/") {
		return name
	}
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return name
}

// keep makes the output of r what the commands stdout and stderr look at.
func (r result) keep(ts *testscript.TestScript) {
	_, err := io.WriteString(ts.Stdout(), r.stdout)
	ts.Check(err)
	_, err = io.WriteString(ts.Stderr(), r.stderr)
	ts.Check(err)
}

func until(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2, "until PATTERN COMMAND [ARG]...")
	pattern := regexp.MustCompile("(?m)" + args[0])
	var last result
	eventually(ts, func() error {
		last = run(ts, args[1:])
		if !pattern.MatchString(last.output()) {
			return fmt.Errorf("no match for %#q in\n%s", args[0], last.output())
		}
		return nil
	})
	last.keep(ts)
}

func untilFile(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2, "untilfile PATTERN FILE")
	pattern := regexp.MustCompile("(?m)" + args[0])
	eventually(ts, func() error {
		text, err := os.ReadFile(ts.MkAbs(args[1]))
		if err != nil {
			return err
		}
		if !pattern.Match(text) {
			return fmt.Errorf("no match for %#q in %s:\n%s", args[0], args[1], text)
		}
		return nil
	})
}

func rc(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2, "rc N COMMAND [ARG]...")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := run(ts, args[1:])
	got.keep(ts)
	if got.code != want {
		ts.Fatalf("%s: exit code %d, want %d\n%s", strings.Join(args[1:], " "), got.code, want, got.output())
	}
}

func signal(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2, "signal NAME PIDFILE")
	sig := unix.SignalNum("SIG" + args[0])
	if sig == 0 {
		ts.Fatalf("no signal SIG%s", args[0])
	}
	ts.Check(syscall.Kill(pidIn(ts, args[1]), sig))
}

func gone(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1, "gone PIDFILE")
	pid := pidIn(ts, args[0])
	eventually(ts, func() error {
		if syscall.Kill(pid, 0) == nil && !zombie(pid) {
			return fmt.Errorf("process %d lives", pid)
		}
		return nil
	})
}

// zombie reports whether pid has ended but was not collected: as PID 1 of a
// container we are nobody's parent.
func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, after, _ := bytes.Cut(stat, []byte(") "))
	return bytes.HasPrefix(after, []byte("Z"))
}

func pidIn(ts *testscript.TestScript, file string) int {
	pid, err := strconv.Atoi(strings.TrimSpace(ts.ReadFile(file)))
	ts.Check(err)
	return pid
}

func processes(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2, "processes N MARK")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	eventually(ts, func() error {
		if found := marked(args[1]); len(found) != want {
			return fmt.Errorf("%d processes with %q on their command line, want %d: %v", len(found), args[1], want, found)
		}
		return nil
	})
}

// marked are the pids of processes, other than ours, whose command line
// contains mark.
func marked(mark string) []int {
	var pids []int
	paths, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range paths {
		words, err := os.ReadFile(path)
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err == nil && pid != os.Getpid() && bytes.Contains(words, []byte(mark)) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// inside are the pids of processes whose current directory is dir.
func inside(dir string) []int {
	var pids []int
	paths, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, path := range paths {
		if cwd, err := os.Readlink(path); err == nil && cwd == dir {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			pids = append(pids, pid)
		}
	}
	return pids
}

// killLeft ends what a script that failed half-way has left behind: what runs
// in its directory or names it.
func killLeft(t *testing.T, dir string) {
	// With what ends the name: that of another script may begin with it.
	for _, pid := range slices.Concat(inside(dir), marked(dir+"/"), marked(dir+"\x00")) {
		t.Logf("left behind: process %d", pid)
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			t.Error(err)
		}
	}
}

func freePort(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1, "freeport VARIABLE")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	ts.Check(l.Close())
}

func expand(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1, "expand FILE")
	text := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}

// listen holds a socket that accepts, by its backlog, and never answers.
func listen(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1, "listen ADDRESS")
	network, address := networkOf(ts, args[0])
	l, err := net.Listen(network, address)
	ts.Check(err)
	ts.Defer(func() { l.Close() })
}

func dead(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1, "dead SOCKET")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: ts.MkAbs(args[0]), Net: "unix"})
	ts.Check(err)
	l.SetUnlinkOnClose(false)
	ts.Check(l.Close())
}
