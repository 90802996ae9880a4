package jobrun_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/internal/jobrun"
	"github.com/watchkeeper-go/watchkeeper/internal/runlog"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// The slice has what the row cuts off, and the job's log has it, too.
func TestTheRowHasTheEndAndTheSliceMore(t *testing.T) {
	w := newReal(t, nil)
	log := filepath.Join(t.TempDir(), "job.log")
	run := shell(`i=0; while [ $i -lt 20000 ]; do echo "zeile $i grün"; i=$((i+1)); done`,
		jobrun.Args{Stdout: &jobrun.LogArgs{File: log, MaxBytes: 300_000, Backups: 2}})
	data, err := w.Execute(t.Context(), run)
	wantError(t, err, "")
	if len(data) > job.DefaultKeepResult || len(data) < job.DefaultKeepResult-20 {
		t.Errorf("the row has %d bytes, want up to %d", len(data), job.DefaultKeepResult)
	}
	got := result(t, data)
	slice, before, err := w.slices.Read(runlog.Run{Store: run.Store, ID: run.Run.ID}, 1<<30)
	if err != nil || before != 0 {
		t.Fatal(before, err)
	}
	if !strings.HasPrefix(string(slice), "zeile 0 grün\n") || !strings.HasSuffix(string(slice), "zeile 19999 grün\n") {
		t.Errorf("the slice goes from %q to %q", slice[:20], slice[len(slice)-20:])
	}
	if string(slice[got.Dropped:]) != got.Output {
		t.Errorf("the row is not the end of the slice, %d bytes before", got.Dropped)
	}
	rotated := read(t, log+".1") + read(t, log)
	if size := len(read(t, log+".1")); size < 300_000 || size > 400_000 || !strings.HasSuffix(string(slice), rotated) {
		t.Errorf("the log of the job was rotated at %d, or is not the output", size)
	}
}

