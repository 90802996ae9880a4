package listener

import (
	"sync"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// What a pool keeps before its first listener is ready, whatever its
// buffer_size: enough for all that a start brings about, and bounded, since it
// may never come.
const (
	startEvents = 10_000
	startBytes  = 8 << 20
)

// eventBytes is what an event takes besides its data, more or less.
const eventBytes = 256

// accepted is an event with the numbers that it keeps however often it is sent.
type accepted struct {
	event  event.Event
	serial uint64 // of the daemon
	inPool uint64 // of the pool
}

// size is what the event takes, more or less.
func (a accepted) size() int {
	switch e := a.event.(type) {
	case supervise.Output:
		return eventBytes + len(e.Data)
	case supervise.Communication:
		return eventBytes + len(e.Data)
	case event.Remote:
		return eventBytes + len(e.Kind) + len(e.Data)
	case schedule.Executed:
		return eventBytes + len(e.Outcome.Result)
	case schedule.Errored:
		return eventBytes + len(e.Outcome.Error) + len(e.Outcome.Detail)
	}
	return eventBytes
}

// buffer has the events that a pool is still to hand out. When there are too
// many the oldest give way (as in EventListenerPool._acceptEvent), but not
// before those that listeners wait for were handed out: trim is called then.
// Its methods may be called concurrently.
type buffer struct {
	filled chan struct{} // holds a token while there may be news

	mu       sync.Mutex
	limit    int // buffer_size, in force once the start is over
	starting bool
	queue    []accepted // the oldest first
	bytes    int        // of the queue
	lost     int        // how many were ever discarded
	burst    burst      // the present one
}

// burst is a series of discarded events, from the first until the buffer is
// half empty again.
type burst struct {
	count       int
	first, last uint64 // serials
	told        bool
}

func newBuffer(limit int) *buffer {
	return &buffer{filled: make(chan struct{}, 1), limit: max(limit, 1), starting: true}
}

// add appends an event. Whatever the bounds say is left to trim, unless the
// one who calls it does not keep up.
func (b *buffer) add(a accepted) {
	b.mu.Lock()
	if len(b.queue) >= max(startEvents, 2*b.limit) {
		b.discard()
	}
	b.queue = append(b.queue, a)
	b.bytes += a.size()
	b.mu.Unlock()
	select {
	case b.filled <- struct{}{}:
	default:
	}
}

// trim discards the oldest of the events that are too many.
func (b *buffer) trim() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.queue) > b.bound() || len(b.queue) > b.limit && b.bytes > startBytes {
		b.discard()
	}
}

// putBack makes an event the next one again, and returns how many there were
// before and how many there may be. When there are as many the oldest of them
// gives way.
func (b *buffer) putBack(a accepted) (had, bound int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	had, bound = len(b.queue), b.bound()
	for len(b.queue) >= bound {
		b.discard()
	}
	b.queue = append([]accepted{a}, b.queue...)
	b.bytes += a.size()
	return had, bound
}

// bound is how many events may wait.
func (b *buffer) bound() int {
	if b.starting {
		return max(startEvents, b.limit)
	}
	return b.limit
}

// discard drops the oldest event.
func (b *buffer) discard() {
	oldest := b.shift()
	b.lost++
	if b.burst.count == 0 {
		b.burst.first = oldest.serial
	}
	b.burst.count++
	b.burst.last = oldest.serial
}

// take removes the oldest event; ok is false when there is none.
func (b *buffer) take() (a accepted, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) == 0 {
		return accepted{}, false
	}
	return b.shift(), true
}

func (b *buffer) shift() accepted {
	oldest := b.queue[0]
	b.queue[0] = accepted{} // the array may live long
	b.queue = b.queue[1:]
	b.bytes -= oldest.size()
	if len(b.queue) == 0 {
		b.queue = nil
	}
	return oldest
}

// ready tells that a listener takes events. What has gathered during the start
// stays; once it has gone down to buffer_size, that is the bound.
func (b *buffer) ready() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) <= b.limit {
		b.starting = false
	}
}

// discarded returns the present burst of discarded events, and whether there
// is to tell that it has begun, and that it is over, after which there is none.
func (b *buffer) discarded() (present burst, begins, ends bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.burst.count == 0 {
		return burst{}, false, false
	}
	begins, ends = !b.burst.told, b.halfEmpty()
	b.burst.told = true
	present = b.burst
	if ends {
		b.burst = burst{}
	}
	return present, begins, ends
}

func (b *buffer) halfEmpty() bool {
	if !b.starting {
		return len(b.queue) <= b.limit/2
	}
	return len(b.queue) <= b.bound()/2 && b.bytes <= startBytes/2
}

// state is how many events there are, and how many were ever discarded.
func (b *buffer) state() (waiting, lost int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.queue), b.lost
}
