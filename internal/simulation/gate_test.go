package simulation_test

import (
	"context"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// effectCall is the name under which the effect of a run parks.
const effectCall = "effect"

// node is one incarnation of a scheduler.
type node struct {
	name         string
	dead, paused bool // guarded by the world
}

// gate is the store as one node sees it.
type gate struct {
	job.Store
	world *world
	node  *node
}

// through carries a call out as the seed decides.
func through[T any](g *gate, ctx context.Context, name string, call func() (T, error)) (T, error) {
	var none T
	v, err := g.world.park(ctx, g.node, name)
	if err != nil {
		return none, err
	}
	switch v {
	case failBefore:
		return none, errInjected
	case dead:
		return none, errDead
	case failAfter:
		if _, err := call(); err != nil {
			return none, err
		}
		return none, errInjected
	}
	return call()
}

func (g *gate) Add(ctx context.Context, jobs []job.Job) ([]error, error) {
	return through(g, ctx, "Add", func() ([]error, error) { return g.Store.Add(ctx, jobs) })
}

func (g *gate) Replace(ctx context.Context, j job.Job) (int64, error) {
	return through(g, ctx, "Replace", func() (int64, error) { return g.Store.Replace(ctx, j) })
}

func (g *gate) Remove(ctx context.Context, id string, rev int64) error {
	_, err := through(g, ctx, "Remove", func() (struct{}, error) { return struct{}{}, g.Store.Remove(ctx, id, rev) })
	return err
}

func (g *gate) List(ctx context.Context, f job.Filter) ([]job.Job, error) {
	return through(g, ctx, "List", func() ([]job.Job, error) { return g.Store.List(ctx, f) })
}

func (g *gate) Claim(ctx context.Context, c job.Claim) (job.Batch, error) {
	return through(g, ctx, "Claim", func() (job.Batch, error) { return g.Store.Claim(ctx, c) })
}

func (g *gate) Commit(ctx context.Context, node string, advances []job.Advance) ([]job.Committed, error) {
	return through(g, ctx, "Commit", func() ([]job.Committed, error) { return g.Store.Commit(ctx, node, advances) })
}

func (g *gate) Finish(ctx context.Context, finished []job.Finished) ([]error, error) {
	return through(g, ctx, "Finish", func() ([]error, error) { return g.Store.Finish(ctx, finished) })
}

func (g *gate) Beat(ctx context.Context, b job.Beat) (job.Pulse, error) {
	return through(g, ctx, "Beat", func() (job.Pulse, error) { return g.Store.Beat(ctx, b) })
}

func (g *gate) Runs(ctx context.Context, f job.RunFilter) ([]job.Run, error) {
	return through(g, ctx, "Runs", func() ([]job.Run, error) { return g.Store.Runs(ctx, f) })
}

func (g *gate) Enqueue(ctx context.Context, r job.Run) error {
	_, err := through(g, ctx, "Enqueue", func() (struct{}, error) { return struct{}{}, g.Store.Enqueue(ctx, r) })
	return err
}

func (g *gate) CancelRun(ctx context.Context, id string) error {
	_, err := through(g, ctx, "CancelRun", func() (struct{}, error) { return struct{}{}, g.Store.CancelRun(ctx, id) })
	return err
}

func (g *gate) Prune(ctx context.Context, k job.Keep) (int, error) {
	return through(g, ctx, "Prune", func() (int, error) { return g.Store.Prune(ctx, k) })
}

// Close leaves the store to the others.
func (g *gate) Close() error { return nil }

// clock is a node's idea of what time it is.
func clock(skew time.Duration) func() time.Time {
	return func() time.Time { return time.Now().Add(skew) }
}

// Watch implements job.Watcher. Without it the schedulers would poll, and it is
// chance which of two reasons to wake up a select sees first.
func (g *gate) Watch(ctx context.Context) <-chan struct{} {
	return g.Store.(job.Watcher).Watch(ctx)
}