// Runs share the log of their job by whole lines, each with the prefix of its
// stream. The row and the slice have what was written.
func TestPrefixInTheLogOfAJob(t *testing.T) {
	w := newReal(t, nil)
	log := filepath.Join(t.TempDir(), "job.log")
	_, args := jobrun.FromProgram(supervise.Program{
		Child:  supervise.ChildSpec{Umask: -1},
		Start:  supervise.StartPolicy{ExitCodes: []int{0}},
		Stop:   supervise.StopPolicy{Signal: syscall.SIGTERM, Wait: time.Second},
		Stdout: supervise.LogSpec{File: log, Prefix: "nightly | "},
		Stderr: supervise.LogSpec{File: log + ".err", Prefix: "! "},
	})
	for range 2 {
		data, err := w.Execute(t.Context(), shell(`echo one; printf 'two\nthree'; echo four >&2`, args))
		wantError(t, err, "")
		got := result(t, data).Output // the other stream may come in between
		if stdout := strings.Replace(got, "four\n", "", 1); stdout == got || stdout != "one\ntwo\nthree" {
			t.Errorf("the row has %q", got)
		}
	}
	once := "nightly | one\nnightly | two\nnightly | three\n"
	if got := read(t, log); got != once+once {
		t.Errorf("the log has %q", got)
	}
	if got := read(t, log+".err"); got != "! four\n! four\n" {
		t.Errorf("the other log has %q", got)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestStandardErrorApart(t *testing.T) {
	w, dir := newReal(t, nil), t.TempDir()
	out, errors := filepath.Join(dir, "out"), filepath.Join(dir, "err")
	run := shell("echo one; echo two >&2", jobrun.Args{Apart: true, Stdout: &jobrun.LogArgs{File: out}, Stderr: &jobrun.LogArgs{File: errors}})
	got, err := w.execute(t, run)
	wantError(t, err, "")
	if got.Output != "one\ntwo\n" && got.Output != "two\none\n" {
		t.Errorf("the row has %q", got.Output)
	}
	if read(t, out) != "one\n" || read(t, errors) != "two\n" {
		t.Errorf("the logs have %q and %q", read(t, out), read(t, errors))
	}
	slice, _, err := w.slices.Read(runlog.Run{Store: run.Store, ID: run.Run.ID}, 100)
	if err != nil || string(slice) != got.Output {
		t.Errorf("the slice has %q, %v", slice, err)
	}
}

// Where slices cannot be written, runs go on.
func TestARunGoesOnWithoutItsSlice(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w := newReal(t, func(o *jobrun.Options) {
		o.Output = runlog.New(runlog.Options{Dir: blocked, Log: o.Log})
	})
	for range 2 {
		got, err := w.execute(t, shell("echo hello", jobrun.Args{}))
		wantError(t, err, "")
		want := jobrun.Result{CommandResult: executor.CommandResult{Output: "hello\n"}, Lost: 6}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("result (-want +got):\n%s", diff)
		}
	}
	if got := w.lines.all(); strings.Count(got, "\n") != 0 || !strings.Contains(got, "output is dropped") {
		t.Errorf("the log has %q", got)
	}
}

// A real timeout: the leader and what it has started are gone when Execute
// returns, though the one does not heed the signal and the other has lost its
// parent.
func TestARealTimeoutLeavesNothing(t *testing.T) {
	w, dir := newReal(t, nil), t.TempDir()
	pids := filepath.Join(dir, "pids")
	run := shell(`sh -c 'trap "" TERM; echo $$ >>`+pids+`; echo up; while :; do sleep 0.1; done' & sleep 1000 & echo $! >>`+pids+`; wait`,
		args(executor.CommandArgs{StopWait: "1s"}))
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		w.awaitRun(t, jobrun.Namespec(run.Run), "up\n")
		cancel(errCancel)
	}()
	data, err := w.Execute(ctx, run)
	wantError(t, err, "stopped (terminated by SIGTERM): was cancelled")
	if got := result(t, data); got.Signal != "SIGTERM" || got.Output != "up\n" {
		t.Errorf("the result is %+v", got)
	}
	for _, pid := range strings.Fields(read(t, pids)) {
		var n int
		if _, err := fmt.Sscan(pid, &n); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(n, 0); !errors.Is(err, syscall.ESRCH) && !isZombie(t, n) {
			t.Errorf("process %d is still there: %v", n, err)
		}
	}
}

// isZombie reports whether a process has ended and nobody has collected it, which
// is up to the init of the machine.
func isZombie(t *testing.T, pid int) bool {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(data), ") Z ")
}

func TestARealRunIsStoppedByName(t *testing.T) {
	w := newReal(t, nil)
	run := shell(`trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.1; done`, args(executor.CommandArgs{}))
	go func() {
		p := w.awaitRun(t, jobrun.Namespec(run.Run), "up\n")
		if err := p.Stop(t.Context(), true); err != nil {
			t.Error(err)
		}
	}()
	got, err := w.execute(t, run)
	wantError(t, err, "stopped (exit status 0)")
	if !strings.HasPrefix(got.Output, "up\n") || !strings.HasSuffix(got.Output, "bye\n") {
		t.Errorf("the output is %q", got.Output)
	}
}

