package schedule

// gated is a store that also says when a goroutine of its keeper that waited
// goes on. Simulations have one: what wakes at one instant then goes on one
// after another, in an order that can be played again.
type gated interface {
	// Woke returns when the goroutine may look at what there is to do. The
	// caller holds no lock.
	Woke(who string)
}

// woke is called by each goroutine that works for k, after it waited.
func (k *keeper) woke(who string) {
	if g, ok := k.store.(gated); ok {
		g.Woke(who)
	}
}
