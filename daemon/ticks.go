package daemon

import (
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
)

// ticker publishes TICK events while somebody subscribes to them. Without
// subscribers it sleeps without a timer, so that a quiet daemon is not woken.
type ticker struct{ bus *event.Bus }

// period is a kind of tick: one event a slice of wall-clock time.
type period struct {
	kind   event.Type
	length time.Duration
}

func periods() []period {
	return []period{
		{event.Tick5, 5 * time.Second},
		{event.Tick60, time.Minute},
		{event.Tick3600, time.Hour},
	}
}

// run publishes until over is closed.
func (t ticker) run(over <-chan struct{}) {
	last := time.Now()
	for {
		changed := t.bus.Changed()
		var due <-chan time.Time
		if t.wanted() {
			due = time.After(untilNextSlice(time.Now()))
		}
		select {
		case <-over:
			return
		case <-changed:
			if due == nil { // nobody has missed what came before
				last = time.Now()
			}
		case now := <-due:
			t.publish(last, now)
			last = now
		}
	}
}

func (t ticker) wanted() bool {
	for _, p := range periods() {
		if t.bus.Wanted(p.kind) {
			return true
		}
	}
	return false
}

// publish tells of each slice that has begun between last and now.
func (t ticker) publish(last, now time.Time) {
	for _, p := range periods() {
		if begin := slice(now, p.length); !begin.Equal(slice(last, p.length)) {
			t.bus.Publish(event.Ticked{Type: p.kind, When: begin})
		}
	}
}

// slice is the begin of the slice of Unix time that t lies in (as timeslice).
func slice(t time.Time, length time.Duration) time.Time {
	seconds := int64(length / time.Second)
	return time.Unix(t.Unix()/seconds*seconds, 0)
}

// untilNextSlice is the time to the next full five seconds, the shortest
// period, which all others are multiples of.
func untilNextSlice(now time.Time) time.Duration {
	const shortest = 5 * time.Second
	return slice(now, shortest).Add(shortest).Sub(now)
}
