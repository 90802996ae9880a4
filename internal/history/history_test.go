package history_test

import (
	"testing"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/history"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// changes publishes changes of web:w through these states in turn.
func changes(bus *event.Bus, states ...supervise.State) {
	from := supervise.Stopped
	for _, to := range states {
		e := supervise.StateChanged{Group: "web", Process: "w", From: from, To: to}
		if to == supervise.Exited || to == supervise.Backoff {
			e.How = "exit status 3"
		}
		bus.Publish(e)
		from = to
	}
}

func TestRestartsAreThoseThatNobodyAskedFor(t *testing.T) {
	bus := event.NewBus()
	l := history.New(bus)
	changes(bus, supervise.Starting, supervise.Backoff, supervise.Starting, supervise.Running, supervise.Exited, supervise.Starting, supervise.Running,
		supervise.Stopping, supervise.Stopped, supervise.Starting)
	past := l.Past("web", "w")
	if past.Restarts != 2 {
		t.Errorf("%d restarts, want one after BACKOFF and one after EXITED", past.Restarts)
	}
	if past.End.To != supervise.Exited || past.End.How != "exit status 3" {
		t.Errorf("the last end is %+v, want the exit", past.End)
	}
	if got := l.Past("web", "other"); got != (history.Past{}) {
		t.Errorf("of another process is known %+v", got)
	}
}

func TestTheLastChangesAreKept(t *testing.T) {
	bus := event.NewBus()
	l := history.New(bus)
	for range history.Kept {
		changes(bus, supervise.Starting, supervise.Running, supervise.Exited)
	}
	got := l.Changes("web", "w")
	if len(got) != history.Kept {
		t.Fatalf("%d changes are kept, want %d", len(got), history.Kept)
	}
	for i, c := range got {
		want := []supervise.State{supervise.Exited, supervise.Running, supervise.Starting}[(len(got)-1-i)%3]
		if c.To != want {
			t.Errorf("change %d is to %v, want %v", i, c.To, want)
		}
		if i > 0 && c.At.Before(got[i-1].At) {
			t.Errorf("change %d is older than the one before", i)
		}
	}
}

func TestAGroupThatGoesTakesItsHistoryAlong(t *testing.T) {
	bus := event.NewBus()
	l := history.New(bus)
	changes(bus, supervise.Starting)
	bus.Publish(supervise.StateChanged{Group: "api", Process: "w", To: supervise.Starting})
	bus.Publish(event.GroupChanged{Group: "web", Removed: true})
	if got := l.Changes("web", "w"); len(got) != 0 {
		t.Errorf("of the group that went is left %v", got)
	}
	if got := l.Changes("api", "w"); len(got) != 1 {
		t.Errorf("of the other group is left %v, want one change", got)
	}
}

func TestNothingIsHeardAfterClose(t *testing.T) {
	bus := event.NewBus()
	l := history.New(bus)
	l.Close()
	changes(bus, supervise.Starting)
	if got := l.Changes("web", "w"); len(got) != 0 {
		t.Errorf("heard %v", got)
	}
	if bus.Wanted(event.ProcessStateStarting) {
		t.Error("the bus still makes events for it")
	}
}
