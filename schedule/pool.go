package schedule

import (
	"container/heap"
	"sync"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// pool carries runs out by one executor, so many at a time. Its workers live
// while there is work: an idle pool has none.
type pool struct {
	alias    string
	executor job.Executor
	workers  int // at most

	mu      sync.Mutex
	queue   workHeap
	working int
	count   uint64 // of all that were ever queued
}

func newPool(alias string, e job.Executor, workers int) *pool {
	if b, ok := e.(job.Bounded); ok {
		workers = max(b.Workers(), 1)
	}
	return &pool{alias: alias, executor: e, workers: workers}
}

// submit queues attempts: the higher priority first, then the one that is due
// longer, then the one that came first.
func (p *pool) submit(attempts ...*attempt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range attempts {
		p.count++
		a.order = p.count
		heap.Push(&p.queue, a)
		if p.working < p.workers {
			p.working++
			go p.work()
		}
	}
}

// work carries out what is queued until nothing is left.
func (p *pool) work() {
	for {
		a := p.pop()
		if a == nil {
			return
		}
		if a.carryOut() && a.then != nil {
			p.submit(a.then)
		}
	}
}

// pop takes the first attempt; nil: there is none, and the worker is gone.
func (p *pool) pop() *attempt {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 {
		p.working--
		return nil
	}
	return heap.Pop(&p.queue).(*attempt)
}

// workHeap has the attempt to be carried out next at its top.
type workHeap []*attempt

func (h workHeap) Len() int { return len(h) }

func (h workHeap) Less(i, j int) bool {
	a, b := h[i], h[j]
	if p, q := a.run.Work.Policy.Priority, b.run.Work.Policy.Priority; p != q {
		return p > q
	}
	if !a.run.Due.Equal(b.run.Due) {
		return a.run.Due.Before(b.run.Due)
	}
	return a.order < b.order
}

func (h workHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *workHeap) Push(x any) { *h = append(*h, x.(*attempt)) }

// Pop implements heap.Interface.
func (h *workHeap) Pop() any {
	last := len(*h) - 1
	a := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return a
}
