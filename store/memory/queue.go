package memory

// queued is what can stand in a queue.
type queued[T any] interface {
	// before is the order of the queue.
	before(other T) bool
	// place is where its position in the queue is kept; -1: in none.
	place() *int32
}

// queue is a heap with four children to a node: the first is at 0. It is
// flatter than a binary one, and most of what is added stays where it is put.
type queue[T queued[T]] struct{ items []T }

const arity = 4

func (q *queue[T]) len() int { return len(q.items) }

// push adds what is in no queue.
func (q *queue[T]) push(x T) {
	q.items = append(q.items, x)
	q.up(len(q.items) - 1)
}

// remove takes out what is in this queue.
func (q *queue[T]) remove(x T) {
	at, last := int(*x.place()), len(q.items)-1
	moved := q.items[last]
	var none T
	q.items[last] = none
	q.items = q.items[:last]
	*x.place() = -1
	if at < last {
		q.set(at, moved)
		q.fix(at)
	}
}

// fix moves what stands at a position to where it belongs.
func (q *queue[T]) fix(at int) {
	if !q.up(at) {
		q.down(at)
	}
}

func (q *queue[T]) set(at int, x T) {
	q.items[at] = x
	*x.place() = int32(at)
}

// up moves an item towards the front, and reports whether it moved.
func (q *queue[T]) up(at int) bool {
	x, from := q.items[at], at
	for at > 0 {
		parent := (at - 1) / arity
		if !x.before(q.items[parent]) {
			break
		}
		q.set(at, q.items[parent])
		at = parent
	}
	q.set(at, x)
	return at != from
}

func (q *queue[T]) down(at int) {
	x := q.items[at]
	for {
		least := q.least(at)
		if least < 0 || !q.items[least].before(x) {
			break
		}
		q.set(at, q.items[least])
		at = least
	}
	q.set(at, x)
}

// least is the first of the children of a position; -1: it has none.
func (q *queue[T]) least(at int) int {
	first := arity*at + 1
	if first >= len(q.items) {
		return -1
	}
	least := first
	for child := first + 1; child < min(first+arity, len(q.items)); child++ {
		if q.items[child].before(q.items[least]) {
			least = child
		}
	}
	return least
}

// walk goes through several queues as if they were one, in order, and changes
// nothing.
type walk[T queued[T]] struct{ ahead []step[T] } // a binary heap: what may come next

type step[T queued[T]] struct {
	queue *queue[T]
	at    int
}

func (w *walk[T]) add(q *queue[T]) {
	if q != nil && q.len() > 0 {
		w.push(step[T]{q, 0})
	}
}

func (s step[T]) item() T { return s.queue.items[s.at] }

// peek is what comes next; false at the end.
func (w *walk[T]) peek() (x T, ok bool) {
	if len(w.ahead) == 0 {
		return x, false
	}
	return w.ahead[0].item(), true
}

// next goes past what peek gave.
func (w *walk[T]) next() {
	passed := w.ahead[0]
	last := len(w.ahead) - 1
	w.ahead[0] = w.ahead[last]
	w.ahead = w.ahead[:last]
	w.sink()
	first := arity*passed.at + 1
	for child := first; child < min(first+arity, passed.queue.len()); child++ {
		w.push(step[T]{passed.queue, child})
	}
}

func (w *walk[T]) push(s step[T]) {
	w.ahead = append(w.ahead, s)
	for at := len(w.ahead) - 1; at > 0; {
		parent := (at - 1) / 2
		if !w.ahead[at].item().before(w.ahead[parent].item()) {
			return
		}
		w.ahead[at], w.ahead[parent] = w.ahead[parent], w.ahead[at]
		at = parent
	}
}

func (w *walk[T]) sink() {
	for at := 0; ; {
		least := at
		for child := 2*at + 1; child <= 2*at+2 && child < len(w.ahead); child++ {
			if w.ahead[child].item().before(w.ahead[least].item()) {
				least = child
			}
		}
		if least == at {
			return
		}
		w.ahead[at], w.ahead[least] = w.ahead[least], w.ahead[at]
		at = least
	}
}
