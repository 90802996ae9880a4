package event

// Bus hands every Event to every Subscription in one order, and never blocks
// the publisher. All methods may be called concurrently.
type Bus struct{ _ int }

// NewBus returns a Bus without subscriptions.
func NewBus() *Bus { panic("stub") }

// Publish hands e to every subscription whose types cover it.
func (b *Bus) Publish(e Event) { panic("stub") }

// Wanted reports whether anybody subscribes to t, so that a hot path need not
// build events that nobody reads. It takes no lock.
func (b *Bus) Wanted(t Type) bool { panic("stub") }

// Subscribe adds s for the given types (and what stands below them); cancel
// removes it, and after it has returned Accept is not called any more.
func (b *Bus) Subscribe(s Subscription, types ...Type) (cancel func()) { panic("stub") }
