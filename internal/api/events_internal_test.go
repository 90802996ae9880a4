package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// listener is a client of the stream of events.
type listener struct {
	cancel context.CancelFunc
	done   chan struct{}
	answer *httptest.ResponseRecorder
}

// listen begins a stream, and returns once it waits for events.
func (w *world) listen(query, last string) *listener {
	ctx, cancel := context.WithCancel(auth.With(w.t.Context(), auth.Identity{Role: auth.Viewer}))
	r := httptest.NewRequest(http.MethodGet, api.Prefix+"/events"+query, nil).WithContext(ctx)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	l := &listener{cancel, make(chan struct{}), httptest.NewRecorder()}
	go func() {
		defer close(l.done)
		w.handler.ServeHTTP(l.answer, r)
	}()
	synctest.Wait()
	return l
}

// end ends the stream and returns what it had.
func (l *listener) end(t *testing.T) []api.Event {
	t.Helper()
	synctest.Wait()
	l.cancel()
	<-l.done
	var events []api.Event
	var id, kind string
	for lines := bufio.NewScanner(l.answer.Body); lines.Scan(); {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "id":
			id = value
		case "event":
			kind = value
		case "data":
			var e api.Event
			if err := json.Unmarshal([]byte(value), &e); err != nil {
				t.Fatalf("%s: %v", value, err)
			}
			if e.ID != id || e.Type != kind {
				t.Errorf("the event %+v came as %s of type %s", e, id, kind)
			}
			events = append(events, e)
		}
	}
	return events
}

// kinds are types and what the events are about, in short.
func kinds(events []api.Event) []string {
	var all []string
	for _, e := range events {
		text := e.Type
		switch {
		case e.Process != nil:
			text += " " + e.Process.Process
		case e.Remote != nil:
			text += " " + e.Remote.Data
		case e.Gap != nil:
			text += fmt.Sprintf(" %d", e.Gap.Missed)
		}
		all = append(all, text)
	}
	return all
}

func (w *world) send(data string) {
	w.t.Helper()
	if err := w.SendRemoteEvent("k", data); err != nil {
		w.t.Fatal(err)
	}
}

func wantKinds(t *testing.T, got []api.Event, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, kinds(got)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestEventsAreResumable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, programs)
		w.send("before") // nobody listens
		first := w.listen("", "")
		w.send("a")
		w.want(http.StatusOK, w.ask("POST", "/processes/idle/start", ""))
		seen := first.end(t)
		wantKinds(t, seen, "REMOTE_COMMUNICATION a", "PROCESS_STATE_STARTING idle", "PROCESS_STATE_RUNNING idle")
		w.send("b") // the client is cut off
		w.send("c")
		second := w.listen("", seen[0].ID)
		w.send("d")
		wantKinds(t, second.end(t), "PROCESS_STATE_STARTING idle", "PROCESS_STATE_RUNNING idle",
			"REMOTE_COMMUNICATION b", "REMOTE_COMMUNICATION c", "REMOTE_COMMUNICATION d")
	})
}

func TestEventsAreSelected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, programs)
		states, ticks, usual := w.listen("?types=PROCESS_STATE_RUNNING,SUPERVISOR_STATE_CHANGE", ""), w.listen("?types=TICK", ""), w.listen("", "")
		w.Bus.Publish(event.Ticked{Type: event.Tick5, When: time.Now()})
		w.Bus.Publish(supervise.Output{Process: "p", Group: "g", Data: []byte("x")})
		w.send("a")
		w.want(http.StatusOK, w.ask("POST", "/processes/idle/start", ""))
		wantKinds(t, states.end(t), "PROCESS_STATE_RUNNING idle")
		wantKinds(t, ticks.end(t), "TICK_5")
		wantKinds(t, usual.end(t), "REMOTE_COMMUNICATION a", "PROCESS_STATE_STARTING idle", "PROCESS_STATE_RUNNING idle")
		answer := w.ask("GET", "/events?types=NIX", "")
		if p := w.problem(answer); p != api.ProblemInvalid || !strings.Contains(answer.Body.String(), "query.types[0]") {
			t.Errorf("an unknown type: %s", answer.Body)
		}
	})
}

func TestAGapIsToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, programs)
		first := w.listen("", "")
		w.send("first")
		id := first.end(t)[0].ID
		for n := range keptEvents + 3 {
			w.send(fmt.Sprint(n))
		}
		events := w.listen("", id).end(t)
		if len(events) != keptEvents+1 {
			t.Fatalf("%d events, want those that are kept and one more", len(events))
		}
		wantKinds(t, events[:2], "GAP 3", "REMOTE_COMMUNICATION 3")

		// Of another daemon's, nobody knows.
		epoch, _, _ := strings.Cut(id, "-")
		for _, strange := range []string{"x-1", epoch + "-99999999", epoch, "nix", epoch + "--1"} {
			events := w.listen("", strange).end(t)
			wantKinds(t, events[:2], "GAP 0", fmt.Sprintf("GAP %d", 4))
		}
	})
}

