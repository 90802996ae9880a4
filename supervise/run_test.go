package supervise_test

import (
	"context"
	"errors"
	"log/slog"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// runOf is a run of the program p, called job:p.
func runOf(edits ...func(*supervise.Program)) supervise.Run {
	p := program(append(edits, func(p *supervise.Program) { p.Group, p.RedirectStderr = "job", true })...)
	return supervise.Run{Program: p, Stdout: output.NewLog(output.Config{})}
}

// launch starts a run.
func (w *world) launch(r supervise.Run) *supervise.Process {
	w.t.Helper()
	p, err := w.sup.Run(r)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// wantExit waits for the end of a run and checks how it ended.
func wantExit(t *testing.T, p *supervise.Process, want supervise.State, code int) {
	t.Helper()
	<-p.Gone()
	wantState(t, p, want)
	exit, ok := p.Exit()
	if !ok || exit.Code != code {
		t.Errorf("it ended by %v (%v), want code %d", exit, ok, code)
	}
}

func TestARunMakesNoEventsAndIsForgotten(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{Lives: time.Minute, Code: 3, Output: []proctest.Chunk{{Data: "hello"}}})
		p := w.launch(runOf(func(p *supervise.Program) { p.Stdout.Events, p.Start.Retries = true, 5 }))
		synctest.Wait()
		wantState(t, p, supervise.Running)
		if found, err := w.sup.FindRun("job", "p"); found != p || err != nil {
			t.Errorf("FindRun gives %p, %v, want %p", found, err, p)
		}
		if n := len(w.sup.Groups()); n != 0 {
			t.Errorf("there are %d groups, want none", n)
		}
		if _, err := w.sup.Process("job", "p"); !errors.Is(err, supervise.ErrNoProcess) {
			t.Errorf("it is a process of a group: %v", err)
		}
		wantExit(t, p, supervise.Exited, 3)
		if _, err := w.sup.FindRun("job", "p"); !errors.Is(err, supervise.ErrNoProcess) {
			t.Errorf("it is still found: %v", err)
		}
		w.want(`
			0s INFO spawned: 'p' with pid 100
			0s INFO success: p entered RUNNING state, process has stayed up for > than 0 seconds (startsecs)
			1m0s WARN exited: p (exit status 3; not expected)`)
	})
}

func TestARunHasALogOfItsOwn(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{Lives: time.Second})
		r := runOf()
		r.Log = slog.New(slog.DiscardHandler)
		wantExit(t, w.launch(r), supervise.Exited, 0)
		w.want("")
	})
}

func TestARunReadsNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{EndsWithInput: true, Code: 7})
		wantExit(t, w.launch(runOf()), supervise.Exited, 7)
	})
}

func TestARunThatCannotBeSpawnedIsTriedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		edit   func(*supervise.Program)
		script script
		want   string
	}{
		"without a command": {command("/no/such"), script{}, "can't find command '/no/such'"},
		"without processes": {func(*supervise.Program) {}, script{StartErr: proc.ErrTooManyProcesses},
			"Too many processes in process table to spawn 'p'"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.plays(c.script)
				p := w.launch(runOf(c.edit))
				<-p.Gone()
				wantState(t, p, supervise.Fatal)
				if got := p.Status().SpawnErr; got != c.want {
					t.Errorf("the reason is %q, want %q", got, c.want)
				}
				if _, ok := p.Exit(); ok {
					t.Error("it has ended without a begin")
				}
			})
		})
	}
}

