// Command d_heap drives what the language gives at best for the scheduling
// measurements: a heap of due times, one goroutine that waits for the first of them,
// and one for each run. It is no scheduler: it knows intervals only, has no rules for
// runs that are late, and keeps nothing.
package main

import (
	"container/heap"
	"errors"
	"runtime"
	"sync"
	"time"

	"schedbench"
)

// schedule is due again and again.
type schedule struct {
	id    int
	due   time.Time
	every time.Duration
}

// queue has the schedule that is due first at its front.
type queue []schedule

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].due.Before(q[j].due) }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(schedule)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// engine implements schedbench.Engine.
type engine struct {
	run  func(id int, due time.Time)
	wake chan struct{} // has one when another schedule is the first
	stop chan struct{}

	mu    sync.Mutex
	queue queue
}

// Add implements schedbench.Engine.
func (e *engine) Add(id int, s schedbench.Spec) error {
	if s.Every == 0 {
		return errors.New("it knows intervals only")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	heap.Push(&e.queue, schedule{id, s.Start, s.Every})
	if e.queue[0].id == id {
		select {
		case e.wake <- struct{}{}:
		default:
		}
	}
	return nil
}

// Start implements schedbench.Engine.
func (e *engine) Start() error {
	go e.loop()
	return nil
}

// Stop implements schedbench.Engine.
func (e *engine) Stop() { close(e.stop) }

func (e *engine) loop() {
	for {
		var due <-chan time.Time
		if wait, any := e.fire(); any {
			due = time.After(wait)
		}
		select {
		case <-due:
		case <-e.wake:
		case <-e.stop:
			return
		}
	}
}

// fire runs what is due, and says for how long nothing else is.
func (e *engine) fire() (wait time.Duration, any bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	for len(e.queue) > 0 {
		first := &e.queue[0]
		if first.due.After(now) {
			return first.due.Sub(now), true
		}
		go e.run(first.id, first.due)
		first.due = first.due.Add(first.every)
		heap.Fix(&e.queue, 0)
	}
	return 0, false
}

func main() {
	schedbench.Main(schedbench.Driver{
		Name: "heap", Version: runtime.Version(), Stores: []string{"memory"},
		Open: func(_ string, run func(int, time.Time)) (schedbench.Engine, error) {
			return &engine{run: run, wake: make(chan struct{}, 1), stop: make(chan struct{})}, nil
		},
	})
}