// What a [job:x] says about its command is all in the job, whoever carries it
// out.
func TestAProgramBecomesAJob(t *testing.T) {
	w := newReal(t, func(o *jobrun.Options) {
		o.FindUser = func(name string) (*proc.User, error) { return &proc.User{Name: name, UID: uint32(os.Getuid())}, nil }
	})
	log := filepath.Join(t.TempDir(), "log")
	line, a := jobrun.FromProgram(supervise.Program{
		Name: "nightly", Command: `/bin/sh -c 'echo $A; umask; exit 4'`, RedirectStderr: true,
		Child: supervise.ChildSpec{
			Directory: "/", Umask: 0o27, User: &proc.User{Name: "me"}, Environment: []supervise.Var{{Name: "A", Value: "b c"}},
			ServerURL: "http://x", ServerURLGiven: true,
		},
		Start:  supervise.StartPolicy{ExitCodes: []int{0, 4}},
		Stop:   supervise.StopPolicy{Signal: syscall.SIGINT, Wait: 3 * time.Second, KillAsGroup: true, Orphans: supervise.OrphansKill},
		Stdout: supervise.LogSpec{File: log, MaxBytes: 100, Backups: 3, Syslog: true},
		Stderr: supervise.LogSpec{File: "/not/used"},
	})
	no, yes := false, true
	want := jobrun.Args{
		CommandArgs: executor.CommandArgs{
			Dir: "/", Umask: "027", User: "me", Env: map[string]string{"A": "b c"}, ExitCodes: []int{0, 4}, Stop: "SIGINT", StopWait: "3s",
		},
		StopAsGroup: &no, KillAsGroup: &yes, Orphans: "kill", ServerURL: "http://x",
		Stdout: &jobrun.LogArgs{File: log, MaxBytes: 100, Backups: 3, Syslog: true},
	}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("the arguments (-want +got):\n%s", diff)
	}
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Check(job.Job{Func: line, Args: text}); err != nil {
		t.Error(err)
	}
	got, err := w.execute(t, task(line, a))
	wantError(t, err, "")
	if got.Exit != 4 || got.Output != "b c\n0027\n" || read(t, log) != got.Output {
		t.Errorf("the result is %+v, the log %q", got, read(t, log))
	}
}

// The streams of a [job:x] have a pipe each only if their logs differ.
func TestStreamsComeApartForTheirLogs(t *testing.T) {
	file := supervise.LogSpec{File: "/log"}
	for _, c := range []struct {
		program supervise.Program
		want    bool
	}{
		{supervise.Program{}, false},
		{supervise.Program{Stdout: file}, true},
		{supervise.Program{Stderr: file}, true},
		{supervise.Program{Stdout: file, Stderr: file, RedirectStderr: true}, false},
	} {
		if _, a := jobrun.FromProgram(c.program); a.Apart != c.want {
			t.Errorf("%+v: apart is %v", c.program, a.Apart)
		}
	}
}

// BenchmarkRun is what a run of /bin/true costs from Execute to its result.
func BenchmarkRun(b *testing.B) {
	starter, err := proc.NewOS(proc.Options{})
	if err != nil {
		b.Fatal(err)
	}
	w := makeWorld(b, starter, nil)
	for n := 0; b.Loop(); n++ {
		run := task("/bin/true", jobrun.Args{})
		run.Run.ID = fmt.Sprint("nightly@", n)
		if _, err := w.Execute(b.Context(), run); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.sup.Shutdown(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := starter.Close(); err != nil {
		b.Fatal(err)
	}
}

// Many runs of many jobs at once: each has its own output, and nothing of them
// stays in the supervisor.
func TestManyRunsAtOnce(t *testing.T) {
	w := newReal(t, nil)
	log := filepath.Join(t.TempDir(), "log")
	const jobs, runs = 5, 20
	var running sync.WaitGroup
	for n := range jobs * runs {
		running.Go(func() {
			run := shell("echo $JOB_RUN_ID", jobrun.Args{Stdout: &jobrun.LogArgs{File: log}})
			run.Run.Job = fmt.Sprint("job", n%jobs)
			run.Run.ID = fmt.Sprint(run.Run.Job, "@", n)
			got, err := w.execute(t, run)
			if err != nil || got.Output != run.Run.ID+"\n" {
				t.Errorf("run %s has %q, %v", run.Run.ID, got.Output, err)
			}
			if slice, _, err := w.slices.Read(runlog.Run{Store: run.Store, ID: run.Run.ID}, 100); err != nil || string(slice) != got.Output {
				t.Errorf("its slice has %q, %v", slice, err)
			}
			group, name, _ := strings.Cut(jobrun.Namespec(run.Run), ":")
			if _, err := w.sup.FindRun(group, name); !errors.Is(err, supervise.ErrNoProcess) {
				t.Errorf("it is still known: %v", err)
			}
		})
	}
	running.Wait()
	if got := strings.Count(read(t, log), "\n"); got != jobs*runs {
		t.Errorf("the log has %d lines, want %d", got, jobs*runs)
	}
}
