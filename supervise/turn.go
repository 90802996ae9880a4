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
	last [lookahead]*turn // the latest turns, in a ring; nil: the line has just begun
	next int              // the place of the next turn in last
}

// turn is one place in the line: first the start, and when that is under way
// and cannot be overtaken any more, what is said of it. Its methods are called
// by one goroutine, and those of a nil turn, of a process that is in no line,
// do nothing.
type turn struct {
	early    <-chan struct{} // the start of the one some places before; nil: there is none
	start    relay
	announce relay
}

// relay is what those in a line do one after another.
type relay struct {
	before <-chan struct{} // closed when all who came before have done theirs; nil: there are none
	done   chan struct{}
	over   bool // done is closed
}

// enter gives out the place at the end of the line.
func (l *line) enter() *turn {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := &turn{start: relay{done: make(chan struct{})}, announce: relay{done: make(chan struct{})}}
	if early := l.last[l.next]; early != nil {
		t.early = early.start.done
	}
	if before := l.last[(l.next+lookahead-1)%lookahead]; before != nil {
		t.start.before, t.announce.before = before.start.done, before.announce.done
	}
	l.last[l.next] = t
	l.next = (l.next + 1) % lookahead
	return t
}

// near waits until the turn is one of the next.
func (t *turn) near() {
	if t.early != nil {
		<-t.early
	}
}

// await waits until all who came before have done theirs.
func (r *relay) await() {
	if r.before != nil {
		<-r.before
	}
}

// pass lets the next one go ahead; it may be called again.
func (r *relay) pass() {
	if r.over {
		return
	}
	r.await()
	r.over = true
	close(r.done)
}

// started lets the next one start.
func (t *turn) started() {
	if t != nil {
		t.start.pass()
	}
}

// inOrder says what there is to say of the start when all who came before
// have said theirs, and gives the turn up.
func (t *turn) inOrder(say func()) {
	if t == nil {
		say()
		return
	}
	t.announce.await()
	say()
	t.leave()
}

// leave gives the turn up, whatever came of it.
func (t *turn) leave() {
	if t != nil {
		t.start.pass()
		t.announce.pass()
	}
}
