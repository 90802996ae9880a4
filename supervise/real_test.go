package supervise_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// The binary of this test is the stand-in of children that cannot be executed.
func TestMain(m *testing.M) {
	if code, ok := proc.RunStandIn(os.Args); ok {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// real is a supervisor of real children, with a queue of what it says.
type real struct {
	*supervise.Supervisor

	events *event.Queue
}

func newReal(t *testing.T) *real {
	t.Helper()
	starter, err := proc.NewOS(proc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	bus := event.NewBus()
	r := &real{events: event.NewQueue(1000)}
	bus.Subscribe(r.events, event.Any)
	r.Supervisor = supervise.New(supervise.Options{
		Starter: starter, Bus: bus, Environ: os.Environ(), Log: slog.New(slog.DiscardHandler),
	})
	t.Cleanup(func() {
		if err := r.Shutdown(context.WithoutCancel(t.Context())); err != nil && err != supervise.ErrShutdown {
			t.Error(err)
		}
		if err := starter.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// run adds a program that logs to a file, and returns its process and the file.
func (r *real) run(t *testing.T, p supervise.Program) (*supervise.Process, string) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "out.log")
	p.Group, p.Stdout.File, p.RedirectStderr = p.Name, log, true
	if err := r.Add(group(p.Name, 1, p)); err != nil {
		t.Fatal(err)
	}
	process, err := r.Process(p.Name, p.Name)
	if err != nil {
		t.Fatal(err)
	}
	return process, log
}

// await takes events until one says that a process has entered the state.
func (r *real) await(t *testing.T, s supervise.State) supervise.StateChanged {
	t.Helper()
	for {
		e, _, err := r.events.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if change, ok := e.(supervise.StateChanged); ok && change.To == s {
			return change
		}
	}
}

func shell(line string) edit { return command("/bin/sh -c '" + line + "'") }

func TestARealChildHasItsEnvironmentAndItsLog(t *testing.T) {
	r := newReal(t)
	_, log := r.run(t, program(noAutorestart, startsecs(0), shell(`echo "$SUPERVISOR_PROCESS_NAME in $SUPERVISOR_GROUP_NAME"; echo error >&2; exit 3`)))
	if e := r.await(t, supervise.Exited); e.Expected {
		t.Error("exit code 3 is expected")
	}
	got, err := os.ReadFile(log)
	if err != nil || string(got) != "p in p\nerror\n" {
		t.Errorf("the log holds %q, %v", got, err)
	}
}

// asGroup stops all of the group, so that nothing is left of it.
func asGroup(p *supervise.Program) { p.Stop.AsGroup = true }

func TestARealChildIsStoppedWithItsGroup(t *testing.T) {
	r := newReal(t)
	p, _ := r.run(t, program(startsecs(0), shell(`sleep 1000 & sleep 1000`), asGroup))
	pid := r.await(t, supervise.Running).PID
	if err := p.Stop(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	wantState(t, p, supervise.Stopped)
	if got := p.Status().ExitStatus; got != -1 {
		t.Errorf("exit status %d, want -1 for a signal", got)
	}
	if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
		t.Errorf("the process is still there: %v", err)
	}
}

// The stand-in is the binary of this test, which on a busy machine may take a second
// to begin. An end behind startsecs would be followed by a restart.
func TestARealChildThatCannotBeExecutedSaysWhy(t *testing.T) {
	script := filepath.Join(t.TempDir(), "noexec")
	if err := os.WriteFile(script, []byte("no program\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	r := newReal(t)
	p, log := r.run(t, program(startretries(0), startsecs(time.Hour), command(script)))
	r.await(t, supervise.Fatal)
	if got := p.Status().SpawnErr; got != "Exited too quickly (process log may have details)" {
		t.Errorf("the reason is %q", got)
	}
	got, err := os.ReadFile(log)
	want := "supervisor: couldn't exec " + script + ": ENOEXEC\nsupervisor: child process was not spawned\n"
	if err != nil || string(got) != want {
		t.Errorf("the log holds %q, %v, want %q", got, err, want)
	}
}

// A server with a worker that lives on when the parent is killed: with
// orphans=stop it is RUNNING again in time, and the worker was told to go.
func TestTheWorkersOfAKilledServerAreStoppedBeforeItIsRunningAgain(t *testing.T) {
	farewell := filepath.Join(t.TempDir(), "farewell")
	worker := `(trap "echo gone >` + farewell + `; exit" TERM; echo ready; while :; do sleep 0.1; done)`
	r := newReal(t)
	p, _ := r.run(t, program(autorestart, startsecs(0), orphans(supervise.OrphansStop), shell(worker+" & wait"), asGroup))
	first := r.await(t, supervise.Running)
	awaitLine(t, p, "ready\n")
	killed := time.Now()
	if err := syscall.Kill(first.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	second := r.await(t, supervise.Running)
	if second.PID == first.PID {
		t.Errorf("the pid is still %d", first.PID)
	}
	if took := time.Since(killed); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if said, err := os.ReadFile(farewell); err != nil || string(said) != "gone\n" {
		t.Errorf("the worker left %q, %v", said, err)
	}
	if got := p.Status().Note; got != "" {
		t.Errorf("the note is %q", got)
	}
}

// awaitLine follows the log until it holds what is wanted.
func awaitLine(t *testing.T, p *supervise.Process, want string) {
	t.Helper()
	f, err := p.Stdout().Follow(1024)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var got strings.Builder
	for !strings.Contains(got.String(), want) {
		data, err := f.Next(t.Context())
		if err != nil {
			t.Fatalf("%v, after %q", err, got.String())
		}
		got.Write(data)
	}
}

// BenchmarkRestart is the time from the death of a child to its next life.
func BenchmarkRestart(b *testing.B) {
	starter, err := proc.NewOS(proc.Options{})
	if err != nil {
		b.Fatal(err)
	}
	bus := event.NewBus()
	events := event.NewQueue(100)
	bus.Subscribe(events, event.ProcessStateRunning)
	sup := supervise.New(supervise.Options{Starter: starter, Bus: bus, Environ: os.Environ(), Log: slog.New(slog.DiscardHandler)})
	p := program(autorestart, startsecs(0), command("/bin/sleep 1000"))
	p.Group, p.Stdout.File = "p", filepath.Join(b.TempDir(), "out.log")
	if err := sup.Add(group("p", 1, p)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		e, _, err := events.Next(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		<-time.After(1100 * time.Millisecond) // one that lived for less than a second is held back
		b.StartTimer()
		if err := syscall.Kill(e.(supervise.StateChanged).PID, syscall.SIGKILL); err != nil {
			b.Fatal(err)
		}
	}
	if err := sup.Shutdown(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := starter.Close(); err != nil {
		b.Fatal(err)
	}
}
