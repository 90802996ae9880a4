//go:build linux

package record_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/record"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// crashVar names the path where the test binary, as a daemon that is going to
// be killed, keeps its record.
const crashVar = "RECORD_TEST_CRASH"

func TestMain(m *testing.M) {
	if code, ok := proc.RunStandIn(os.Args); ok {
		os.Exit(code)
	}
	if path := os.Getenv(crashVar); path != "" {
		os.Exit(beDaemon(path))
	}
	os.Exit(m.Run())
}

// commands are the children of a daemon that is killed: one that ends by SIGTERM, one
// that does not, one that has ended before, and one with a child of its own.
func commands() map[string]string {
	return map[string]string{
		"meek":     "echo ready; exec sleep 1000",
		"stubborn": `trap "" TERM; echo ready; while :; do sleep 1000; done`,
		"short":    "echo ready",
		"parent":   "sleep 1000 & echo ready; wait",
	}
}

// beDaemon starts the children, tells so, and waits to be killed.
func beDaemon(path string) int {
	starter, err := proc.NewOS(proc.Options{})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	r := record.Create(path, slog.New(slog.NewTextHandler(os.Stdout, nil)))
	for name, command := range commands() {
		child, err := starter.Start(proc.Command{Path: "/bin/sh", Args: []string{"sh", "-c", command}, Umask: -1})
		if err != nil {
			fmt.Println(err)
			return 1
		}
		p := supervise.Program{Group: "g", Name: name}
		r.Started(p, child)
		if err := child.Stdout().Next(func([]byte) {}); err != nil {
			fmt.Println(err)
			return 1
		}
		if name == "short" {
			<-child.Done()
			r.Ended(p, child)
		}
	}
	fmt.Println("up")
	<-make(chan struct{})
	return 0
}

