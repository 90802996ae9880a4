package listener_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

func TestAListenerGetsOneEventAfterTheOther(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(answering(ok))
		w.pool()
		w.remote(0, 2)
		w.wantTold(0, "0 0 e0", "1 1 e1", "2 2 e2")
		want := "ver:3.0 server:here serial:0 pool:l poolserial:0 eventname:REMOTE_COMMUNICATION len:9\ntype:k\ne0"
		if got := w.starter.Last().Input()[:len(want)]; got != want {
			t.Errorf("the first event is\n%q, want\n%q", got, want)
		}
		w.wantLog(`
			DEBUG l: ACKNOWLEDGED -> READY
			DEBUG event 0 sent to listener l
			DEBUG l: event was processed
			DEBUG l: BUSY -> ACKNOWLEDGED
			DEBUG l: ACKNOWLEDGED -> READY
			DEBUG event 1 sent to listener l
			DEBUG l: event was processed
			DEBUG l: BUSY -> ACKNOWLEDGED
			DEBUG l: ACKNOWLEDGED -> READY
			DEBUG event 2 sent to listener l
			DEBUG l: event was processed
			DEBUG l: BUSY -> ACKNOWLEDGED
			DEBUG l: ACKNOWLEDGED -> READY`, "DEBUG l:", "DEBUG event")
		w.wantNote("")
	})
}

func TestTheOutputOfAListenerIsLoggedAsPythonShowsBytes(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(saying("READY\n"))
		w.pool()
		w.wantLog(`DEBUG 'l' stdout output:|b'READY\n'`, "output:")
	})
}

func TestTheLengthIsToldInCharacters(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(saying("READY\n"))
		w.pool()
		w.bus.Publish(event.Remote{Kind: "k", Data: "é名"})
		synctest.Wait()
		want := "ver:3.0 server:here serial:0 pool:l poolserial:0 eventname:REMOTE_COMMUNICATION len:9\ntype:k\né名"
		if got := w.starter.Last().Input(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestAPoolGivesEachEventToTheFirstThatIsFree(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(saying("READY\n"))
		w.pool(processes(3))
		w.remote(0, 3)
		children := w.starter.Children()
		w.wantTold(0, "0 0 e0")
		w.wantTold(1, "1 1 e1")
		w.wantTold(2, "2 2 e2")
		children[1].Say(ok+"READY\n", false)
		w.wantTold(1, "1 1 e1", "3 3 e3")
		children[0].Say(ok+"READY\n", false)
		w.wantTold(0, "0 0 e0")
	})
}

func TestSerialsAreOfTheDaemonAndOfThePool(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(answering(ok))
		w.pool(named("ticks"), events("TICK"))
		w.pool(named("both"), events("TICK", "TICK_5", "REMOTE_COMMUNICATION"))
		w.remote(0, 0)
		w.bus.Publish(event.Ticked{Type: event.Tick5, When: time.Unix(100, 0)})
		w.bus.Publish(event.SupervisorChanged{}) // nobody is told, so it has no number
		w.bus.Publish(event.Ticked{Type: event.Tick60, When: time.Unix(120, 0)})
		w.wantTold(0, "1 0 when:100", "2 1 when:120")
		w.wantTold(1, "0 0 e0", "1 1 when:100", "2 2 when:120")
	})
}

func TestAPoolIsToldOfItsOwnGroupAndProcess(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(answering(ok))
		w.pool(events("PROCESS_GROUP", "PROCESS_STATE"), startsecs(time.Second))
		time.Sleep(2 * time.Second)
		want := "ver:3.0 server:here serial:0 pool:l poolserial:0 eventname:PROCESS_GROUP_ADDED len:12\ngroupname:l\n" +
			"ver:3.0 server:here serial:1 pool:l poolserial:1 eventname:PROCESS_STATE_STARTING len:52\nprocessname:l groupname:l from_state:STOPPED tries:0" +
			"ver:3.0 server:here serial:2 pool:l poolserial:2 eventname:PROCESS_STATE_RUNNING len:53\nprocessname:l groupname:l from_state:STARTING pid:100"
		synctest.Wait()
		if diff := cmp.Diff(want, w.starter.Last().Input()); diff != "" {
			t.Errorf("it was told (-want +got):\n%s", diff)
		}
	})
}

