package supervise_test

import (
	"errors"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

func TestStop(t *testing.T) {
	const running = `
		0s p STOPPED -> STARTING tries:0
		0s INFO spawned: 'p' with pid 100
		1s+ p STARTING -> RUNNING pid:100
		1s+ INFO success: p entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)`
	for _, c := range []struct {
		name    string
		program supervise.Program
		scripts []script
		before  time.Duration // how long the process is left alone before the stop is asked for
		answer  error         // with wait
		after   time.Duration // when that comes
		want    string
		end     supervise.State
	}{
		{
			name: "is answered when the process is reaped", program: program(), before: 5 * time.Second,
			scripts: []script{{Reactions: reactions{syscall.SIGTERM: {After: 3 * time.Second}}}}, after: 3 * time.Second,
			want: running + `
				5s p RUNNING -> STOPPING pid:100
				5.05s INFO waiting for p to stop
				7.05s+ INFO waiting for p to stop
				8s p STOPPING -> STOPPED pid:100
				8s WARN stopped: p (terminated by SIGTERM)`,
			end: supervise.Stopped,
		},
		{
			name: "of a process that leaves with an expected code is no warning", program: program(exitcodes(0, 7)), before: 5 * time.Second,
			scripts: []script{{Reactions: reactions{syscall.SIGTERM: proctest.ExitAfter(time.Second, 7)}}}, after: time.Second,
			want: running + `
				5s p RUNNING -> STOPPING pid:100
				5.05s INFO waiting for p to stop
				6s p STOPPING -> STOPPED pid:100
				6s INFO stopped: p (exit status 7)`,
			end: supervise.Stopped,
		},
		{
			name: "kills one that does not stop, again and again", program: program(stopwaitsecs(2 * time.Second)), before: 5 * time.Second,
			scripts: []script{{Reactions: reactions{syscall.SIGTERM: proctest.Ignore(), syscall.SIGKILL: {Ignore: true, Times: 2}}}}, after: 6 * time.Second,
			want: running + `
				5s p RUNNING -> STOPPING pid:100
				5.05s INFO waiting for p to stop
				7s WARN killing 'p' (100) with SIGKILL
				7.05s+ INFO waiting for p to stop
				9s WARN killing 'p' (100) with SIGKILL
				9.05s+ INFO waiting for p to stop
				11s WARN killing 'p' (100) with SIGKILL
				11s p STOPPING -> STOPPED pid:100
				11s WARN stopped: p (terminated by SIGKILL)`,
			end: supervise.Stopped,
		},
		{
			name: "kills at once with stopwaitsecs=0, then once a second", program: program(stopwaitsecs(0)), before: 5 * time.Second,
			scripts: []script{{Reactions: reactions{syscall.SIGTERM: proctest.Ignore(), syscall.SIGKILL: {Ignore: true, Times: 1}}}}, after: time.Second,
			want: running + `
				5s p RUNNING -> STOPPING pid:100
				5s WARN killing 'p' (100) with SIGKILL
				5.05s INFO waiting for p to stop
				6s WARN killing 'p' (100) with SIGKILL
				6s p STOPPING -> STOPPED pid:100
				6s WARN stopped: p (terminated by SIGKILL)`,
			end: supervise.Stopped,
		},
		{
			name: "of a STARTING process is possible", program: program(), before: 500 * time.Millisecond,
			want: `
				0s p STOPPED -> STARTING tries:0
				0s INFO spawned: 'p' with pid 100
				500ms p STARTING -> STOPPING pid:100
				500ms p STOPPING -> STOPPED pid:100
				500ms WARN stopped: p (terminated by SIGTERM)`,
			end: supervise.Stopped,
		},
		{
			name: "of one in BACKOFF takes effect at once", program: program(), before: 500 * time.Millisecond,
			scripts: []script{{Lives: 100 * time.Millisecond}},
			want: `
				0s p STOPPED -> STARTING tries:0
				0s INFO spawned: 'p' with pid 100
				100ms p STARTING -> BACKOFF tries:1
				100ms WARN exited: p (exit status 0; not expected)
				500ms p BACKOFF -> STOPPED pid:0`,
			end: supervise.Stopped,
		},
		{
			name: "calls off an automatic restart", program: program(restartpause(time.Minute)), before: 5 * time.Second,
			scripts: []script{{Lives: 2 * time.Second, Code: 1}},
			want: running + `
				2s p RUNNING -> EXITED expected:false pid:100
				2s WARN exited: p (exit status 1; not expected)
				5s p EXITED -> STOPPED pid:0`,
			end: supervise.Stopped,
		},
		{
			name: "of an EXITED process is refused", program: program(), before: 5 * time.Second,
			scripts: []script{{Lives: 2 * time.Second}}, answer: supervise.ErrNotRunning,
			want: running + `
				2s p RUNNING -> EXITED expected:true pid:100
				2s INFO exited: p (exit status 0; expected)`,
			end: supervise.Exited,
		},
		{
			name: "fails when the signal is refused", program: program(), before: 5 * time.Second,
			scripts: []script{{SignalErr: syscall.EPERM}}, answer: supervise.ErrFailed,
			want: running + `
				5s p RUNNING -> STOPPING pid:100
				5s ERROR+4 unknown problem killing p (100):operation not permitted
				5s p STOPPING -> UNKNOWN`,
			end: supervise.Unknown,
		},
		{
			name: "of a process that has just gone is no failure", program: program(), before: 2 * time.Second,
			scripts: []script{{Lives: 2 * time.Second}}, after: 0, answer: supervise.ErrNotRunning,
			want: running + `
				2s p RUNNING -> EXITED expected:true pid:100
				2s INFO exited: p (exit status 0; expected)`,
			end: supervise.Exited,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.plays(c.scripts...)
				p := w.run(c.program)
				time.Sleep(c.before)
				synctest.Wait()
				began := time.Now()
				if err := p.Stop(t.Context(), true); !errors.Is(err, c.answer) || (err == nil) != (c.answer == nil) {
					t.Errorf("the answer is %v, want %v", err, c.answer)
				}
				if took := time.Since(began); took != c.after {
					t.Errorf("it comes after %v, want %v", took, c.after)
				}
				time.Sleep(2 * time.Minute)
				w.want(c.want)
				wantState(t, p, c.end)
			})
		})
	}
}

func TestStopWithoutWaitIsAnsweredAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{Reactions: reactions{syscall.SIGTERM: proctest.Ignore()}})
		p := w.run(program())
		time.Sleep(5 * time.Second)
		began := time.Now()
		if err := p.Stop(t.Context(), false); err != nil || time.Since(began) != 0 {
			t.Errorf("the answer is %v after %v", err, time.Since(began))
		}
		wantState(t, p, supervise.Stopping)
		if err := p.Stop(t.Context(), false); !errors.Is(err, supervise.ErrNotRunning) {
			t.Errorf("a second stop is answered with %v", err)
		}
	})
}

func TestAStopGoesOnWhenTheClientIsGone(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{Reactions: reactions{syscall.SIGTERM: {After: 5 * time.Second}}})
		p := w.run(program())
		time.Sleep(5 * time.Second)
		ctx, leave := contextWithCause(t, errors.New("client left"))
		answer := make(chan error)
		go func() { answer <- p.Stop(ctx, true) }()
		synctest.Wait()
		leave()
		if err := <-answer; err == nil || err.Error() != "client left" {
			t.Errorf("the answer is %v", err)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		wantState(t, p, supervise.Stopped)
	})
}

func TestStopSignalsWhomItShould(t *testing.T) {
	for _, c := range []struct {
		name string
		stop supervise.StopPolicy
		want string
	}{
		{"the process alone", supervise.StopPolicy{Signal: syscall.SIGINT, Wait: time.Second}, "SIGINT, SIGKILL"},
		{"the group when it stops", supervise.StopPolicy{Signal: syscall.SIGINT, Wait: time.Second, AsGroup: true}, "SIGINT to the group, SIGKILL"},
		{"the group when it kills", supervise.StopPolicy{Signal: syscall.SIGINT, Wait: time.Second, KillAsGroup: true}, "SIGINT, SIGKILL to the group"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.plays(script{Reactions: reactions{syscall.SIGINT: proctest.Ignore()}})
				p := w.run(program(func(p *supervise.Program) { p.Stop = c.stop }))
				if err := p.Stop(t.Context(), true); err != nil {
					t.Error(err)
				}
				if got := signals(w.starter.Last()); got != c.want {
					t.Errorf("signals %q, want %q", got, c.want)
				}
			})
		})
	}
}

