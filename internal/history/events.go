package history

import (
	"slices"
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

const (
	// KeptEvents is how many events are kept of runs, and as many of all else: runs
	// may come by the thousand, and must not push out why a program failed.
	KeptEvents = 1000
	// keptData is how much of the data that somebody sent is kept, in bytes.
	keptData = 1 << 10
)

// Entry is an event, when it came and its place in the order of all that were
// kept, which begins at 1.
type Entry struct {
	event.Event
	Serial int64
	At     time.Time
}

// Events are the last events of a daemon: those that somebody can tell something
// by, so neither ticks nor output. All methods may be called concurrently.
type Events struct {
	cancel func()

	mu     sync.Mutex
	serial int64
	runs   ring
	others ring
}

// ring keeps the last entries: once it has grown to KeptEvents the oldest is at
// first.
type ring struct {
	entries []Entry
	first   int
}

// EventTypes are the types of events that are kept, and those below them.
func EventTypes() []event.Type {
	return []event.Type{
		event.ProcessState, event.ProcessGroup, event.ProcessCommunication, event.RemoteCommunication, event.SupervisorStateChange, event.Schedule,
	}
}

// NewEvents listens to the bus until Close.
func NewEvents(bus *event.Bus) *Events {
	l := &Events{}
	l.cancel = bus.Subscribe(l, EventTypes()...)
	return l
}

// Close leaves the bus alone. What is known stays known.
func (l *Events) Close() { l.cancel() }

// Accept implements event.Subscription.
func (l *Events) Accept(e event.Event) {
	e = lean(e)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.serial++
	kept := &l.others
	if e.EventType().Is(event.JobRun) {
		kept = &l.runs
	}
	kept.add(Entry{e, l.serial, time.Now()})
}

// lean is an event without what nobody reads in a list, and may be large.
func lean(e event.Event) event.Event {
	switch e := e.(type) {
	case schedule.Executed:
		e.Outcome.Detail, e.Outcome.Result = "", nil
		return e
	case schedule.Errored:
		e.Outcome.Detail, e.Outcome.Result = "", nil
		return e
	case schedule.Cancelled:
		e.Outcome.Detail, e.Outcome.Result = "", nil
		return e
	case supervise.Communication:
		e.Data = slices.Clone(e.Data[:min(len(e.Data), keptData)])
		return e
	case event.Remote:
		e.Data = string([]byte(e.Data[:min(len(e.Data), keptData)]))
		return e
	}
	return e
}

func (r *ring) add(e Entry) {
	if len(r.entries) < KeptEvents {
		r.entries = append(r.entries, e)
		return
	}
	r.entries[r.first] = e
	r.first = (r.first + 1) % KeptEvents
}

// After are the events that are kept and came after the one with the serial, the
// latest first, and the serial of the last event that there was.
func (l *Events) After(serial int64) (entries []Entry, last int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entries = append(l.runs.after(serial), l.others.after(serial)...)
	slices.SortFunc(entries, func(a, b Entry) int { return int(b.Serial - a.Serial) })
	return entries, l.serial
}

// after are those that came after the one with the serial, in no order.
func (r *ring) after(serial int64) []Entry {
	var found []Entry
	for _, e := range r.entries {
		if e.Serial > serial {
			found = append(found, e)
		}
	}
	return found
}