func TestNothingIsSentBeforeTheListenerIsRunning(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(answering(ok))
		w.pool(startsecs(5 * time.Second))
		w.remote(0, 0)
		w.wantTold(0)
		time.Sleep(6 * time.Second)
		w.wantTold(0, "0 0 e0")
	})
}

func TestARejectedEventComesAgainBeforeTheOthers(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(saying("READY\n"))
		w.pool()
		w.pool(named("other"))
		w.remote(0, 1)
		w.wantLog("", "rejected")
		w.starter.Children()[0].Say("RESULT 4\nFAIL", false)
		synctest.Wait()
		w.wantTold(0, "0 0 e0") // it is not ready yet
		w.starter.Children()[0].Say("READY\n", false)
		w.wantTold(0, "0 0 e0", "0 0 e0")
		w.wantTold(1, "0 0 e0") // the other pool is not told again
		w.wantLog(`
			WARN l: event was rejected
			DEBUG l: BUSY -> ACKNOWLEDGED
			DEBUG rebuffering event 0 for pool l (buf size=1, max=10)
			DEBUG l: ACKNOWLEDGED -> READY`, "l: event", "l: BUSY", "rebuffering", "l: ACK")
	})
}

func TestAnEventWhoseListenerDiesGoesToAnother(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(saying("READY\n"))
		w.pool(processes(2))
		w.remote(0, 2)
		w.starter.Children()[0].End(proc.Exit{Code: -1, Signal: syscall.SIGKILL})
		synctest.Wait()
		w.starter.Children()[1].Say(ok+"READY\n", false)
		w.wantTold(1, "1 1 e1", "0 0 e0")
		time.Sleep(2 * time.Second) // the first is started again
		w.wantTold(2, "2 2 e2")
	})
}

// A listener may write as it likes: what it says is the same.
func TestAnswersMayComeInPieces(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(saying("REA", "DY\n"))
		w.pool()
		w.remote(0, 3)
		for _, piece := range []string{"RES", "ULT 2", "\nO", "K", "READ", "Y", "\n"} {
			w.starter.Last().Say(piece, false)
			synctest.Wait()
		}
		w.wantTold(0, "0 0 e0", "1 1 e1")
		w.starter.Last().Say("RESULT 0\n", false) // complete, and not OK
		w.starter.Last().Say("READY\n", false)
		w.wantTold(0, "0 0 e0", "1 1 e1", "1 1 e1")
		w.starter.Last().Say("XXXXXXX 2 \r\nOKREADY\n", false) // only the number counts
		w.wantTold(0, "0 0 e0", "1 1 e1", "1 1 e1", "2 2 e2")
	})
}

func TestABusyListenerKeepsTheLatestEvents(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(saying("READY\n"))
		w.pool(bufferSize(3))
		w.remote(0, 4) // one is sent, three wait, one gives way
		w.wantNote("1 event discarded by a full event buffer")
		w.wantLog("ERROR pool l event buffer overflowed, discarding event 1", "overflowed")
		w.remote(5, 6)
		w.wantNote("3 events discarded by a full event buffer")
		w.starter.Last().Say(ok+"READY\n", false)
		w.wantLog("", "overflowed") // the burst goes on while there is hardly room
		w.starter.Last().Say(ok+"READY\n", false)
		w.wantTold(0, "0 0 e0", "4 4 e4", "5 5 e5")
		w.wantLog("ERROR pool l event buffer overflowed, discarded 3 events up to event 3", "overflowed")
		w.remote(7, 9)
		w.wantLog("ERROR pool l event buffer overflowed, discarding event 6", "overflowed")
		w.wantNote("4 events discarded by a full event buffer")
	})
}