func TestStartWhileStopping(t *testing.T) {
	for _, wait := range []bool{false, true} {
		inBubble(t, func(t *testing.T, w *world) {
			w.plays(script{Reactions: reactions{syscall.SIGTERM: proctest.Ignore()}})
			p := w.run(program())
			time.Sleep(500 * time.Millisecond)
			if err := p.Stop(t.Context(), false); err != nil {
				t.Fatal(err)
			}
			var want error
			if wait {
				want = supervise.ErrAbnormal
			}
			if err := p.Start(t.Context(), wait); !errors.Is(err, want) {
				t.Errorf("the answer with wait=%v is %v, want %v", wait, err, want)
			}
			w.want(`
				0s p STOPPED -> STARTING tries:0
				0s INFO spawned: 'p' with pid 100
				500ms p STARTING -> STOPPING pid:100
				500ms WARN process 'p' already running`)
		})
	}
}

func TestAProcessThatWasStoppedInBackoffKeepsItsCounter(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{Lives: 1}, script{})
		p := w.run(program())
		time.Sleep(500 * time.Millisecond)
		if err := p.Stop(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		if got := p.Status().SpawnErr; got != "Exited too quickly (process log may have details)" {
			t.Errorf("the reason %q is not kept", got)
		}
		if err := p.Start(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		w.want(`
			0s p STOPPED -> STARTING tries:0
			0s INFO spawned: 'p' with pid 100
			0s+ p STARTING -> BACKOFF tries:1
			0s+ WARN exited: p (exit status 0; not expected)
			500ms p BACKOFF -> STOPPED pid:0
			500ms p STOPPED -> STARTING tries:1
			500ms INFO spawned: 'p' with pid 101`)
	})
}

func TestAnUNKNOWNProcess(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{SignalErr: syscall.EPERM, Lives: time.Minute}, script{})
		p := w.run(program())
		time.Sleep(5 * time.Second)
		if err := p.Signal(t.Context(), syscall.SIGHUP); !errors.Is(err, supervise.ErrFailed) {
			t.Errorf("the signal is answered with %v", err)
		}
		wantState(t, p, supervise.Unknown)
		if got := p.Status().PID; got != 100 {
			t.Errorf("it has pid %d, want the child's", got)
		}
		if err := p.Start(t.Context(), true); !errors.Is(err, supervise.ErrUnknownState) {
			t.Errorf("a start is answered with %v", err)
		}
		if err := p.Stop(t.Context(), true); !errors.Is(err, supervise.ErrNotRunning) {
			t.Errorf("a stop is answered with %v", err)
		}
		time.Sleep(time.Minute) // its child ends after all
		wantState(t, p, supervise.Stopped)
		if err := p.Start(t.Context(), true); err != nil {
			t.Errorf("then a start is answered with %v", err)
		}
	})
}

func TestSignal(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{Reactions: reactions{syscall.SIGHUP: proctest.Ignore()}})
		p := w.run(program(noAutostart, func(p *supervise.Program) { p.Stop.AsGroup = true }))
		if err := p.Signal(t.Context(), syscall.SIGHUP); !errors.Is(err, supervise.ErrNotRunning) {
			t.Errorf("a signal to a stopped process is answered with %v", err)
		}
		if err := p.Start(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		if err := p.Signal(t.Context(), syscall.SIGHUP); err != nil {
			t.Error(err)
		}
		if got := signals(w.starter.Last()); got != "SIGHUP" {
			t.Errorf("signals %q, want one to the process alone", got)
		}
		wantState(t, p, supervise.Running)
	})
}

func TestWriteStdinNeedsAChild(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{Reactions: reactions{syscall.SIGTERM: proctest.Ignore()}})
		p := w.run(program(noAutostart))
		refused := func(when string) {
			t.Helper()
			if err := p.WriteStdin(t.Context(), []byte("x")); !errors.Is(err, supervise.ErrNotRunning) {
				t.Errorf("%s the answer is %v", when, err)
			}
		}
		refused("before the start")
		if err := p.Start(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		if err := p.WriteStdin(t.Context(), []byte("x")); err != nil {
			t.Error(err)
		}
		if err := p.Stop(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		refused("while it stops")
	})
}

func TestAShutdownLeavesAnUNKNOWNChildAlone(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{SignalErr: syscall.EPERM})
		p := w.run(program(startsecs(0)))
		if err := w.sup.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantState(t, p, supervise.Unknown)
		w.want(`
			0s p STOPPED -> STARTING tries:0
			0s INFO spawned: 'p' with pid 100
			0s p STARTING -> RUNNING pid:100
			0s INFO success: p entered RUNNING state, process has stayed up for > than 0 seconds (startsecs)
			0s SUPERVISOR_STATE_CHANGE_STOPPING
			0s p RUNNING -> STOPPING pid:100
			0s ERROR+4 unknown problem killing p (100):operation not permitted
			0s p STOPPING -> UNKNOWN`)
	})
}
