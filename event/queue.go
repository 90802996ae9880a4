package event

import (
	"context"
	"sync"
)

// Queue is a Subscription that keeps events until somebody takes them, up to
// a bound. When it is full the oldest event gives way, and the reader is told
// how many are missing. Accept and Next may be called concurrently.
type Queue struct {
	filled chan struct{} // holds a token while there may be something to read
	limit  int

	mu     sync.Mutex
	events []Event // a ring once it has grown to limit: the oldest is at first
	first  int
	count  int
	missed int // dropped since the last event that Next returned
}

// NewQueue returns an empty Queue that holds at most limit (at least one)
// events. It takes memory as it fills.
func NewQueue(limit int) *Queue {
	return &Queue{filled: make(chan struct{}, 1), limit: max(limit, 1)}
}

// Accept implements Subscription.
func (q *Queue) Accept(e Event) {
	q.mu.Lock()
	q.push(e)
	q.mu.Unlock()
	q.wake()
}

// Next waits for an event and returns the oldest one, together with the
// number of events between the previous one and this that were dropped. The
// error is the cause of ctx's end.
func (q *Queue) Next(ctx context.Context) (Event, int, error) {
	for {
		e, missed, more := q.pop()
		if more {
			q.wake()
		}
		if e != nil {
			return e, missed, nil
		}
		select {
		case <-q.filled:
		case <-ctx.Done():
			return nil, 0, context.Cause(ctx)
		}
	}
}

// wake leaves a token for a reader, present or to come.
func (q *Queue) wake() {
	select {
	case q.filled <- struct{}{}:
	default:
	}
}

// push appends e, in the place of the oldest event if there is no other.
func (q *Queue) push(e Event) {
	switch {
	case q.count == q.limit:
		q.events[q.first] = e
		q.first = (q.first + 1) % q.limit
		q.missed++
		return
	case q.count == len(q.events):
		q.grow()
	}
	q.events[(q.first+q.count)%len(q.events)] = e
	q.count++
}

// grow doubles the ring, up to limit, and lays the oldest event at its start.
func (q *Queue) grow() {
	larger := make([]Event, min(max(2*len(q.events), 8), q.limit))
	n := copy(larger, q.events[q.first:])
	copy(larger[n:], q.events[:q.first])
	q.events, q.first = larger, 0
}

// pop takes the oldest event, nil if there is none, and tells whether others
// are left.
func (q *Queue) pop() (e Event, missed int, more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.count == 0 {
		return nil, 0, false
	}
	e, missed = q.events[q.first], q.missed
	q.events[q.first] = nil
	q.first = (q.first + 1) % len(q.events)
	q.count--
	q.missed = 0
	return e, missed, q.count > 0
}
