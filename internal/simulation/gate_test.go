package simulation_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

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

// through carries a call out as the seed decides. About says in the trace what it
// is called with.
func through[T any](g *gate, ctx context.Context, name, about string, call func() (T, error)) (T, error) {
	var none T
	switch g.world.park(ctx, g.node, storing, name, about) {
	case failBefore:
		return none, errInjected
	case givenUp:
		return none, context.Cause(ctx)
	case dead:
		return none, errDead
	case failAfter:
		if _, err := call(); err != nil {
			return none, err
		}
		return none, errInjected
	case proceed, slow:
	}
	return call()
}

// about is a list as the trace has it.
func about[T any](all []T, text func(T) string) string {
	var b strings.Builder
	for _, one := range all {
		b.WriteString(" " + text(one))
	}
	return " (" + strings.TrimPrefix(b.String(), " ") + ")"
}

func (g *gate) Claim(ctx context.Context, c job.Claim) (job.Batch, error) {
	return through(g, ctx, "Claim", "", func() (job.Batch, error) { return g.Store.Claim(ctx, c) })
}

func (g *gate) Commit(ctx context.Context, node string, advances []job.Advance) ([]job.Committed, error) {
	what := about(advances, func(a job.Advance) string { return fmt.Sprintf("%s+%d", a.ID, len(a.Runs)) })
	return through(g, ctx, "Commit", what, func() ([]job.Committed, error) { return g.Store.Commit(ctx, node, advances) })
}

func (g *gate) Finish(ctx context.Context, finished []job.Finished) ([]error, error) {
	what := about(finished, func(f job.Finished) string { return fmt.Sprintf("%s/%d", f.ID, f.Token) })
	return through(g, ctx, "Finish", what, func() ([]error, error) { return g.Store.Finish(ctx, finished) })
}

func (g *gate) Beat(ctx context.Context, b job.Beat) (job.Pulse, error) {
	return through(g, ctx, "Beat", "", func() (job.Pulse, error) { return g.Store.Beat(ctx, b) })
}

func (g *gate) Runs(ctx context.Context, f job.RunFilter) ([]job.Run, error) {
	return through(g, ctx, "Runs", "", func() ([]job.Run, error) { return g.Store.Runs(ctx, f) })
}

func (g *gate) Prune(ctx context.Context, k job.Keep) (int, error) {
	return through(g, ctx, "Prune", "", func() (int, error) { return g.Store.Prune(ctx, k) })
}

// Close leaves the store to the others.
func (g *gate) Close() error { return nil }

// Watch implements job.Watcher.
func (g *gate) Watch(ctx context.Context) <-chan struct{} {
	return g.Store.(job.Watcher).Watch(ctx)
}

// Woke is asked by the scheduler when one of its goroutines woke: which goes on
// first is the seed's choice, too.
func (g *gate) Woke(who string) {
	g.world.park(context.Background(), g.node, waking, who, "")
}

// clock is a node's idea of what time it is.
func clock(skew time.Duration) func() time.Time {
	return func() time.Time { return time.Now().Add(skew) }
}
