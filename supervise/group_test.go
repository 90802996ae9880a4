package supervise_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

func group(name string, prio int, programs ...supervise.Program) supervise.GroupSpec {
	return supervise.GroupSpec{Name: name, Priority: prio, Programs: programs}
}

func TestGroupsAreSortedByPriorityThenName(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		for _, g := range []supervise.GroupSpec{group("b", 999), group("2", 999), group("10", 999), group("z", -1), group("a", 1000)} {
			w.add(g)
		}
		var names []string
		for _, g := range w.sup.Groups() {
			names = append(names, g.Name())
		}
		if diff := cmp.Diff(strings.Fields("z 10 2 b a"), names); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// At boot everything is forked in one pass: groups as they were added, within
// a group in its own order, whatever the priorities of the processes. What is
// said of a start may come after the next one has begun, but in the same order.
func TestProcessesStartInTheirOrder(t *testing.T) {
	for what, want := range map[string]string{
		"-> STARTING": `
			0s z STOPPED -> STARTING tries:0
			0s a STOPPED -> STARTING tries:0
			0s b STOPPED -> STARTING tries:0
			0s bad STOPPED -> STARTING tries:0
			0s c STOPPED -> STARTING tries:0`,
		" INFO ": `
			0s INFO spawned: 'z' with pid 100
			0s INFO spawned: 'a' with pid 101
			0s INFO spawned: 'b' with pid 102
			0s INFO spawnerr: can't find command '/no/such'
			0s INFO spawned: 'c' with pid 103`,
	} {
		inBubble(t, func(t *testing.T, w *world) {
			w.unsubscribe()
			w.bus.Subscribe(w, event.ProcessState)
			w.add(group("g", 1, program(named("z"), priority(9)), program(named("a"), priority(1)), program(named("off"), noAutostart)))
			w.add(group("h", 2, program(named("b")), program(named("bad"), command("/no/such")), program(named("c"))))
			w.only(what)
			w.want(want)
		})
	}
}

func TestAGroupIsAddedOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.add(group("g", 1))
		if err := w.sup.Add(group("g", 2)); !errors.Is(err, supervise.ErrAlreadyAdded) {
			t.Errorf("the second time is answered with %v", err)
		}
		w.want(`0s PROCESS_GROUP_ADDED g`)
	})
}

