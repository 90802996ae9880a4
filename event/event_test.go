package event_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/event"
)

func all() []event.Type {
	var types []event.Type
	for t := event.Any; t <= event.JobCancelled; t++ {
		types = append(types, t)
	}
	return types
}

func TestEveryTypeHasANameThatFindsItAgain(t *testing.T) {
	for _, typ := range all() {
		if got, ok := event.ParseType(typ.String()); !ok || got != typ {
			t.Errorf("ParseType(%q) = %v, %v", typ.String(), got, ok)
		}
	}
	if got, ok := event.ParseType("PROCESS_NAP"); ok {
		t.Errorf("ParseType finds %v for a name that there is not", got)
	}
}

func TestATypeCoversWhatStandsBelowIt(t *testing.T) {
	below := func(ancestor event.Type) []string {
		var names []string
		for _, typ := range all() {
			if typ.Is(ancestor) {
				names = append(names, typ.String())
			}
		}
		return names
	}
	if got, want := len(below(event.Any)), int(event.Schedule); got != want {
		t.Errorf("EVENT covers %d types, want Supervisor's %d", got, want)
	}
	if got, want := len(below(event.Any))+len(below(event.Schedule)), len(all()); got != want {
		t.Errorf("the two trees have %d types, want all %d", got, want)
	}
	for ancestor, want := range map[event.Type][]string{
		event.ProcessLog:            {"PROCESS_LOG", "PROCESS_LOG_STDOUT", "PROCESS_LOG_STDERR"},
		event.Tick:                  {"TICK", "TICK_5", "TICK_60", "TICK_3600"},
		event.SupervisorStateChange: {"SUPERVISOR_STATE_CHANGE", "SUPERVISOR_STATE_CHANGE_RUNNING", "SUPERVISOR_STATE_CHANGE_STOPPING"},
		event.ProcessGroupAdded:     {"PROCESS_GROUP_ADDED"},
		event.ScheduleExecutor:      {"EXECUTOR", "EXECUTOR_ADDED", "EXECUTOR_REMOVED"},
	} {
		if diff := cmp.Diff(want, below(ancestor)); diff != "" {
			t.Errorf("what %v covers (-want +got):\n%s", ancestor, diff)
		}
	}
}

func TestLeavesHaveNothingBelowThem(t *testing.T) {
	var want []event.Type
	for _, typ := range all() {
		alone := true
		for _, other := range all() {
			alone = alone && (other == typ || !other.Is(typ))
		}
		if alone {
			want = append(want, typ)
		}
	}
	if diff := cmp.Diff(want, event.Leaves()); diff != "" {
		t.Errorf("the leaves (-want +got):\n%s", diff)
	}
}

func TestTheDaemonsEventsHaveTheirTypes(t *testing.T) {
	for want, e := range map[string]event.Event{
		"SUPERVISOR_STATE_CHANGE_RUNNING":  event.SupervisorChanged{},
		"SUPERVISOR_STATE_CHANGE_STOPPING": event.SupervisorChanged{Stopping: true},
		"REMOTE_COMMUNICATION":             event.Remote{Kind: "k", Data: "d"},
		"TICK_60":                          event.Ticked{Type: event.Tick60},
		"PROCESS_GROUP_ADDED":              event.GroupChanged{Group: "g"},
		"PROCESS_GROUP_REMOVED":            event.GroupChanged{Group: "g", Removed: true},
	} {
		if got := e.EventType().String(); got != want {
			t.Errorf("%#v is a %s, want %s", e, got, want)
		}
	}
}
