package supervise_test

import (
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/supervise"
)

func exitOn(e supervise.ExitOn) func(*supervise.Program) {
	return func(p *supervise.Program) { p.Start.ExitOn = e }
}

func TestEndsThatNobodyAskedFor(t *testing.T) {
	const lives = 2 * time.Second
	fails, works := script{Lives: lives, Code: 3}, script{Lives: lives}
	for _, c := range []struct {
		name    string
		program supervise.Program
		scripts []script
		do      func(t *testing.T, p *supervise.Process) // after a minute
		want    []string
	}{
		{
			name:    "an end that a restart follows is none",
			program: program(exitOn(supervise.ExitOnExit)),
			scripts: []script{fails},
		},
		{
			name:    "exit: an expected end",
			program: program(exitOn(supervise.ExitOnExit)),
			scripts: []script{works},
			want:    []string{"2s p:p code 0: exit status 0; expected; essential"},
		},
		{
			name:    "exit: an unexpected end without a restart",
			program: program(exitOn(supervise.ExitOnExit), noAutorestart),
			scripts: []script{fails},
			want:    []string{"2s p:p code 3: exit status 3; not expected; essential"},
		},
		{
			name:    "exit: a restart always follows",
			program: program(exitOn(supervise.ExitOnExit), autorestart),
			scripts: []script{works},
		},
		{
			name:    "failure: instead of the restart",
			program: program(exitOn(supervise.ExitOnFailure), autorestart),
			scripts: []script{fails},
			want:    []string{"2s p:p code 3: exit status 3; not expected; essential"},
		},
		{
			name:    "failure: not for an expected end",
			program: program(exitOn(supervise.ExitOnFailure)),
			scripts: []script{works},
			want:    []string{"2s p:p code 0: exit status 0; expected"},
		},
		{
			name:    "failure: a signal",
			program: program(exitOn(supervise.ExitOnFailure)),
			scripts: []script{{Lives: lives, Signal: syscall.SIGKILL}},
			want:    []string{"2s p:p code 137: terminated by SIGKILL; not expected; essential"},
		},
		{
			name:    "failure: a start gets its retries",
			program: program(exitOn(supervise.ExitOnFailure)),
			scripts: []script{{Lives: 1, Code: 3}},
		},
		{
			name:    "fatal: not for an end",
			program: program(exitOn(supervise.ExitOnFatal), noAutorestart),
			scripts: []script{fails},
			want:    []string{"2s p:p code 3: exit status 3; not expected"},
		},
		{
			name:    "fatal: the code of the last attempt",
			program: program(exitOn(supervise.ExitOnFatal), startretries(1)),
			scripts: []script{{Lives: 1, Code: 3}, {Lives: 1, Code: 4}},
			want:    []string{"1s+ p:p code 4: exit status 4, before startsecs were over; essential"},
		},
		{
			name:    "fatal: never a success",
			program: program(exitOn(supervise.ExitOnExit), startretries(0)),
			scripts: []script{{Lives: 1}},
			want:    []string{"0s+ p:p code 1: exit status 0, before startsecs were over; essential"},
		},
		{
			name:    "fatal: no such command",
			program: program(exitOn(supervise.ExitOnFailure), startretries(0), command("/no/such/command")),
			want:    []string{"0s p:p code 127: can't find command '/no/such/command'; essential"},
		},
		{
			name:    "fatal: a command that cannot be executed",
			program: program(exitOn(supervise.ExitOnFatal), startretries(0), command("/")),
			want:    []string{"0s p:p code 126: command at '/' is a directory; essential"},
		},
		{
			name:    "a stop is no end",
			program: program(exitOn(supervise.ExitOnExit)),
			do: func(t *testing.T, p *supervise.Process) {
				if err := p.Stop(t.Context(), true); err != nil {
					t.Error(err)
				}
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.plays(c.scripts...)
				p := w.run(c.program)
				time.Sleep(time.Minute)
				if c.do != nil {
					c.do(t, p)
				}
				w.wantEndings(c.want...)
			})
		})
	}
}

func (w *world) wantEndings(want ...string) {
	w.t.Helper()
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	if diff := cmp.Diff(want, w.endings); diff != "" {
		w.t.Errorf("endings (-want +got):\n%s", diff)
	}
}

// Ends that come of a shutdown are its own.
func TestAShutdownIsNoEnding(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{Lives: time.Minute, Code: 3})
		w.run(program(exitOn(supervise.ExitOnExit)))
		if err := w.sup.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		w.wantEndings()
	})
}

func TestDone(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		done := func(want bool, when string) {
			t.Helper()
			synctest.Wait()
			if got := w.sup.Done(); got != want {
				t.Errorf("%s: done is %v, want %v", when, got, want)
			}
		}
		done(true, "without a program")
		release := w.sup.Hold()
		w.plays(script{Lives: 2 * time.Second, Code: 1}, script{Lives: 2 * time.Second})
		w.add(supervise.GroupSpec{Name: "p", Priority: 1, Programs: []supervise.Program{program()}})
		done(false, "before the start")
		release()
		time.Sleep(time.Second)
		done(false, "while it runs")
		time.Sleep(2 * time.Second)
		done(false, "once it was restarted")
		time.Sleep(2 * time.Second)
		done(true, "when it has ended")
		other := w.run(program(noAutostart, func(p *supervise.Program) { p.Name = "other" }))
		done(true, "beside a program that does not start by itself")
		if err := other.Start(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		done(false, "when that was started by hand")
		if err := other.Stop(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		done(true, "when it was stopped")
		listener := program(func(p *supervise.Program) { p.Name = "ear" })
		w.add(supervise.GroupSpec{Name: "ear", Kind: supervise.KindListener, Programs: []supervise.Program{listener}})
		done(true, "beside an event listener")
	})
}

// Whoever asks for Done after each of these finds out when it is.
func TestEmptied(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		told := 0
		want := func(times int, done bool, when string) {
			t.Helper()
			synctest.Wait()
			w.mu.Lock()
			defer w.mu.Unlock()
			if got := w.emptied - told; got != times {
				t.Errorf("%s: told %d times, want %d", when, got, times)
			}
			told = w.emptied
			if got := w.sup.Done(); got != done {
				t.Errorf("%s: done is %v, want %v", when, got, done)
			}
		}
		w.plays(script{Lives: 2 * time.Second}, script{}, script{Lives: 2 * time.Second, Code: 1}, script{})
		w.add(group("g", 1, program(named("ends")), program(named("b"))))
		w.add(group("h", 2, program(named("again"), restartpause(time.Hour))))
		w.add(group("i", 2, program(named("c"))))
		time.Sleep(3 * time.Second)
		want(0, false, "after an end by itself")
		w.stop(w.process("g", "b"))
		want(1, false, "after a stop")
		w.stop(w.process("i", "c"))
		want(1, false, "while a restart is to come")
		if err := w.sup.Remove("h"); err != nil {
			t.Fatal(err)
		}
		want(1, true, "after the removal of what was to come")
		if err := w.sup.Withdraw("g", "b"); err != nil {
			t.Fatal(err)
		}
		want(1, true, "after the removal of one of a group")
		if err := w.sup.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		want(0, true, "after a shutdown")
	})
}
