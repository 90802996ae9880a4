package schedule

// entry is an attempt in a queue, with what it is ordered by at hand.
type entry struct {
	priority int   // the higher first
	due      int64 // µs; the earlier first
	order    uint64
	attempt  *attempt
}

func (e *entry) before(o *entry) bool {
	if e.priority != o.priority {
		return e.priority > o.priority
	}
	if e.due != o.due {
		return e.due < o.due
	}
	return e.order < o.order
}

// queue is a heap of attempts. Of equals, the one that came first is first.
type queue struct {
	entries []entry
	count   uint64 // of all that ever came
}

func (q *queue) len() int { return len(q.entries) }

// push adds an attempt, ordered by priority and due time.
func (q *queue) push(a *attempt, priority int) {
	q.count++
	q.entries = append(q.entries, entry{priority, a.run.Due.UnixMicro(), q.count, a})
	i := len(q.entries) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !q.entries[i].before(&q.entries[parent]) {
			return
		}
		q.entries[i], q.entries[parent] = q.entries[parent], q.entries[i]
		i = parent
	}
}

// pop removes the first attempt; there must be one.
func (q *queue) pop() *attempt {
	first := q.entries[0].attempt
	last := len(q.entries) - 1
	q.entries[0] = q.entries[last]
	q.entries[last] = entry{}
	q.entries = q.entries[:last]
	q.down(0)
	return first
}

func (q *queue) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(q.entries) {
			return
		}
		if right := child + 1; right < len(q.entries) && q.entries[right].before(&q.entries[child]) {
			child = right
		}
		if !q.entries[child].before(&q.entries[i]) {
			return
		}
		q.entries[i], q.entries[child] = q.entries[child], q.entries[i]
		i = child
	}
}

// remove takes an attempt out, wherever it stands.
func (q *queue) remove(a *attempt) {
	for i := range q.entries {
		if q.entries[i].attempt != a {
			continue
		}
		last := len(q.entries) - 1
		q.entries[i] = q.entries[last]
		q.entries[last] = entry{}
		q.entries = q.entries[:last]
		for i := len(q.entries)/2 - 1; i >= 0; i-- {
			q.down(i)
		}
		return
	}
}