func TestOfTwoProcessesWithOneNameTheLaterCounts(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.add(group("g", 1, program(named("x"), noAutostart), program(named("y"), noAutostart), program(named("x"), noAutostart, command("/bin/cat"))))
		g, _ := w.sup.Group("g")
		var got []string
		for _, p := range g.Processes() {
			got = append(got, p.Program().Name+" "+p.Program().Command)
		}
		if diff := cmp.Diff([]string{"x /bin/cat", "y /bin/true"}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestRemove(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		if err := w.sup.Remove("g"); !errors.Is(err, supervise.ErrNoGroup) {
			t.Errorf("of no group is answered with %v", err)
		}
		w.plays(script{Lives: 2 * time.Second}, script{})
		w.add(group("g", 1, program(named("brief"), restartpause(time.Minute), autorestart), program(named("long"), startsecs(2*time.Second))))
		w.only("PROCESS_GROUP")
		time.Sleep(5 * time.Second)
		if err := w.sup.Remove("g"); !errors.Is(err, supervise.ErrStillRunning) {
			t.Errorf("with a RUNNING process is answered with %v", err)
		}
		brief, _ := w.sup.Process("g", "brief")
		long, _ := w.sup.Process("g", "long")
		if err := long.Stop(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		w.want(`
			0s PROCESS_GROUP_ADDED g
			1s+ brief STARTING -> RUNNING pid:100
			1s+ INFO success: brief entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)
			2s brief RUNNING -> EXITED expected:true pid:100
			2s INFO exited: brief (exit status 0; expected)
			2s+ long STARTING -> RUNNING pid:101
			2s+ INFO success: long entered RUNNING state, process has stayed up for > than 2 seconds (startsecs)
			5s long RUNNING -> STOPPING pid:101
			5s long STOPPING -> STOPPED pid:101
			5s WARN stopped: long (terminated by SIGTERM)`)
		if err := w.sup.Remove("g"); err != nil {
			t.Errorf("of a stopped group is answered with %v", err)
		}
		if _, err := w.sup.Process("g", "long"); !errors.Is(err, supervise.ErrNoProcess) {
			t.Errorf("the process is found: %v", err)
		}
		if err := brief.Start(t.Context(), false); !errors.Is(err, supervise.ErrNoProcess) {
			t.Errorf("a start of what was removed is answered with %v", err)
		}
		time.Sleep(2 * time.Minute) // the restart of brief must not come
		w.want(`5s PROCESS_GROUP_REMOVED g`)
	})
}

func TestAutoLogsAreNamedWhenTheGroupIsCreated(t *testing.T) {
	var named []string
	sup := supervise.New(optionsWith(func(o *supervise.Options) {
		o.AutoLog = func(process, channel string) (string, error) {
			named = append(named, process+" "+channel)
			if process == "bad" {
				return "", errors.New("no space")
			}
			return "/auto/" + process + "-" + channel, nil
		}
	}))
	auto := supervise.LogSpec{Auto: true}
	make := func(name string, redirect bool) supervise.Program {
		return supervise.Program{Name: name, Stdout: auto, Stderr: auto, RedirectStderr: redirect}
	}
	given := group("g", 1, make("both", false), make("one", true))
	if err := sup.Add(given); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"both stdout", "both stderr", "one stdout"}, named); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	g, _ := sup.Group("g")
	if got := g.Spec().Programs[0].Stderr.File; got != "/auto/both-stderr" {
		t.Errorf("the spec has %q", got)
	}
	if given.Programs[0].Stderr.File != "" {
		t.Error("the caller's spec was changed")
	}
	p, _ := sup.Process("g", "one")
	if p.Stderr() != nil {
		t.Error("redirected standard error has a log")
	}
	if got := p.Stdout().Path(); got != "/auto/one-stdout" {
		t.Errorf("the log is at %q", got)
	}
	if err := sup.Add(group("h", 1, make("bad", false))); err == nil || err.Error() != `add group "h": no space` {
		t.Errorf("a log that cannot be made is answered with %v", err)
	}
	if err := sup.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestShutdown(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		slow := script{Reactions: reactions{syscall.SIGTERM: {After: 2 * time.Second}}}
		w.plays(slow, script{Reactions: reactions{syscall.SIGTERM: {After: time.Second}}}, script{Reactions: reactions{syscall.SIGTERM: {After: 4 * time.Second}}}, slow, script{Lives: 1500 * time.Millisecond}, script{Lives: 1500 * time.Millisecond})
		w.add(group("first", 1, program(named("low"), priority(1)), program(named("high"), priority(2))))
		w.add(group("x", 2, program(named("x1"), priority(1000))))
		w.add(group("y", 2, program(named("y1"))))
		w.add(group("z", 0, program(named("ended"), restartpause(time.Hour), autorestart), program(named("failing"), startsecs(10*time.Second))))
		time.Sleep(1800 * time.Millisecond)
		synctest.Wait()
		w.transcript = nil
		if err := w.sup.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.want(`
			1.8s SUPERVISOR_STATE_CHANGE_STOPPING
			1.8s x1 RUNNING -> STOPPING pid:102
			1.8s y1 RUNNING -> STOPPING pid:103
			1.8s INFO waiting for failing, low, high, x1, y1 to die
			3.8s y1 STOPPING -> STOPPED pid:103
			3.8s WARN stopped: y1 (terminated by SIGTERM)
			4.8s+ INFO waiting for failing, low, high, x1 to die
			5.8s x1 STOPPING -> STOPPED pid:102
			5.8s WARN stopped: x1 (terminated by SIGTERM)
			5.8s high RUNNING -> STOPPING pid:101
			5.8s low RUNNING -> STOPPING pid:100
			6.8s high STOPPING -> STOPPED pid:101
			6.8s WARN stopped: high (terminated by SIGTERM)
			7.8s low STOPPING -> STOPPED pid:100
			7.8s WARN stopped: low (terminated by SIGTERM)
			7.8s failing BACKOFF -> FATAL`)
		for _, g := range w.sup.Groups() {
			for _, p := range g.Processes() {
				if err := p.Start(t.Context(), true); !errors.Is(err, supervise.ErrShutdown) {
					t.Errorf("a start of %s is answered with %v", p.Program().Name, err)
				}
			}
		}
		if err := w.sup.Add(group("late", 1)); !errors.Is(err, supervise.ErrShutdown) {
			t.Errorf("a late group is answered with %v", err)
		}
		if err := w.sup.Shutdown(t.Context()); !errors.Is(err, supervise.ErrShutdown) {
			t.Errorf("a second shutdown is answered with %v", err)
		}
	})
}

func TestShutdownWithNothingToStopSaysNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.add(group("g", 1, program(noAutostart)))
		if err := w.sup.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.want(`
			0s PROCESS_GROUP_ADDED g
			0s SUPERVISOR_STATE_CHANGE_STOPPING`)
	})
}

