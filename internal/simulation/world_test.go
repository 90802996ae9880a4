package simulation_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
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

// world is what all nodes share: the gate, the seed and the trace. Its driver is
// the one goroutine that lets others go on; while it works they are all blocked.
type world struct {
	seed    uint64
	start   time.Time
	arrived chan struct{} // a call parked that does not wait for the end of a quantum
	trace   trace         // the driver's

	mu     sync.Mutex
	parked []*call
	calls  map[string]int // how many there were of each node and name
}

// call is one that waits at the gate.
type call struct {
	node    *node
	label   string          // of the trace: node, name and its number among the calls of that name
	about   string          // what it is called with, for the trace
	ctx     context.Context // nil: it has none
	kind    kind
	dice    *rand.Rand // its own, so that nobody else's draws change it
	turn    uint64     // drawn: of those that may go on the lowest does
	from    time.Time  // not before
	verdict chan verdict
}

// kind is what a call waits for.
type kind uint8

const (
	storing kind = iota // an answer of the store, which takes up to a quantum, and may fail
	working             // the effect of a run: as long, but it does not fail
	waking              // its turn among those that woke at the same instant
)

// verdict is what becomes of a call.
type verdict uint8

const (
	proceed verdict = iota
	slow
	failBefore
	failAfter // it was carried out, and the answer was lost
	givenUp   // its context was over first
	dead
)

// String is how the trace says it.
func (v verdict) String() string {
	return [...]string{"", " is slow: ", " fails", " fails after it was done", " is given up", " is dead"}[v]
}

func newWorld(seed uint64) *world {
	return &world{
		seed:    seed,
		start:   time.Now(),
		arrived: make(chan struct{}, 1),
		calls:   make(map[string]int),
		trace:   trace{lines: []string{fmt.Sprintf("%s%d", heading, seed)}},
	}
}

// dice are those of the seed for what has that name. Whoever else draws, and
// when, does not change what they show.
func (w *world) dice(name string) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprint(h, name)
	return rand.New(rand.NewPCG(w.seed, h.Sum64()))
}

// note adds a line to the trace.
func (w *world) note(format string, args ...any) {
	w.trace.add(time.Since(w.start), fmt.Sprintf(format, args...))
}

// park waits at the gate for the verdict on a call.
func (w *world) park(ctx context.Context, n *node, k kind, name, about string) verdict {
	w.mu.Lock()
	if n.dead {
		w.mu.Unlock()
		return dead
	}
	key := n.name + " " + name
	w.calls[key]++
	label := fmt.Sprintf("%s #%d", key, w.calls[key])
	dice := w.dice(label)
	c := &call{
		node: n, label: label, about: about, ctx: ctx, kind: k,
		dice: dice, turn: dice.Uint64(), verdict: make(chan verdict, 1),
	}
	w.parked = append(w.parked, c)
	w.mu.Unlock()
	if k == waking {
		select {
		case w.arrived <- struct{}{}:
		default:
		}
	}
	return <-c.verdict
}

// sleep lets time pass until then. What wakes up goes on at its instant, one
// after another.
func (w *world) sleep(until time.Time) {
	for {
		for w.step(nil) {
		}
		wait := time.Until(until)
		if wait <= 0 {
			return
		}
		timer := time.NewTimer(wait)
		select {
		case <-w.arrived:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// step lets one parked call go on, if there is one that may, and reports it.
// Without faults (nil) only those that woke may.
func (w *world) step(f *faults) bool {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	var may []*call
	for _, c := range w.parked {
		if !c.node.paused && !c.from.After(now) && (c.kind == waking || f != nil) {
			may = append(may, c)
		}
	}
	c, v, wait := w.choose(may, f)
	if c == nil {
		return false
	}
	if v == slow {
		w.note("%s%s%v%v", c.label, c.about, v, wait)
		c.from = now.Add(wait)
		return true
	}
	w.note("%s%s%v", c.label, c.about, v)
	w.parked = slices.DeleteFunc(w.parked, func(o *call) bool { return o == c })
	c.verdict <- v
	return true
}

// choose picks one of those that may go on, nil if there is none, and says what
// becomes of it: as the trace that is replayed says, otherwise by the dice.
func (w *world) choose(may []*call, f *faults) (c *call, v verdict, wait time.Duration) {
	if w.trace.replays() {
		c, v, wait = w.trace.next(may, time.Since(w.start))
	}
	if len(may) == 0 || c != nil {
		return c, v, wait
	}
	c = slices.MinFunc(may, func(a, b *call) int {
		return cmp.Or(cmp.Compare(a.turn, b.turn), strings.Compare(a.label, b.label))
	})
	if c.ctx.Err() != nil {
		return c, givenUp, 0
	}
	if c.kind != storing || f == nil {
		return c, proceed, 0
	}
	v = f.draw(c.dice)
	if v == slow {
		wait = time.Duration(c.dice.Int64N(int64(f.slowest)))
	}
	return c, v, wait
}

// faults are how often the store misbehaves, of 1.
type faults struct {
	slow, before, after float64
	slowest             time.Duration
}

func (f *faults) draw(dice *rand.Rand) verdict {
	switch p := dice.Float64(); {
	case p < f.slow:
		return slow
	case p < f.slow+f.before:
		return failBefore
	case p < f.slow+f.before+f.after:
		return failAfter
	}
	return proceed
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
