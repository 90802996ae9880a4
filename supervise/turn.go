package supervise

import "sync"

// line makes processes that start by themselves do so one after another, in
// the order in which they were given their turn, while each prepares itself
// at the same time as all others.
type line struct {
	mu   sync.Mutex
	last <-chan struct{} // closed when the latest turn has been passed on
}

// turn is one place in the line. pass must be called once, await before it
// or not at all.
type turn struct {
	before <-chan struct{} // nil: the first in the line
	passed chan struct{}
}

// enter gives out the place at the end of the line.
func (l *line) enter() *turn {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := &turn{before: l.last, passed: make(chan struct{})}
	l.last = t.passed
	return t
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