func TestARunIsStoppedAsAProgramIs(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{Reactions: reactions{syscall.SIGINT: proctest.Ignore()}})
		p := w.launch(runOf(func(p *supervise.Program) {
			p.Stop = supervise.StopPolicy{Signal: syscall.SIGINT, Wait: 7 * time.Second, AsGroup: true, KillAsGroup: true}
		}))
		began := time.Now()
		if err := p.Stop(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 7*time.Second {
			t.Errorf("it took %v, want stopwaitsecs", took)
		}
		wantExit(t, p, supervise.Stopped, -1)
		if got, want := signals(w.starter.Children()[0]), "SIGINT to the group, SIGKILL to the group"; got != want {
			t.Errorf("it got %s, want %s", got, want)
		}
		if err := p.AwaitStopped(t.Context()); err != nil {
			t.Errorf("waiting for one that is gone: %v", err)
		}
		if err := p.Signal(t.Context(), syscall.SIGHUP); !errors.Is(err, supervise.ErrNoProcess) {
			t.Errorf("signalling one that is gone: %v", err)
		}
		if err := p.Start(t.Context(), true); !errors.Is(err, supervise.ErrNoProcess) {
			t.Errorf("starting one that is gone: %v", err)
		}
	})
}

// What outlives the leader of a run that is stopped as a group is ended before
// the run is over; after an end of its own it is left alone.
func TestARunIsOverWithItsGroup(t *testing.T) {
	for name, c := range map[string]struct {
		script script
		stop   bool
		want   time.Duration
	}{
		"that leaves":    {script{Left: []proc.Member{{PID: 7, Name: "x"}}, LeaveAfter: time.Second}, true, time.Second},
		"that must be":   {script{Left: []proc.Member{{PID: 7, Name: "x"}}, LeaveAfter: -1}, true, 3 * time.Second},
		"left by itself": {script{Lives: 1, Left: []proc.Member{{PID: 7, Name: "x"}}, LeaveAfter: -1}, false, 0},
		"of nobody else": {script{}, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.plays(c.script)
				p := w.launch(runOf(func(p *supervise.Program) { p.Stop.AsGroup, p.Stop.KillAsGroup = true, true }))
				synctest.Wait()
				began := time.Now()
				if c.stop {
					if err := p.Stop(t.Context(), false); err != nil {
						t.Fatal(err)
					}
				}
				<-p.Gone()
				if took := time.Since(began); took < c.want || took > c.want+200*time.Millisecond {
					t.Errorf("it was over after %v, want %v", took, c.want)
				}
			})
		})
	}
}

func TestTwoRunsOfOneNameDoNotLiveTogether(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{Lives: time.Second}, script{Lives: time.Second})
		first := w.launch(runOf())
		if _, err := w.sup.Run(runOf()); !errors.Is(err, supervise.ErrAlreadyAdded) {
			t.Errorf("the second is told %v", err)
		}
		<-first.Gone()
		wantExit(t, w.launch(runOf()), supervise.Exited, 0)
	})
}

func TestAShutdownStopsRunsBeforeGroups(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{Reactions: reactions{syscall.SIGTERM: proctest.ExitAfter(5*time.Second, 0)}}, script{})
		p := w.launch(runOf())
		synctest.Wait()
		w.run(program(named("q"), startsecs(0)))
		began := time.Now()
		w.only("q RUNNING")
		if err := w.sup.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("it took %v", took)
		}
		wantExit(t, p, supervise.Stopped, 0)
		w.only("-> STOPPING")
		w.want("5s q RUNNING -> STOPPING pid:101")
		if _, err := w.sup.Run(runOf()); !errors.Is(err, supervise.ErrShutdown) {
			t.Errorf("a run after it is told %v", err)
		}
	})
}

// One that the system does not let us kill is waited for; the end of the
// daemon does not wait.
func TestARunThatCannotBeKilled(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{Lives: time.Minute, SignalErr: syscall.EPERM}, script{SignalErr: syscall.EPERM})
		p := w.launch(runOf())
		if err := p.Stop(t.Context(), true); !errors.Is(err, supervise.ErrFailed) {
			t.Errorf("stopping it: %v", err)
		}
		wantExit(t, p, supervise.Stopped, 0)
		if lived := p.Status().Stop.Sub(p.Status().Start); lived != time.Minute {
			t.Errorf("it lived for %v", lived)
		}
		again := w.launch(runOf())
		synctest.Wait()
		if err := w.sup.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
		wantState(t, again, supervise.Unknown)
	})
}