// As in the original the event that comes back pushes the oldest of the others
// out.
func TestAnEventThatComesBackNeedsRoomToo(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(saying("READY\n"))
		w.pool(bufferSize(2))
		w.remote(0, 2)
		w.starter.Last().Say("RESULT 4\nFAIL", false)
		w.wantLog(`
			DEBUG rebuffering event 0 for pool l (buf size=2, max=2)
			ERROR pool l event buffer overflowed, discarding event 1`, "overflowed", "rebuffering")
		w.starter.Last().Say("READY\n", false)
		synctest.Wait()
		w.starter.Last().Say(ok+"READY\n", false)
		w.wantTold(0, "0 0 e0", "0 0 e0", "2 2 e2")
	})
}

// A listener that takes its time to start misses nothing, within reason.
func TestEventsOfTheStartAreKept(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(saying(), answering(ok))
		w.pool(bufferSize(2))
		w.remote(0, 500)
		w.starter.Last().Say("READY\n", false)
		w.remote(501, 501) // while the backlog is worked off, the bound is not in force
		w.starter.Last().End(proc.Exit{Code: 1})
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := told(w.starter.Last()); len(got) != 502 || got[0] != "0 0 e0" || got[501] != "501 501 e501" {
			t.Errorf("%d events arrived, want 502 in order: %v", len(got), got)
		}
		w.wantNote("")
	})
}

func TestTheStartHasItsBoundsToo(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.pool(bufferSize(2))
		w.remote(0, 10_002)
		w.wantNote("3 events discarded by a full event buffer")
		big := event.Remote{Data: strings.Repeat("x", 1<<20) + "\nbig"}
		for range 9 {
			w.bus.Publish(big)
		}
		synctest.Wait()
		w.starter.Last().Say("READY\n", false)
		w.wantTold(0, "10005 10005 big") // of which there is room for seven
	})
}

func TestWhoBreaksTheProtocolIsReplaced(t *testing.T) {
	for _, c := range []struct {
		name string
		says []string // after the first READY and one event
		want string
	}{
		{"garbage instead of a result", []string{"HELLO\n"}, `wrote "HELLO" where RESULT and a length were due`},
		{"a length that is no number", []string{"RESULT two\nOK"}, `wrote "RESULT two" where RESULT and a length were due`},
		{"a length below zero", []string{"RESULT -1\nOK"}, `wrote "RESULT -1" where RESULT and a length were due`},
		{"a line feed after a result", []string{ok + "\nREADY\n"}, `wrote "\nREADY\n" where READY and a line feed were due`},
		{"output between events", []string{ok + "READY\n", "", "x\n"}, `wrote "x\n" while it had no event`},
		{"twice READY", []string{ok + "READY\nREADY\n"}, `wrote "READY\n" while it had no event`},
		{"a long line", []string{ok + "0123456789012345678901234567890123456789012345\n"},
			`wrote "0123456789012345678901234567890123456789"... where READY and a line feed were due`},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.plays(saying("READY\n"), answering(ok))
				w.pool()
				w.remote(0, 0)
				for _, text := range c.says {
					w.starter.Last().Say(text, false)
					synctest.Wait()
				}
				time.Sleep(2 * time.Second)
				w.remote(1, 1)
				w.wantNote("restarted: broke the event listener protocol: " + c.want)
				if got := len(w.starter.Children()); got != 2 {
					t.Fatalf("%d children were started, want 2", got)
				}
				sent := told(w.starter.Last())
				if sent[len(sent)-1] != "1 1 e1" {
					t.Errorf("the new child was sent %v, want also the later event", sent)
				}
				w.wantLog(`
					WARN l: has entered the UNKNOWN state and will no longer receive events, this usually indicates the process violated the eventlistener protocol
					WARN replacing l (pid 100): broke the event listener protocol: `+c.want+`
					WARN exited: l (terminated by SIGTERM; not expected)`, "UNKNOWN state", "replacing", "exited:")
			})
		})
	}
}

