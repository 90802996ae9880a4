package event_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/event"
)

// heard writes down what it is told.
type heard []event.Event

func (h *heard) Accept(e event.Event) { *h = append(*h, e) }

func TestBusDeliversToWhomCoversTheType(t *testing.T) {
	var everything, groups, twice heard
	bus := event.NewBus()
	bus.Subscribe(&everything, event.Any)
	bus.Subscribe(&groups, event.ProcessGroup, event.Tick5)
	bus.Subscribe(&twice, event.ProcessGroup, event.ProcessGroupAdded)
	added, remote := event.GroupChanged{Group: "web"}, event.Remote{Kind: "deploy"}
	bus.Publish(added)
	bus.Publish(remote)

	for _, c := range []struct {
		who  string
		got  heard
		want heard
	}{
		{"subscriber to EVENT", everything, heard{added, remote}},
		{"subscriber to PROCESS_GROUP", groups, heard{added}},
		{"subscriber to overlapping types", twice, heard{added}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.who, diff)
		}
	}
}

// numbers writes down the numbers that it is told.
type numbers []uint64

func (n *numbers) Accept(event.Event)                          { panic("Accept of a Numbered") }
func (n *numbers) AcceptNumbered(number uint64, _ event.Event) { *n = append(*n, number) }

func TestBusNumbersWhatItHandsOver(t *testing.T) {
	var everything, groups numbers
	bus := event.NewBus()
	bus.Publish(event.Remote{}) // nobody is there
	bus.Subscribe(&everything, event.Any)
	bus.Subscribe(&groups, event.ProcessGroup)
	bus.Publish(event.Remote{})
	bus.Publish(event.GroupChanged{})
	for who, c := range map[string]struct{ got, want numbers }{
		"everything": {everything, numbers{1, 2}},
		"groups":     {groups, numbers{2}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", who, diff)
		}
	}
}

func TestBusKnowsWhatIsWanted(t *testing.T) {
	bus := event.NewBus()
	cancelLogs := bus.Subscribe(new(heard), event.ProcessLog)
	cancelOut := bus.Subscribe(new(heard), event.ProcessLogStdout)
	want := func(when string, stdout, stderr, other bool) {
		t.Helper()
		got := []bool{bus.Wanted(event.ProcessLogStdout), bus.Wanted(event.ProcessLogStderr), bus.Wanted(event.Tick5)}
		if diff := cmp.Diff([]bool{stdout, stderr, other}, got); diff != "" {
			t.Errorf("wanted %s (-want +got):\n%s", when, diff)
		}
	}
	want("with both", true, true, false)
	cancelLogs()
	want("without the parent", true, false, false)
	cancelOut()
	cancelOut()
	want("without any", false, false, false)
}

func TestBusIsSilentAfterCancel(t *testing.T) {
	var h heard
	bus := event.NewBus()
	cancel := bus.Subscribe(&h, event.Any)
	bus.Subscribe(new(heard), event.Any) // so that events are still wanted
	bus.Publish(event.Remote{Kind: "before"})
	cancel()
	bus.Publish(event.Remote{Kind: "after"})
	if diff := cmp.Diff(heard{event.Remote{Kind: "before"}}, h); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
}

func TestAllSubscribersSeeOneOrder(t *testing.T) {
	var one, other heard
	bus := event.NewBus()
	bus.Subscribe(&one, event.Any)
	bus.Subscribe(&other, event.RemoteCommunication)
	var publishers sync.WaitGroup
	for p := range 8 {
		publishers.Go(func() {
			for n := range 100 {
				bus.Publish(event.Remote{Kind: fmt.Sprint(p), Data: fmt.Sprint(n)})
			}
		})
	}
	publishers.Wait()
	if len(one) != 800 {
		t.Errorf("%d events arrived, want 800", len(one))
	}
	if diff := cmp.Diff(one, other); diff != "" {
		t.Errorf("two subscribers differ:\n%s", diff)
	}
}

func BenchmarkPublishUnwanted(b *testing.B) {
	bus := event.NewBus()
	bus.Subscribe(new(heard), event.Tick)
	var e event.Event = event.Remote{}
	b.ReportAllocs()
	for b.Loop() {
		bus.Publish(e)
	}
}

func BenchmarkPublishToQueue(b *testing.B) {
	bus := event.NewBus()
	bus.Subscribe(event.NewQueue(1000), event.Any)
	var e event.Event = event.Remote{}
	b.ReportAllocs()
	for b.Loop() {
		bus.Publish(e)
	}
}

func TestBusTellsThatItsSubscriptionsChange(t *testing.T) {
	closed := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	bus := event.NewBus()
	changed := bus.Changed()
	if closed(changed) {
		t.Fatal("Changed is closed before anything has changed")
	}
	cancel := bus.Subscribe(new(heard), event.Tick)
	if !closed(changed) {
		t.Error("Subscribe does not close Changed")
	}
	changed = bus.Changed()
	cancel()
	if !closed(changed) {
		t.Error("cancel does not close Changed")
	}
}
