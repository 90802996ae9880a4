package history_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/history"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

func TestRunsDoNotPushOutWhatFailed(t *testing.T) {
	bus := event.NewBus()
	l := history.NewEvents(bus)
	defer l.Close()
	bus.Publish(supervise.StateChanged{Group: "web", Process: "w", To: supervise.Fatal})
	for range 3 * history.KeptEvents {
		bus.Publish(schedule.RunStarted{})
	}
	entries, last := l.After(0)
	if want := int64(3*history.KeptEvents + 1); last != want {
		t.Errorf("the last serial is %d, want %d", last, want)
	}
	if len(entries) != history.KeptEvents+1 {
		t.Fatalf("%d events are kept, want %d runs and the one of the program", len(entries), history.KeptEvents)
	}
	oldest := entries[len(entries)-1]
	if oldest.EventType() != event.ProcessStateFatal || oldest.Serial != 1 {
		t.Errorf("the oldest is %v %d, want the failure", oldest.EventType(), oldest.Serial)
	}
	for i := range entries[1:] {
		if entries[i].Serial <= entries[i+1].Serial {
			t.Fatalf("event %d comes before %d", entries[i].Serial, entries[i+1].Serial)
		}
	}
}

func TestOnlyWhatCameAfterIsTold(t *testing.T) {
	bus := event.NewBus()
	l := history.NewEvents(bus)
	defer l.Close()
	changes(bus, supervise.Starting, supervise.Running, supervise.Exited)
	entries, last := l.After(2)
	if len(entries) != 1 || entries[0].EventType() != event.ProcessStateExited || last != 3 {
		t.Errorf("after 2: %v, last %d; want the exit and 3", entries, last)
	}
	if entries, _ := l.After(last); len(entries) != 0 {
		t.Errorf("after the last one: %v", entries)
	}
}

// TestLargeDataIsNotKept: neither results of runs nor what somebody sends.
func TestLargeDataIsNotKept(t *testing.T) {
	bus := event.NewBus()
	l := history.NewEvents(bus)
	defer l.Close()
	large := strings.Repeat("x", 1<<20)
	bus.Publish(event.Remote{Kind: "k", Data: large})
	bus.Publish(supervise.Communication{Data: []byte(large)})
	bus.Publish(schedule.Errored{Outcome: job.Outcome{Kind: job.Failed, Error: "exit status 3", Detail: large, Result: []byte(large)}})
	entries, _ := l.After(0)
	if diff := cmp.Diff(job.Outcome{Kind: job.Failed, Error: "exit status 3"}, entries[0].Event.(schedule.Errored).Outcome); diff != "" {
		t.Errorf("the outcome (-want +got):\n%s", diff)
	}
	if n := len(entries[1].Event.(supervise.Communication).Data); n != 1<<10 {
		t.Errorf("%d bytes of a communication are kept", n)
	}
	if n := len(entries[2].Event.(event.Remote).Data); n != 1<<10 {
		t.Errorf("%d bytes of a remote event are kept", n)
	}
}

// TestOutputAndTicksAreNotAskedFor: they cost something to make.
func TestOutputAndTicksAreNotAskedFor(t *testing.T) {
	bus := event.NewBus()
	l := history.NewEvents(bus)
	for _, dear := range []event.Type{event.ProcessLogStdout, event.ProcessLogStderr, event.Tick5} {
		if bus.Wanted(dear) {
			t.Errorf("%v is asked for", dear)
		}
	}
	l.Close()
	if bus.Wanted(event.ProcessStateExited) {
		t.Error("after Close it is asked for events")
	}
}