func TestLargeEventsTakeOnlySoMuchMemory(t *testing.T) {
	h := newHub(nil)
	large := supervise.Output{Data: make([]byte, keptBytes/4)}
	for range 10 {
		h.Accept(large)
	}
	if kept := len(h.ring) - h.first; kept != 4 || h.bytes > keptBytes {
		t.Errorf("%d are kept, of %d bytes", kept, h.bytes)
	}
	h.Accept(supervise.Output{Data: make([]byte, 2*keptBytes)}) // more than all: the last one always stays
	events, missed := h.behind(0)
	if len(events) != 1 || missed != 10 {
		t.Errorf("%d events after %d, want the last after 10", len(events), missed)
	}
	for range 3*keptEvents + 10 {
		h.Accept(event.Remote{})
	}
	if len(h.ring) > 2*keptEvents+1 {
		t.Errorf("the ring has grown to %d", len(h.ring))
	}
}

// TestNobodyListensWhileNobodyReads: events that cost something are not made.
func TestNobodyListensWhileNobodyReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, programs)
		wanted := func(when string, ticks, states bool) {
			t.Helper()
			if got := w.Bus.Wanted(event.Tick5); got != ticks {
				t.Errorf("%s: ticks are wanted: %t", when, got)
			}
			if got := w.Bus.Wanted(event.ProcessStateRunning); got != states {
				t.Errorf("%s: states are wanted: %t", when, got)
			}
		}
		wanted("before anybody comes", false, false)
		l := w.listen("", "")
		wanted("with a client", false, true)
		ticks := w.listen("?types=TICK", "")
		wanted("with one who wants ticks", true, true)
		w.send("a")
		id := l.end(t)[0].ID
		ticks.end(t)
		time.Sleep(linger - time.Second)
		wanted("a while after", true, true)
		l = w.listen("", "")
		time.Sleep(2 * linger)
		wanted("as long as somebody listens", true, true)
		l.end(t)
		time.Sleep(linger + time.Second)
		wanted("long after", false, false)
		w.send("missed")
		l = w.listen("", id)
		w.send("b")
		wantKinds(t, l.end(t), "GAP 1", "REMOTE_COMMUNICATION b")
	})
}

func TestAStreamShowsThatItLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, programs)
		l := w.listen("", "")
		time.Sleep(3*keepAlive + time.Second)
		l.end(t)
		if got := l.answer.Body.String(); got != "" { // read by end
			t.Fatal(got)
		}
		l = w.listen("", "")
		time.Sleep(3*keepAlive + time.Second)
		synctest.Wait()
		l.cancel()
		<-l.done
		if got := strings.Count(l.answer.Body.String(), ":\n\n"); got != 3 {
			t.Errorf("%d signs of life in a minute, want 3", got)
		}
	})
}

func TestStreamsEndWithTheDaemon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, programs)
		events := w.listen("", "")
		w.send("last")
		w.Service.Close()
		<-events.done // without having been cancelled
		wantKinds(t, events.end(t), "REMOTE_COMMUNICATION last")
	})
}

func TestHeadDoesNotStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, programs)
		answer := w.want(http.StatusOK, w.ask("HEAD", "/events", ""))
		if got := answer.Header().Get("Content-Type"); got != eventStream || answer.Body.Len() > 0 {
			t.Errorf("HEAD: %s, %s", got, answer.Body)
		}
	})
}

