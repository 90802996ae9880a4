package sqlstore

import (
	"context"
	"sync"
)

// Watches are the goroutines of the calls of Watch of a store. The zero value
// is ready.
type Watches struct {
	mu      sync.Mutex
	ended   bool
	next    int
	cancels map[int]context.CancelFunc
	running sync.WaitGroup
}

// Go runs f with a channel until ctx is over or Stop is called, and then closes
// the channel. It holds one value.
func (w *Watches) Go(ctx context.Context, f func(context.Context, chan<- struct{})) <-chan struct{} {
	c := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		cancel()
	}
	if w.cancels == nil {
		w.cancels = make(map[int]context.CancelFunc)
	}
	id := w.next
	w.next++
	w.cancels[id] = cancel
	w.running.Go(func() {
		defer close(c)
		defer w.forget(id)
		f(ctx, c)
	})
	return c
}

func (w *Watches) forget(id int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cancels[id]()
	delete(w.cancels, id)
}

// Stop ends all and waits for them.
func (w *Watches) Stop() {
	w.mu.Lock()
	w.ended = true
	for _, cancel := range w.cancels {
		cancel()
	}
	w.mu.Unlock()
	w.running.Wait()
}

// Tell sends a value, unless one is there already.
func Tell(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