func TestNothingIsStartedOnceAShutdownBegan(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		gate := make(chan struct{})
		w.starter.Hold(gate)
		var programs []supervise.Program
		for i := range 20 {
			programs = append(programs, program(named(fmt.Sprint(i))))
		}
		w.add(group("g", 1, programs...))
		synctest.Wait() // the first is being forked, the rest stand in line
		done := make(chan error)
		go func() { done <- w.sup.Shutdown(t.Context()) }()
		synctest.Wait()
		close(gate)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if got := len(w.starter.Children()); got != 1 {
			t.Errorf("%d children were started, want the one that was under way", got)
		}
	})
}

func TestOrphans(t *testing.T) {
	worker := []proc.Member{{PID: 7, Name: "worker"}, {PID: 8, Name: "worker"}}
	const before = `
		0s p STOPPED -> STARTING tries:0
		0s INFO spawned: 'p' with pid 100
		1s+ p STARTING -> RUNNING pid:100
		1s+ INFO success: p entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)
		2s p RUNNING -> EXITED expected:false pid:100
		2s WARN exited: p (exit status 1; not expected)`
	for _, c := range []struct {
		name  string
		do    supervise.Orphans
		leave time.Duration // how long the survivors take to leave by SIGTERM; -1: for ever
		want  string
	}{
		{
			name: "are named and kept", do: supervise.OrphansKeep,
			want: before + `
				2s WARN orphans: p left running in its process group: worker (7), worker (8)
				2s p EXITED -> STARTING tries:0
				2s INFO spawned: 'p' with pid 101`,
		},
		{
			name: "are stopped before the next start", do: supervise.OrphansStop, leave: 1010 * time.Millisecond,
			want: before + `
				2s WARN orphans: p left running in its process group: worker (7), worker (8); stopping them
				3.1s p EXITED -> STARTING tries:0
				3.1s INFO spawned: 'p' with pid 101`,
		},
		{
			name: "are killed when they do not stop", do: supervise.OrphansStop, leave: -1,
			want: before + `
				2s WARN orphans: p left running in its process group: worker (7), worker (8); stopping them
				5s WARN orphans: killing what p left running with SIGKILL: worker (7), worker (8)
				5.02s p EXITED -> STARTING tries:0
				5.02s INFO spawned: 'p' with pid 101`,
		},
		{
			name: "are killed at once", do: supervise.OrphansKill,
			want: before + `
				2s WARN orphans: p left running in its process group: worker (7), worker (8); killing them
				2.02s p EXITED -> STARTING tries:0
				2.02s INFO spawned: 'p' with pid 101`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.plays(script{Lives: 2 * time.Second, Code: 1, Left: worker, LeaveAfter: c.leave}, script{})
				w.run(program(orphans(c.do)))
				time.Sleep(5500 * time.Millisecond)
				synctest.Wait()
				w.transcript = cutAfter(w.transcript, "pid 101")
				w.want(c.want)
			})
		})
	}
}

// cutAfter drops the lines after the first that ends with end.
func cutAfter(lines []string, end string) []string {
	for i, line := range lines {
		if strings.HasSuffix(line, end) {
			return lines[:i+1]
		}
	}
	return lines
}

func TestAStartThatIsAskedForWaitsForTheOrphansToGo(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{Lives: 2 * time.Second, Left: []proc.Member{{PID: 7, Name: "worker"}}, LeaveAfter: 990 * time.Millisecond}, script{})
		p := w.run(program(orphans(supervise.OrphansStop), startsecs(0)))
		time.Sleep(2100 * time.Millisecond)
		if got, want := p.Status().Note, "left running in its process group: worker (7)"; got != want {
			t.Errorf("the note is %q, want %q", got, want)
		}
		began := time.Now()
		if err := p.Start(t.Context(), true); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("the start took %v", took)
		}
		if got := p.Status().Note; got != "" {
			t.Errorf("the note is still %q", got)
		}
	})
}

func TestNothingStartsByItselfWhileItIsHeld(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		release := w.sup.Hold()
		w.add(supervise.GroupSpec{Name: "a", Programs: []supervise.Program{program(startsecs(0))}})
		w.add(supervise.GroupSpec{Name: "b", Programs: []supervise.Program{program(startsecs(0), named("q"))}})
		time.Sleep(time.Second)
		w.want(`
			0s PROCESS_GROUP_ADDED a
			0s PROCESS_GROUP_ADDED b`)
		release()
		w.only("spawned")
		w.want(`
			1s INFO spawned: 'p' with pid 100
			1s INFO spawned: 'q' with pid 101`)
	})
}
