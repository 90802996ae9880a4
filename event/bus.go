package event

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Bus hands every Event to every Subscription in one order, and never blocks
// the publisher. All methods may be called concurrently.
type Bus struct {
	wanted atomic.Uint64 // the union of what the subscriptions cover

	mu            sync.Mutex
	published     uint64        // how many events somebody was handed
	subscriptions []*subscribed // in the order they were made
	changed       chan struct{} // what Changed gave out; nil: nothing
}

// subscribed is a Subscription and the types it covers.
type subscribed struct {
	Subscription
	numbered Numbered // the same, nil if it is none
	types    uint64
}

// accept hands over the event with the given number.
func (s *subscribed) accept(n uint64, e Event) {
	if s.numbered != nil {
		s.numbered.AcceptNumbered(n, e)
		return
	}
	s.Accept(e)
}

// A set of types is a bit mask; this fails to compile when there are more
// types than bits.
const _ = uint(64 - typeCount)

// NewBus returns a Bus without subscriptions.
func NewBus() *Bus { return &Bus{} }

// Publish hands e to every subscription whose types cover it, once to each.
func (b *Bus) Publish(e Event) {
	t := e.EventType()
	if !b.Wanted(t) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.published++
	for _, s := range b.subscriptions {
		if s.types&bit(t) != 0 {
			s.accept(b.published, e)
		}
	}
}

// Wanted reports whether anybody subscribes to t, so that a hot path need not
// build events that nobody reads. It takes no lock.
func (b *Bus) Wanted(t Type) bool {
	return b.wanted.Load()&bit(t) != 0
}

// Subscribe adds s for the given types (and what stands below them); cancel
// removes it, and after it has returned Accept is not called any more.
func (b *Bus) Subscribe(s Subscription, types ...Type) (cancel func()) {
	added := &subscribed{Subscription: s, types: covered(types)}
	added.numbered, _ = s.(Numbered)
	b.change(func() { b.subscriptions = append(b.subscriptions, added) })
	return func() {
		b.change(func() {
			b.subscriptions = slices.DeleteFunc(b.subscriptions, func(s *subscribed) bool { return s == added })
		})
	}
}

// Changed returns a channel that is closed when a subscription is added or
// removed the next time. Whoever makes events only while they are wanted can
// sleep on it.
func (b *Bus) Changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.changed == nil {
		b.changed = make(chan struct{})
	}
	return b.changed
}

// change applies f to the subscriptions and brings wanted up to date.
func (b *Bus) change(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
	var wanted uint64
	for _, s := range b.subscriptions {
		wanted |= s.types
	}
	b.wanted.Store(wanted)
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

func bit(t Type) uint64 { return 1 << t }

// covered is the set of the given types and of all that stand below them.
func covered(types []Type) uint64 {
	var set uint64
	for t := range Type(typeCount) {
		if slices.ContainsFunc(types, t.Is) {
			set |= bit(t)
		}
	}
	return set
}
