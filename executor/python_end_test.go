package executor_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// errOver is why the tests end a context.
var errOver = errors.New("it took too long")

// ended is what Execute returned.
type ended struct {
	result string
	err    error
}

// background starts a run.
func background(ctx context.Context, p *executor.Python, task job.Task) <-chan ended {
	done := make(chan ended, 1)
	go func() {
		result, err := p.Execute(ctx, task)
		done <- ended{string(result), err}
	}()
	return done
}

// stopped starts a run and ends its context once it has begun.
func stopped(t *testing.T, p *executor.Python, path string, task job.Task) ended {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	done := background(ctx, p, task)
	begun(t, path)
	cancel(errOver)
	return <-done
}

// worker is the pid of the only worker.
func worker(t *testing.T, p *executor.Python) int {
	t.Helper()
	pid, err := strconv.Atoi(value(t, p, call("tasks:pid")))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func TestPythonCancelsCoroutines(t *testing.T) {
	p := workers(t, executor.PythonOptions{Workers: 1})
	before := worker(t, p)
	path := filepath.Join(t.TempDir(), "begun")
	got := stopped(t, p, path, call("tasks:touch_then_nap", path, 1000))
	if !errors.Is(got.err, errOver) || !strings.HasPrefix(got.err.Error(), "stopped: it took too long\nTraceback") {
		t.Errorf("the error is %v", got.err)
	}
	if out := returned(t, got.result).Output; out != "cleaned up\n" {
		t.Errorf("it has printed %q", out)
	}
	if after := worker(t, p); after != before {
		t.Error("the worker was replaced")
	}
}

// A cancellation comes at any moment, also before the function has begun.
func TestPythonCancelsAtAnyMoment(t *testing.T) {
	p := workers(t, executor.PythonOptions{Workers: 1, StopWait: time.Hour})
	before := worker(t, p)
	var runs sync.WaitGroup
	for i := range 500 {
		runs.Go(func() {
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Duration(i)*10*time.Microsecond, errOver)
			defer cancel()
			if _, err := p.Execute(ctx, call("tasks:nap", 1000)); !errors.Is(err, errOver) {
				t.Errorf("run %d: %v", i, err)
			}
		})
	}
	runs.Wait()
	if after := worker(t, p); after != before {
		t.Error("the worker was replaced")
	}
}

func TestPythonTellsPlainFunctions(t *testing.T) {
	p := workers(t, executor.PythonOptions{Workers: 1})
	before := worker(t, p)
	path := filepath.Join(t.TempDir(), "begun")
	got := stopped(t, p, path, call("tasks:wait_until_cancelled", path))
	if !errors.Is(got.err, errOver) || returned(t, got.result).Output != "told\n" {
		t.Errorf("it returns %s, %v", got.result, got.err)
	}
	if after := worker(t, p); after != before {
		t.Error("the worker was replaced")
	}
}

// What does not end is killed with its worker, whose other runs say so.
func TestPythonKillsWhatDoesNotEnd(t *testing.T) {
	for name, fn := range map[string]string{
		"a thread": "tasks:file_then_sleep",
		"a coroutine function that blocks the loop": "tasks:block_loop",
	} {
		t.Run(name, func(t *testing.T) {
			p := workers(t, executor.PythonOptions{Workers: 1, StopWait: 300 * time.Millisecond})
			before := worker(t, p)
			dir := t.TempDir()
			other := background(t.Context(), p, call("tasks:file_then_sleep", dir+"/other", 1000))
			begun(t, dir+"/other")
			got := stopped(t, p, dir+"/begun", call(fn, dir+"/begun", 1000))
			if !errors.Is(got.err, errOver) {
				t.Errorf("the error does not tell why it ended: %v", got.err)
			}
			const reason = "was killed: run nightly@1774747800000250 of job \"nightly\" did not end within 300ms"
			wantError(t, got.err, reason)
			wantError(t, got.err, "stopped (the Python worker (pid "+strconv.Itoa(before)+")")
			wantError(t, (<-other).err, reason)
			if name == "a thread" {
				wantError(t, got.err, "\nTold to end here (most recent call last):\n  File \"")
				wantError(t, got.err, "in file_then_sleep\n")
			}
			if after := worker(t, p); after == before {
				t.Error("the worker lives")
			}
		})
	}
}

// The worker's whole group is killed, with what functions have started.
func TestPythonKillsTheGroup(t *testing.T) {
	p := workers(t, executor.PythonOptions{Workers: 1, StopWait: 100 * time.Millisecond})
	path := filepath.Join(t.TempDir(), "pid")
	stopped(t, p, path, call("tasks:grandchild", path))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if !settles(func() bool { return isDead(pid) }) {
		t.Errorf("process %d lives", pid)
	}
}

// isDead reports whether a process has ended, perhaps without having been reaped.
func isDead(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || err == nil && strings.Contains(string(stat), ") Z ")
}

