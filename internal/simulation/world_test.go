package simulation_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"
)

// errInjected is what a call of the store fails with when the seed says so.
var errInjected = errors.New("injected: the store does not answer")

// errDead is what calls of a node that crashed get.
var errDead = errors.New("injected: the process is dead")

// world is what all nodes share: the gate, the seed and the trace.
type world struct {
	rng   *rand.Rand
	start time.Time

	mu     sync.Mutex
	parked []*call
	calls  map[string]int // how many there were of each node and name
	trace  []string
}

// call is one that waits at the gate.
type call struct {
	node    *node
	name    string
	n       int // its number among the calls of that name
	verdict chan verdict
	from    time.Time // not before
}

// verdict is what becomes of a call.
type verdict uint8

const (
	proceed verdict = iota
	failBefore
	failAfter // it was carried out, and the answer was lost
	dead
)

func newWorld(seed uint64) *world {
	return &world{
		rng:   rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15)),
		start: time.Now(),
		calls: make(map[string]int),
	}
}

// note adds a line to the trace.
func (w *world) note(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf("%9.3f ", time.Since(w.start).Seconds())+fmt.Sprintf(format, args...))
}

// Trace is what happened, in its order.
func (w *world) Trace() string { return strings.Join(w.trace, "\n") }

// park waits at the gate for the seed's verdict, or until ctx is over.
func (w *world) park(ctx context.Context, n *node, name string) (verdict, error) {
	w.mu.Lock()
	if n.dead {
		w.mu.Unlock()
		return dead, nil
	}
	key := n.name + " " + name
	w.calls[key]++
	c := &call{node: n, name: name, n: w.calls[key], verdict: make(chan verdict, 1)}
	w.parked = append(w.parked, c)
	w.mu.Unlock()
	select {
	case v := <-c.verdict:
		return v, nil
	case <-ctx.Done():
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.parked = slices.DeleteFunc(w.parked, func(other *call) bool { return other == c })
	return dead, context.Cause(ctx)
}

// step lets one parked call go on, if there is one that may, and reports it.
// All other goroutines of the bubble are blocked meanwhile.
func (w *world) step(faults faults) bool {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	slices.SortFunc(w.parked, func(a, b *call) int {
		return cmp.Or(cmp.Compare(a.node.name, b.node.name), cmp.Compare(a.name, b.name), cmp.Compare(a.n, b.n))
	})
	now := time.Now()
	var may []int
	for i, c := range w.parked {
		if !c.node.paused && !c.from.After(now) {
			may = append(may, i)
		}
	}
	if len(may) == 0 {
		return false
	}
	at := may[w.rng.IntN(len(may))]
	c := w.parked[at]
	v := proceed
	if !strings.HasPrefix(c.name, effectCall) {
		switch p := w.rng.Float64(); {
		case p < faults.slow:
			c.from = now.Add(time.Duration(w.rng.Int64N(int64(faults.slowest))))
			w.note("%s %s #%d is slow", c.node.name, c.name, c.n)
			return true
		case p < faults.slow+faults.before:
			v = failBefore
		case p < faults.slow+faults.before+faults.after:
			v = failAfter
		}
	}
	w.parked = slices.Delete(w.parked, at, at+1)
	w.note("%s %s #%d%s", c.node.name, c.name, c.n, [...]string{"", " fails", " fails after it was done", " is dead"}[v])
	c.verdict <- v
	return true
}

// faults are how often the store misbehaves, of 1.
type faults struct {
	slow, before, after float64
	slowest             time.Duration
}

// kill ends a node: what it waits for fails, what it does later is refused.
func (w *world) kill(n *node) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n.dead = true
	w.parked = slices.DeleteFunc(w.parked, func(c *call) bool {
		if c.node != n {
			return false
		}
		c.verdict <- dead
		return true
	})
}
