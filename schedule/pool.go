package schedule

import (
	"sync"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// pool carries runs out by one executor, so many at a time. Its workers live
// while there is work: an idle pool has none.
type pool struct {
	alias    string
	executor job.Executor
	workers  int    // at most
	leave    func() // ends the executor's calls about changes

	mu      sync.Mutex
	queue   queue
	working int
}

func newPool(alias string, e job.Executor, workers int) *pool {
	if b, ok := e.(job.Bounded); ok {
		workers = max(b.Workers(), 1)
	}
	return &pool{alias: alias, executor: e, workers: workers, leave: func() {}}
}

// heed has wake called when the executor can run what it could not, until leave.
func (p *pool) heed(wake func()) {
	if c, ok := p.executor.(job.Changer); ok {
		p.leave = c.OnChange(wake)
	}
}

// submit queues attempts: the higher priority first, then the one that is due
// longer, then the one that came first.
func (p *pool) submit(attempts ...*attempt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range attempts {
		p.queue.push(a, a.run.Work.Policy.Priority)
		if p.working < p.workers {
			p.working++
			go p.work(a.keeper)
		}
	}
}

// work carries out what is queued until nothing is left. It began for a run of k.
func (p *pool) work(k *keeper) {
	k.woke("worker")
	a := p.pop()
	defer func() {
		if a != nil { // its run has ended the goroutine
			p.follow(a)
			go p.work(k)
		}
	}()
	for ; a != nil; a = p.pop() {
		if a.carryOut() {
			p.follow(a)
		}
	}
}

// follow queues what comes after an attempt in its series.
func (p *pool) follow(a *attempt) {
	if a.then != nil {
		p.submit(a.then)
	}
}

// pop takes the first attempt; nil: there is none, and the worker is gone.
func (p *pool) pop() *attempt {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.queue.len() == 0 {
		p.working--
		return nil
	}
	return p.queue.pop()
}

// behind reports whether runs that are due wait for a worker.
func (s *Scheduler) behind() bool {
	for _, p := range *s.pools.Load() {
		if p.waits() {
			return true
		}
	}
	return false
}

func (p *pool) waits() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.queue.len() > 0
}
