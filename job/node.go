package job

import (
	"context"
	"time"
)

// RememberNodes is how long a NodeLister lists a node after its lease, when the
// node did not end that itself: a bit more than a day, so that a scheduler whose
// jobs are nightly is always listed.
const RememberNodes = 25 * time.Hour

// NodeLister is a Store that can tell who shares it.
type NodeLister interface {
	// Nodes returns, by name, the nodes whose lease lives, those that hold runs
	// though theirs is over, and those whose lease ran out less than
	// RememberNodes ago. A node that ended its lease when it held nothing is
	// gone. It writes nothing and takes nothing over.
	Nodes(ctx context.Context) ([]Node, error)
}

// Node is a scheduler as a store knows it: one incarnation.
type Node struct {
	Name  string
	Until time.Time // when its lease is over, or was, by the store's clock
	// Alive is whether the lease lives, by the store's clock. A scheduler with
	// nothing to do lets its lease run out, so of a node that holds no runs
	// false means that it is idle, or gone.
	Alive bool
	Runs  int // that it holds: planned for the next moment, carried out, or lost with it
}
