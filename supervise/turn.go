package supervise

import "sync"

// lookahead is how many processes prepare themselves while others are being
// started. More would gain nothing: their files would only be copied into,
// and closed in, every child that is made before them, and threads would
// queue up for the directory that the logs are made in.
const lookahead = 16

// line makes processes that start by themselves do so one after another, in
// the order in which they were given their turn, while the next few of them
// prepare themselves at the same time.
type line struct {
	mu   sync.Mutex
	last [lookahead]<-chan struct{} // closed when the latest turns have been passed on, in a ring
	next int                        // the place of the next turn in last
}

// turn is one place in the line. pass must be called once, near and await
// before it or not at all.
type turn struct {
	early  <-chan struct{} // of the one some places before; nil: the line has just begun
	before <-chan struct{} // of the one right before; nil: the first in the line
	passed chan struct{}
}

// enter gives out the place at the end of the line.
func (l *line) enter() *turn {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := &turn{
		early:  l.last[l.next],
		before: l.last[(l.next+lookahead-1)%lookahead],
		passed: make(chan struct{}),
	}
	l.last[l.next] = t.passed
	l.next = (l.next + 1) % lookahead
	return t
}

// near waits until the turn is one of the next.
func (t *turn) near() {
	if t.early != nil {
		<-t.early
	}
}

// await waits until all who came before have passed their turn on.
func (t *turn) await() {
	if t.before != nil {
		<-t.before
	}
}

// pass lets the next one go ahead.
func (t *turn) pass() {
	t.await()
	close(t.passed)
}
