package proc_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

// TestChildrenOfOthersAreNotCollected: other code of the program waits for
// processes of its own, and one of those that is not collected for a while
// hides nobody.
func TestChildrenOfOthersAreNotCollected(t *testing.T) {
	s := newOS(t)
	other := exec.Command("/bin/sh", "-c", "exit 5")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, other.Process.Pid, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	if _, _, e := run(t, s, shell("exit 6")); e.Code != 6 {
		t.Errorf("behind a zombie of others: %+v, want code 6", e)
	}
	if err := other.Wait(); err == nil || err.Error() != "exit status 5" {
		t.Errorf("the other's exit is %v, want status 5", err)
	}
}

// TestManyChildrenAtOnce: each gets its own exit, however they pile up.
func TestManyChildrenAtOnce(t *testing.T) {
	s := newOS(t)
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 20 {
				code := (worker*20 + i) % 250
				stdout, _, e := run(t, s, shell(fmt.Sprintf("echo %d; exit %d", code, code)))
				if e.Code != code || stdout != fmt.Sprintf("%d\n", code) {
					t.Errorf("exit is %+v after %q, want code %d", e, stdout, code)
				}
			}
		})
	}
	all.Wait()
}

// subreaperVar makes the test binary a subreaper.
const subreaperVar = "PROC_TEST_SUBREAPER"

// TestSubreaper runs in a process of its own, since there an orphan is anybody's.
func TestSubreaper(t *testing.T) {
	if os.Getenv(subreaperVar) == "" {
		c := exec.Command("/proc/self/exe", "-test.run=^TestSubreaper$", "-test.timeout=30s")
		c.Env = append(os.Environ(), subreaperVar+"=1")
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	type stranger struct {
		pid  int
		exit proc.Exit
	}
	strangers := make(chan stranger, 100)
	s, err := proc.NewOS(proc.Options{Stranger: func(pid int, e proc.Exit) { strangers <- stranger{pid, e} }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range 20 {
		// The orphan ends after its parent, when there is nobody else to collect it.
		c := shell(`exec 3<&0; (read x <&3; exit 9) & echo $!; exit 3`)
		child, err := s.Start(c)
		if err != nil {
			t.Fatal(err)
		}
		orphan := strings.TrimSpace(readAll(t, child.Stdout()))
		<-child.Done()
		if e := child.Exit(); e.Code != 3 {
			t.Fatalf("exit of the child is %+v, want code 3", e)
		}
		closeAll(t, child)
		if got := <-strangers; fmt.Sprint(got.pid) != orphan || got.exit.Code != 9 {
			t.Fatalf("stranger is %+v, want %s with code 9", got, orphan)
		}
	}
	// A program that cannot be executed leaves no stranger either.
	c := shell("")
	c.Path = "/nonexistent"
	run(t, s, c)
	run(t, s, shell("exit 0"))
	select {
	case got := <-strangers:
		t.Errorf("reaped %+v that nobody started", got)
	default:
	}
}

// TestEndOfStreamComesThoughOthersWriteOn: what a survivor writes after the
// reap is not read for ever.
func TestEndOfStreamComesThoughOthersWriteOn(t *testing.T) {
	child, err := newOS(t).Start(shell("yes & exit 0"))
	if err != nil {
		t.Fatal(err)
	}
	<-child.Done()
	if text := readAll(t, child.Stdout()); len(text) > 1<<20 {
		t.Errorf("read %d bytes after the reap", len(text))
	}
	if err := child.SignalGroup(syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	closeAll(t, child)
}

func TestStopSignalsDoNotEnd(t *testing.T) {
	s := newOS(t)
	child, err := s.Start(shell("exec cat"))
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Signal(syscall.SIGSTOP, false); err != nil {
		t.Fatal(err)
	}
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, child.PID(), &info, unix.WSTOPPED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	if _, _, e := run(t, s, shell("exit 8")); e.Code != 8 { // its SIGCHLD makes the reaper look
		t.Errorf("exit is %+v, want code 8", e)
	}
	select {
	case <-child.Done():
		t.Errorf("a stopped child counts as ended: %+v", child.Exit())
	default:
	}
	if err := child.Signal(syscall.SIGABRT, false); err != nil {
		t.Fatal(err)
	}
	if err := child.Signal(syscall.SIGCONT, false); err != nil {
		t.Fatal(err)
	}
	<-child.Done()
	if e := child.Exit(); e.Code != -1 || e.Signal != syscall.SIGABRT {
		t.Errorf("exit is %+v, want SIGABRT", e)
	}
	closeAll(t, child)
}
