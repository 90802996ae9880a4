// Package event says what happened, in one order.
//
// A Bus hands every Event to every Subscription; publishers are never held
// up by a subscriber. The types form the family tree of Supervisor's events
// (http://supervisord.org/events.html), so that a subscription to a parent
// covers its children; those of the scheduler have a tree of their own. What
// the events mean is left to the packages that publish them; how they look on
// a wire is left to internal/listener.
package event

// Type names a kind of event and, with it, its place in the family tree.
type Type uint8

// Event is anything that can be published. Its EventType must be a leaf of
// the tree. An Event is immutable once published.
type Event interface {
	EventType() Type
}

// Subscription receives events. Accept is called under the lock of the Bus,
// in the order of publication, and must return at once: it may append to a
// buffer of its own, but not block, publish or subscribe.
type Subscription interface {
	Accept(Event)
}

// Numbered is a Subscription that is also told the number of each event: a
// Bus counts what it hands to anybody. Subscriptions with parts of one stream
// see by the number that they were given the same event.
type Numbered interface {
	Subscription
	AcceptNumbered(n uint64, e Event)
}