func TestPythonWorkerDies(t *testing.T) {
	p := workers(t, executor.PythonOptions{Workers: 1})
	t.Run("by itself", func(t *testing.T) {
		_, err := execute(t, p, call("tasks:drop_dead", 3))
		wantError(t, err, "has gone (exit status 3) while this was under way: last words")
	})
	t.Run("by a signal", func(t *testing.T) {
		pid := worker(t, p)
		path := filepath.Join(t.TempDir(), "begun")
		done := background(t.Context(), p, call("tasks:touch_then_nap", path, 1000))
		begun(t, path)
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		wantError(t, (<-done).err, "(pid "+strconv.Itoa(pid)+") has gone (terminated by SIGKILL) while this was under way")
	})
	t.Run("by a fault of a library", func(t *testing.T) {
		_, err := execute(t, p, call("tasks:crash"))
		wantError(t, err, "has gone (terminated by SIGSEGV")
		wantError(t, err, "in crash\n")
	})
	t.Run("while it has nothing to do", func(t *testing.T) {
		for range 20 {
			pid := worker(t, p)
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			// From then on it cannot have begun with a call, and none fails.
			if !settles(func() bool { return isDead(pid) }) {
				t.Fatalf("worker %d lives", pid)
			}
		}
	})
	t.Run("when it breaks the protocol", func(t *testing.T) {
		_, err := execute(t, p, call("tasks:babble"))
		wantError(t, err, `was killed: it broke the protocol: read answer "nonsense"`)
	})
	if got := value(t, p, call("tasks:add", 1, 2)); got != "3" {
		t.Errorf("the next one returns %s", got)
	}
}

// SIGTERM, which an init sends to every process of a service, loses no run.
func TestPythonWorkerIsTerminated(t *testing.T) {
	p := workers(t, executor.PythonOptions{Workers: 1})
	pid := worker(t, p)
	path := filepath.Join(t.TempDir(), "begun")
	done := background(t.Context(), p, call("tasks:file_then_sleep", path, 0.5))
	begun(t, path)
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if !settles(func() bool { return worker(t, p) != pid }) {
		t.Error("the worker takes calls")
	}
	if got := <-done; got.err != nil {
		t.Errorf("the run that was under way: %v", got.err)
	}
	if !settles(func() bool { return isDead(pid) }) {
		t.Error("the worker lives")
	}
}

// schedulerDir asks the test's binary to be a scheduler, with a run under way
// that makes files there.
const schedulerDir = "TEST_PYTHON_SCHEDULER"

// When the scheduler is killed, its worker cancels what it can, and ends.
func TestPythonWorkerOutlivesNoScheduler(t *testing.T) {
	if dir := os.Getenv(schedulerDir); dir != "" {
		p := workers(t, executor.PythonOptions{Workers: 1})
		pid := worker(t, p)
		if err := os.WriteFile(dir+"/pid", []byte(strconv.Itoa(pid)), 0o600); err != nil {
			t.Fatal(err)
		}
		value(t, p, call("tasks:nap_and_touch", dir+"/begun", 1000, dir+"/after"))
		return
	}
	servertest.Python(t)
	dir := t.TempDir()
	scheduler := exec.Command(os.Args[0], "-test.run", t.Name()+"$")
	scheduler.Env = append(os.Environ(), schedulerDir+"="+dir)
	if err := scheduler.Start(); err != nil {
		t.Fatal(err)
	}
	begun(t, dir+"/begun")
	if err := scheduler.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := scheduler.Wait(); err == nil {
		t.Error("the scheduler was not killed")
	}
	begun(t, dir+"/after")
	text, err := os.ReadFile(dir + "/pid")
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if !settles(func() bool { return isDead(pid) }) {
		t.Errorf("worker %d lives", pid)
	}
}

// An idle worker sleeps: none of its threads is woken.
func TestPythonIdleWorkerSleeps(t *testing.T) {
	p := workers(t, executor.PythonOptions{Workers: 1})
	pid := worker(t, p)
	value(t, p, call("tasks:async_add", 1))
	switches := func() (n int) {
		paths, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/status")
		if err != nil || len(paths) == 0 {
			t.Skip("needs Linux's /proc")
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			_, rest, _ := strings.Cut(string(text), "\nvoluntary_ctxt_switches:")
			count, _, _ := strings.Cut(rest, "\n")
			k, err := strconv.Atoi(strings.TrimSpace(count))
			if err != nil {
				t.Fatal(err)
			}
			n += k
		}
		return n
	}
	window := time.NewTicker(time.Second)
	defer window.Stop()
	counts := []int{switches()}
	for range 3 {
		<-window.C
		counts = append(counts, switches())
	}
	if counts[3] != counts[1] { // in the first second it may still have been on its way to sleep
		t.Errorf("the worker is woken while it has nothing to do: %v switches", counts)
	}
}
