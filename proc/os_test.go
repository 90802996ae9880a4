package proc_test

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
)

func TestMain(m *testing.M) {
	if code, ok := proc.RunStandIn(os.Args); ok {
		os.Exit(code)
	}
	fds, goroutines := openFiles(), runtime.NumGoroutine()
	code := m.Run()
	if code == 0 && !settles(func() bool { return openFiles() <= fds+spare && runtime.NumGoroutine() <= goroutines+spare }) {
		fmt.Printf("left behind: %d descriptors, %d before; %d goroutines, %d before\n",
			openFiles(), fds, runtime.NumGoroutine(), goroutines)
		code = 1
	}
	os.Exit(code)
}

// spare is what the runtime may open once and keep: the poller and its wake-up, signals.
const spare = 2

// settles waits for things that end by themselves.
func settles(ok func() bool) bool {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range 2000 {
		if ok() {
			return true
		}
		<-tick.C
	}
	return false
}

func openFiles() int {
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

func newOS(t testing.TB) *proc.OS {
	t.Helper()
	s, err := proc.NewOS(proc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func TestOSConforms(t *testing.T) {
	proctest.Conform(t, func(t *testing.T, _ proctest.Act) proc.Starter { return newOS(t) })
}

func TestExitSaysHow(t *testing.T) {
	for want, exit := range map[string]proc.Exit{
		"exit status 0":                       {},
		"exit status 3":                       {Code: 3},
		"terminated by SIGKILL":               {Code: -1, Signal: syscall.SIGKILL},
		"terminated by SIGSEGV (core dumped)": {Code: -1, Signal: syscall.SIGSEGV, Core: true},
	} {
		if got := exit.String(); got != want {
			t.Errorf("Exit is %q, want %q", got, want)
		}
	}
}

// TestPlacedChildrenAreMadeInOrder: each start begins as soon as the one
// before has its place, and the system numbers the children in that order.
func TestPlacedChildrenAreMadeInOrder(t *testing.T) {
	s := newOS(t)
	const n = 60
	pids := make([]int, n)
	var starts sync.WaitGroup
	var begin func(i int)
	begin = func(i int) {
		if i == n {
			return
		}
		starts.Go(func() {
			c := shell("exit 0")
			c.Placed = func() { begin(i + 1) }
			child, err := s.Start(c)
			if err != nil {
				t.Errorf("start: %v", err)
				return
			}
			pids[i] = child.PID()
			<-child.Done()
			closeAll(t, child)
		})
	}
	begin(0)
	starts.Wait()
	falls := 0
	for i := 1; i < n; i++ {
		if pids[i] <= pids[i-1] {
			falls++
		}
	}
	if falls > 1 { // numbers begin again at the end of their range
		t.Errorf("the children have the pids %v", pids)
	}
}

func TestStartAfterClose(t *testing.T) {
	s, err := proc.NewOS(proc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Start(shell("exit 0")); err == nil {
		t.Error("a child was started after Close")
	}
}

// TestFilesAreHandedOver: a child has them from 3 up, and they stay ours.
func TestFilesAreHandedOver(t *testing.T) {
	here, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	c := shell("read x <&3; echo \"3: $x\" >&4")
	c.Files = []*os.File{null, theirs}
	if _, _, exit := run(t, newOS(t), c); exit.Code != 0 {
		t.Errorf("the child ends with %v", exit)
	}
	for _, f := range []*os.File{null, theirs} {
		if err := f.Close(); err != nil {
			t.Errorf("close what was handed over: %v", err)
		}
	}
	got, err := io.ReadAll(here)
	if err != nil || string(got) != "3: \n" {
		t.Errorf("the child wrote %q, %v", got, err)
	}
	if err := here.Close(); err != nil {
		t.Error(err)
	}
}