// TestEveryEventHasAForm: whatever is published shows what it is about.
func TestEveryEventHasAForm(t *testing.T) {
	at := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	subject := schedule.Subject{Store: "s", Job: "j"}
	run := schedule.RunEvent{Subject: subject, Run: "j@1", Slot: at}
	outcome := job.Outcome{Kind: job.Failed, Error: "why"}
	form := func(change func(*api.RunEvent)) api.Event {
		r := &api.RunEvent{Run: "j@1", Job: "j", JobStore: "s", ScheduledAt: at}
		change(r)
		return api.Event{Run: r}
	}
	skipped := job.Skipped{First: at, Last: at, Count: 2, Reason: job.TooLate}
	ended := form(func(r *api.RunEvent) { r.Outcome, r.Error = "failed", "why" })
	missed := form(func(r *api.RunEvent) { r.Skipped = &api.Skipped{First: at, Last: at, Count: 2, Reason: "too_late"} })
	about := api.Event{Job: &api.JobEvent{Job: "j", JobStore: "s"}}
	why := errors.New("why")
	seen := map[string]bool{}
	for _, c := range []struct {
		event event.Event
		want  api.Event
	}{
		{supervise.StateChanged{Process: "p", Group: "g", From: supervise.Starting, To: supervise.Running, PID: 7, Tries: 1}, api.Event{Process: &api.ProcessEvent{Process: "g:p", From: "STARTING", To: "RUNNING", PID: 7, Tries: 1}}},
		{supervise.StateChanged{Process: "p", Group: "p", From: supervise.Running, To: supervise.Exited, Expected: true}, api.Event{Process: &api.ProcessEvent{Process: "p", From: "RUNNING", To: "EXITED", Expected: true}}},
		{supervise.Output{Process: "p", Group: "p", PID: 7, Data: []byte("x")}, api.Event{Output: &api.OutputEvent{Process: "p", PID: 7, Stream: "stdout", Data: "x"}}},
		{supervise.Communication{Process: "p", Group: "p", PID: 7, Stderr: true, Data: []byte("x")}, api.Event{Output: &api.OutputEvent{Process: "p", PID: 7, Stream: "stderr", Data: "x"}}},
		{event.GroupChanged{Group: "g"}, api.Event{Group: "g"}},
		{event.Remote{Kind: "k", Data: "d"}, api.Event{Remote: &api.RemoteEvent{Kind: "k", Data: "d"}}},
		{event.Ticked{Type: event.Tick60, When: at}, api.Event{Tick: &at}},
		{event.SupervisorChanged{}, api.Event{}},
		{schedule.Started{}, api.Event{}},
		{schedule.ShutDown{}, api.Event{}},
		{schedule.Paused{}, api.Event{}},
		{schedule.Resumed{}, api.Event{}},
		{schedule.ClockStepped{}, api.Event{}},
		{schedule.ExecutorAdded{Alias: "e"}, api.Event{Alias: "e"}},
		{schedule.ExecutorRemoved{Alias: "e"}, api.Event{Alias: "e"}},
		{schedule.StoreAdded{Alias: "s"}, api.Event{Store: &api.StoreEvent{JobStore: "s"}}},
		{schedule.StoreRemoved{Alias: "s"}, api.Event{Store: &api.StoreEvent{JobStore: "s"}}},
		{schedule.StoreTrouble{Alias: "s", Err: why}, api.Event{Store: &api.StoreEvent{JobStore: "s", Error: "why"}}},
		{schedule.StoreRecovered{Alias: "s", Since: at}, api.Event{Store: &api.StoreEvent{JobStore: "s", Since: &at}}},
		{schedule.AllRemoved{Store: "s"}, api.Event{Store: &api.StoreEvent{JobStore: "s"}}},
		{schedule.Added{Subject: subject}, about},
		{schedule.Removed{Subject: subject}, about},
		{schedule.Modified{Subject: subject}, about},
		{schedule.Parked{Subject: subject, Reason: "why"}, api.Event{Job: &api.JobEvent{Job: "j", JobStore: "s", Reason: "why"}}},
		{schedule.Executed{RunEvent: run, Outcome: outcome}, ended},
		{schedule.Errored{RunEvent: run, Outcome: outcome, Err: why}, ended},
		{schedule.Cancelled{RunEvent: run, Outcome: outcome}, ended},
		{schedule.Missed{RunEvent: run, Skipped: skipped}, missed},
		{schedule.LimitReached{RunEvent: run, Skipped: skipped}, missed},
		{schedule.Submitted{RunEvent: run}, form(func(*api.RunEvent) {})},
		{schedule.RunStarted{RunEvent: run, Attempt: 2}, form(func(r *api.RunEvent) { r.Attempt = 2 })},
		{schedule.Late{RunEvent: run, By: time.Second}, form(func(r *api.RunEvent) { r.Late = 1 })},
		{schedule.Retried{RunEvent: run, Attempt: 2, Err: why, At: at}, form(func(r *api.RunEvent) { r.Attempt, r.Error, r.Next = 2, "why", &at })},
		{schedule.Lost{RunEvent: run, At: at}, form(func(r *api.RunEvent) { r.Next = &at })},
	} {
		want := c.want
		want.ID, want.At, want.Type = "x-1", at, c.event.EventType().String()
		seen[want.Type] = true
		if diff := cmp.Diff(want, eventOf(numbered{c.event, 1, at}, "x-1")); diff != "" {
			t.Errorf("%v (-want +got):\n%s", reflect.TypeOf(c.event), diff)
		}
	}
	// Every type of the scheduler's tree is there; of Supervisor's, one of each kind.
	for _, leaf := range event.Leaves() {
		if leaf.Is(event.Schedule) && !seen[leaf.String()] {
			t.Errorf("no event of type %v was tried", leaf)
		}
	}
}
