package listener

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"unicode/utf8"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// pool hands events to the listeners of one group, each event to one of them.
type pool struct {
	name        string
	pools       *Pools
	log         *slog.Logger
	unsubscribe func()
	buffer      *buffer
	byName      map[string]*listener
	listeners   []*listener // in start order
	news        chan func() // what the loop is to do
	closing     chan struct{}
	closed      chan struct{}   // the loop has ended
	settling    []chan struct{} // the loop's own: to be closed when all is quiet

	accepted uint64 // how many events; the lock of the Bus guards it
}

func newPool(g supervise.GroupSpec, pools *Pools) *pool {
	p := &pool{
		name:    g.Name,
		pools:   pools,
		log:     pools.options.Log,
		buffer:  newBuffer(g.Listener.BufferSize),
		byName:  make(map[string]*listener),
		news:    make(chan func()),
		closing: make(chan struct{}),
		closed:  make(chan struct{}),
	}
	for _, program := range g.Programs {
		if p.byName[program.Name] != nil {
			continue // the group has one process of a name
		}
		l := &listener{name: program.Name, pool: p}
		p.byName[l.name] = l
		p.listeners = append(p.listeners, l)
	}
	return p
}

// Listener implements supervise.Pool.
func (p *pool) Listener(process string) supervise.Listener { return p.byName[process] }

// Close implements supervise.Pool. What was not handed out is lost.
func (p *pool) Close() {
	p.unsubscribe()
	close(p.closing)
	<-p.closed
}

// Settle implements supervise.Pool.
func (p *pool) Settle(ctx context.Context) {
	settled := make(chan struct{})
	p.tell(func() { p.settling = append(p.settling, settled) })
	select {
	case <-settled:
	case <-p.closed:
	case <-ctx.Done():
	}
}

// tellSettled tells those who wait for it that no listener has anything to do,
// or none can.
func (p *pool) tellSettled() {
	if len(p.settling) == 0 {
		return
	}
	waiting, _ := p.buffer.state()
	for _, l := range p.listeners {
		if l.event != nil || waiting > 0 && l.mayTake() {
			return
		}
	}
	for _, settled := range p.settling {
		close(settled)
	}
	p.settling = nil
}

// Accept implements event.Subscription, and is never called.
func (p *pool) Accept(e event.Event) {
	panic(fmt.Sprintf("listener: %v without a number", e.EventType()))
}

// AcceptNumbered implements event.Numbered: the event gets its serials now.
func (p *pool) AcceptNumbered(n uint64, e event.Event) {
	p.buffer.add(accepted{event: e, serial: p.pools.serial(n), inPool: p.accepted})
	p.accepted++
}

// run is the loop, which owns the listeners.
func (p *pool) run() {
	defer close(p.closed)
	for {
		select {
		case do := <-p.news:
			do()
		case <-p.buffer.filled:
		case <-p.closing:
			return
		}
		p.dispatch()
		p.buffer.trim()
		p.tellDiscarded()
		p.tellSettled()
	}
}

// tell has the loop do something. It waits until the loop takes it up, which
// is soon, since the loop waits for nobody.
func (p *pool) tell(do func()) {
	select {
	case p.news <- do:
	case <-p.closed:
	}
}

// dispatch hands out events as long as there are some and a listener is free.
func (p *pool) dispatch() {
	for {
		l := p.free()
		if l == nil {
			return
		}
		p.buffer.ready()
		a, ok := p.buffer.take()
		if !ok {
			return
		}
		if err := l.child.Write(p.envelope(a)); err != nil {
			p.debugf("epipe occurred while sending event %d to listener %s, listener state unchanged", a.serial, l.name)
			p.buffer.putBack(a)
			l.deaf()
			continue
		}
		l.event = &a
		l.set(busy)
		p.debugf("event %d sent to listener %s", a.serial, l.name)
	}
}

// free is the first listener that takes an event now.
func (p *pool) free() *listener {
	for _, l := range p.listeners {
		if l.takes() {
			return l
		}
	}
	return nil
}

// putBack keeps an event that no listener has dealt with.
func (p *pool) putBack(a accepted) {
	had, limit := p.buffer.putBack(a)
	p.debugf("rebuffering event %d for pool %s (buf size=%d, max=%d)", a.serial, p.name, had, limit)
}

// envelope is what is written to a listener: one line of header, and the
// payload, whose length is told in characters, as by the original in Python 3.
func (p *pool) envelope(a accepted) []byte {
	text := payload(a.event)
	b := make([]byte, 0, 128+len(p.name)+len(text))
	b = append(b, "ver:3.0 server:"...)
	b = append(b, p.pools.options.Server...)
	b = append(b, " serial:"...)
	b = strconv.AppendUint(b, a.serial, 10)
	b = append(b, " pool:"...)
	b = append(b, p.name...)
	b = append(b, " poolserial:"...)
	b = strconv.AppendUint(b, a.inPool, 10)
	b = append(b, " eventname:"...)
	b = append(b, a.event.EventType().String()...)
	b = append(b, " len:"...)
	b = strconv.AppendInt(b, int64(utf8.RuneCountInString(text)), 10)
	b = append(b, '\n')
	return append(b, text...)
}

// tellDiscarded logs the begin of a burst of discarded events, with the
// original's line for the first of them, and its end.
func (p *pool) tellDiscarded() {
	burst, begins, ends := p.buffer.discarded()
	if begins {
		p.logf(slog.LevelError, "pool %s event buffer overflowed, discarding event %d", p.name, burst.first)
	}
	if ends && burst.count > 1 {
		p.logf(slog.LevelError, "pool %s event buffer overflowed, discarded %d events up to event %d", p.name, burst.count, burst.last)
	}
}

func (p *pool) debugf(format string, args ...any) { p.logf(slog.LevelDebug, format, args...) }

func (p *pool) logf(level slog.Level, format string, args ...any) {
	ctx := context.Background()
	if p.log.Enabled(ctx, level) {
		p.log.Log(ctx, level, fmt.Sprintf(format, args...))
	}
}