// One that says something else than READY from the beginning is not started
// for ever.
func TestWhoNeverSpeaksTheProtocolIsGivenUp(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(saying("Listening...\n"))
		w.pool(startsecs(time.Second))
		time.Sleep(time.Minute)
		status := w.process("l").Status()
		want := `broke the event listener protocol: wrote "Listening...\n" where READY and a line feed were due`
		if status.State != supervise.Fatal || status.SpawnErr != want || status.Note != "" {
			t.Errorf("it is %v, with %q and the note %q", status.State, status.SpawnErr, status.Note)
		}
	})
}

func TestAListenerWithoutAutorestartIsLeftAlone(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(saying("READY\n"))
		w.pool(stays)
		w.starter.Last().Say("hello", false)
		synctest.Wait()
		w.starter.Last().Say("hello again", false)
		time.Sleep(time.Minute)
		w.remote(0, 0)
		w.wantTold(0)
		w.wantNote(`broke the event listener protocol: wrote "hello" while it had no event`)
		if state := w.process("l").Status().State; state != supervise.Running {
			t.Errorf("it is %v, want RUNNING", state)
		}
	})
}

func TestAListenerThatWillNotGoIsKilled(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		stubborn := saying("READY\n")
		stubborn.Reactions = map[syscall.Signal]proctest.Reaction{syscall.SIGTERM: proctest.Ignore()}
		w.plays(stubborn, answering(ok))
		w.pool()
		w.starter.Last().Say("hello", false)
		time.Sleep(9 * time.Second)
		if n := len(w.starter.Children()); n != 1 {
			t.Fatalf("%d children before stopwaitsecs are over, want 1", n)
		}
		time.Sleep(2 * time.Second)
		w.wantLog(`
			WARN killing 'l' (100) with SIGKILL
			WARN exited: l (terminated by SIGKILL; not expected)
			INFO spawned: 'l' with pid 101`, "killing '", "exited:", "pid 101")
	})
}

// An exit by its own wish says what the code says; one by ours never does.
func TestAReplacedListenerIsStartedAgainWhateverItsExitCode(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		polite := saying("READY\n")
		polite.Reactions = map[syscall.Signal]proctest.Reaction{syscall.SIGTERM: proctest.ExitAfter(0, 0)}
		w.plays(polite, answering(ok))
		w.pool()
		w.starter.Last().Say("hello", false)
		time.Sleep(2 * time.Second)
		w.wantLog(`
			WARN exited: l (exit status 0; not expected)
			INFO spawned: 'l' with pid 101`, "exited:", "pid 101")
	})
}

func TestTheStatusHasThePoolToo(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(saying("READY\n"))
		w.pool(bufferSize(2))
		want := func(s supervise.ListenerStatus) {
			t.Helper()
			synctest.Wait()
			if diff := cmp.Diff(&s, w.process("l").Status().Listener); diff != "" {
				t.Errorf("status (-want +got):\n%s", diff)
			}
		}
		want(supervise.ListenerStatus{State: "READY"})
		w.remote(0, 3)
		want(supervise.ListenerStatus{State: "BUSY", Waiting: 2, Discarded: 1})
		w.starter.Last().Say(ok, false)
		want(supervise.ListenerStatus{State: "ACKNOWLEDGED", Waiting: 2, Discarded: 1})
		w.starter.Last().Say("?", false)
		want(supervise.ListenerStatus{State: "ACKNOWLEDGED", Waiting: 2, Discarded: 1}) // another child is to come
	})
}