// crash runs a daemon until it has its children and kills it, after a look at
// its record while it lives.
func crash(t *testing.T, path string, meanwhile func()) {
	t.Helper()
	starter := newOS(t)
	daemon, err := starter.Start(proc.Command{
		Path: "/proc/self/exe", Args: []string{"daemon"}, Umask: -1,
		Env: append(os.Environ(), crashVar+"="+path), RedirectStderr: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if line := firstLine(t, daemon.Stdout()); line != "up" {
		t.Fatalf("the daemon says %q, want up", line)
	}
	meanwhile()
	if err := daemon.Signal(9, false); err != nil {
		t.Fatal(err)
	}
	<-daemon.Done()
	closeAll(daemon)
}

func closeAll(c proc.Child) {
	_ = c.Stdin().Close()
	_ = c.Stdout().Close()
	if c.Stderr() != nil {
		_ = c.Stderr().Close()
	}
}

func firstLine(t *testing.T, s proc.Stream) string {
	t.Helper()
	var all []byte
	for !bytes.Contains(all, []byte("\n")) {
		if err := s.Next(func(p []byte) { all = append(all, p...) }); err != nil {
			t.Fatalf("read: %v after %q", err, all)
		}
	}
	line, _, err := bufio.NewReader(bytes.NewReader(all)).ReadLine()
	if err != nil {
		t.Fatal(err)
	}
	return string(line)
}

func newOS(t *testing.T) *proc.OS {
	t.Helper()
	s, err := proc.NewOS(proc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func find(t *testing.T, path string) map[string]record.Child {
	t.Helper()
	found, err := record.Find(path)
	if err != nil {
		t.Fatalf("find: %v", err)
	}
	byName := map[string]record.Child{}
	for _, c := range found {
		byName[c.Name] = c
	}
	return byName
}

func TestChildrenOfAKilledDaemonAreFoundAndStopped(t *testing.T) {
	path := record.Path(filepath.Join(t.TempDir(), "daemon.pid"))
	crash(t, path, func() {
		if found, err := record.Find(path); !errors.Is(err, record.ErrInUse) {
			t.Errorf("while the daemon lives: %v, %v, want %v", found, err, record.ErrInUse)
		}
	})
	found := find(t, path)
	if len(found) != 3 || found["meek"].PID == 0 || found["stubborn"].PID == 0 || found["parent"].PID == 0 {
		t.Fatalf("found %+v, want meek, stubborn and parent", found)
	}
	if c := found["meek"]; c.Group != "g" || c.Hash != record.NameHash("g", "meek") {
		t.Errorf("meek is %+v", c)
	}
	endAlone(t, found["parent"])
	if widowed := find(t, path)["parent"]; widowed != found["parent"] {
		t.Errorf("once only the child of parent lives, found %+v, want %+v", widowed, found["parent"])
	}
	elsewhere := found["parent"]
	if elsewhere.Session++; elsewhere.Runs() {
		t.Error("a process group in another session passes for that of the child")
	}
	outcomes := record.Stop(t.Context(),
		[]record.Child{found["meek"], found["stubborn"], found["parent"]}, 100*time.Millisecond)
	for i, wantKilled := range []bool{false, true, false} {
		o := outcomes[i]
		if o.Killed != wantKilled || len(o.Left) > 0 || o.Err != nil || o.Runs() {
			t.Errorf("%s: %+v, runs: %v; want it gone, killed: %v", o.Name, o, o.Runs(), wantKilled)
		}
	}
	if left := find(t, path); len(left) > 0 {
		t.Errorf("found after Stop: %v", left)
	}
}

// endAlone kills a child and nobody else of its process group.
func endAlone(t *testing.T, c record.Child) {
	t.Helper()
	if err := syscall.Kill(c.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); proc.Lives(c.PID, c.Started); {
		if time.Now().After(deadline) {
			t.Fatalf("%s lives on", c.Name)
		}
	}
}

func TestStopLeavesAnotherProcessWithThePidAlone(t *testing.T) {
	child := startSleep(t, newOS(t))
	reused := record.Child{PID: child.PID(), Started: child.Started() - 1, Name: "old"}
	for _, o := range record.Stop(t.Context(), []record.Child{reused}, time.Minute) {
		if o.Killed || o.Err != nil {
			t.Errorf("outcome is %+v, want nothing done", o)
		}
	}
	if !proc.Lives(child.PID(), child.Started()) {
		t.Error("the process that has the pid now was ended")
	}
}

func startSleep(t *testing.T, s proc.Starter) proc.Child {
	t.Helper()
	child, err := s.Start(proc.Command{Path: "/bin/sh", Args: []string{"sh", "-c", "exec sleep 1000"}, Umask: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = child.Signal(9, true)
		<-child.Done()
		closeAll(child)
	})
	return child
}

// TestRecordOfAnotherTime: what a record says holds within one boot and one
// pid namespace, and once its daemon is dead.
func TestRecordOfAnotherTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "children")
	child := startSleep(t, newOS(t))
	r := record.Create(path, slog.New(slog.DiscardHandler))
	r.Started(supervise.Program{Group: "g", Name: "p"}, child)
	original, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	header, _, _ := strings.Cut(string(original), "\n")
	fields := strings.Fields(header)
	for name, tt := range map[string]struct {
		field int
		value string
		want  int
	}{
		"a dead daemon":           {4, "1" + fields[4], 1},
		"another boot":            {1, "00000000-0000-0000-0000-000000000000", 0},
		"another namespace":       {2, "pid:[1]", 0},
		"another boot, same rest": {1, fields[1] + "0", 0},
	} {
		t.Run(name, func(t *testing.T) {
			changed := append([]string(nil), fields...)
			changed[tt.field] = tt.value
			changed[4] = "1" + fields[4] // the daemon of the record is dead
			if tt.field == 4 {
				changed[4] = tt.value
			}
			line := fmt.Sprintf("%-*s\n", len(header), strings.Join(changed, " "))[:len(header)] + "\n"
			if err := os.WriteFile(path, []byte(line+string(original[len(header)+1:])), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := find(t, path); len(got) != tt.want {
				t.Errorf("found %v, want %d", got, tt.want)
			}
		})
	}
	r.Ended(supervise.Program{}, child)
	if err := r.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func TestSlotsAreUsedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "children")
	starter := newOS(t)
	r := record.Create(path, slog.New(slog.DiscardHandler))
	p := supervise.Program{Group: "g", Name: "p"}
	for range 5 {
		child := startSleep(t, starter)
		r.Started(p, child)
		r.Ended(p, child)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := int64(2 * 512); info.Size() != want {
		t.Errorf("the record has %d bytes, want a header and one slot, %d", info.Size(), want)
	}
	if err := r.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the record of no children is left behind: %v", err)
	}
}

func TestRecordThatCannotBeWritten(t *testing.T) {
	var log bytes.Buffer
	r := record.Create("/nonexistent/dir/pid.children", slog.New(slog.NewTextHandler(&log, nil)))
	if r != nil {
		t.Fatal("there is a record")
	}
	if got := strings.Count(log.String(), "level=WARN"); got != 1 {
		t.Errorf("%d warnings, want 1: %s", got, &log)
	}
	child := startSleep(t, newOS(t))
	r.Started(supervise.Program{}, child) // keeps no note, and no more
	r.Ended(supervise.Program{}, child)
	if err := r.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func TestFindWithoutARecord(t *testing.T) {
	if got, err := record.Find(filepath.Join(t.TempDir(), "none")); len(got) > 0 || err != nil {
		t.Errorf("Find = %v, %v, want nothing", got, err)
	}
	path := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(path, bytes.Repeat([]byte("x"), 1024), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := record.Find(path); err == nil {
		t.Errorf("Find in a file that is no record = %v, want an error", got)
	}
}