func TestEventsOfJobsComeByTheirOwnNames(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(answering(ok))
		w.pool(named("jobs"), events(), jobs("JOB_RUN", "JOBSTORE_TROUBLE"))
		w.pool(named("all"), events("EVENT"))
		run := schedule.RunEvent{Subject: schedule.Subject{Store: "default", Job: "a"}, Run: "a@1000000", Slot: time.Unix(1, 0)}
		w.bus.Publish(schedule.Executed{RunEvent: run, Outcome: job.Outcome{Result: []byte("7")}})
		w.bus.Publish(schedule.Removed{Subject: run.Subject})
		w.bus.Publish(schedule.StoreTrouble{Alias: "default", Err: errors.New("away")})
		w.remote(0, 0)
		synctest.Wait()
		want := "ver:3.0 server:here serial:3 pool:jobs poolserial:0 eventname:JOB_EXECUTED len:62\n" +
			"code:4096 jobstore:default job:a run:a@1000000 slot:1.000000\n7"
		got := w.starter.Children()[0].Input()
		if diff := cmp.Diff(want, got[:min(len(want), len(got))]); diff != "" {
			t.Errorf("the event of a run (-want +got):\n%s", diff)
		}
		if n := strings.Count(got, "eventname:"); n != 2 {
			t.Errorf("the listener of jobs is told of %d events, want 2: %q", n, got)
		}
		all := w.starter.Children()[1].Input()
		if strings.Contains(all, "eventname:JOB") || !strings.Contains(all, "REMOTE_COMMUNICATION") {
			t.Errorf("a listener of EVENT is told of %q", all)
		}
	})
}

func TestAGroupThatIsRemovedTakesItsPoolAlong(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(answering(ok))
		w.pool()
		if err := w.process("l").Stop(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		if err := w.sup.Remove("l"); err != nil {
			t.Fatal(err)
		}
		if w.bus.Wanted(event.RemoteCommunication) {
			t.Error("the pool is still subscribed")
		}
		w.pool()
		w.remote(0, 0)
		w.wantTold(1, "0 0 e0")
	})
}

func TestAStoppedListenersEventsWait(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(answering(ok))
		w.pool()
		w.remote(0, 0)
		if err := w.process("l").Stop(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		w.remote(1, 2)
		if err := w.process("l").Start(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		w.wantTold(0, "0 0 e0")
		w.wantTold(1, "1 1 e1", "2 2 e2")
	})
}

// The events of the shutdown reach the listeners, which stop last.
func TestTheLastEventsAreDealtWith(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		slow := answering(ok)
		slow.OnInput = func(c *proctest.Child, _ []byte) {
			time.AfterFunc(300*time.Millisecond, func() { c.Say(ok+"READY\n", false) })
		}
		w.plays(slow)
		w.pool(events("SUPERVISOR_STATE_CHANGE", "REMOTE_COMMUNICATION"))
		w.remote(0, 0)
		began := time.Now()
		if err := w.sup.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.wantTold(0, "0 0 e0", "1 1 ")
		if took := time.Since(began); took != 600*time.Millisecond {
			t.Errorf("the shutdown took %v, want as long as two events take", took)
		}
	})
}

func TestAShutdownDoesNotWaitLongForAListener(t *testing.T) {
	for name, c := range map[string]struct {
		plays script
		want  time.Duration
	}{
		"that answers never":      {saying("READY\n"), time.Second},
		"that is never ready":     {saying(), time.Second},
		"that breaks the rules":   {answering("?\n"), 0},
		"that is about to start":  {script{Lives: time.Millisecond}, 0},
		"that has nothing to do":  {answering(ok), 0},
		"that has broken it long": {saying("x"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.plays(c.plays)
				w.pool()
				w.remote(0, 0)
				time.Sleep(500 * time.Millisecond)
				began := time.Now()
				if err := w.sup.Shutdown(t.Context()); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took != c.want {
					t.Errorf("the shutdown took %v, want %v", took, c.want)
				}
			})
		})
	}
}

func TestAnUnknownTypeIsNoPool(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		err := w.sup.Add(supervise.GroupSpec{
			Name: "x", Kind: supervise.KindListener,
			Listener: &supervise.ListenerSpec{Events: []string{"PROCESS_NAP"}},
		})
		if err == nil {
			t.Error("the group was added")
		}
	})
}
