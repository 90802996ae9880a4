package schedule_test

import (
	"context"
	"sync/atomic"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// counted counts the calls of a store by which a scheduler works.
type counted struct {
	job.Store
	calls atomic.Int64
}

func (c *counted) Watch(ctx context.Context) <-chan struct{} {
	return c.Store.(job.Watcher).Watch(ctx)
}

func (c *counted) Claim(ctx context.Context, q job.Claim) (job.Batch, error) {
	c.calls.Add(1)
	return c.Store.Claim(ctx, q)
}

func (c *counted) Commit(ctx context.Context, node string, a []job.Advance) ([]job.Committed, error) {
	c.calls.Add(1)
	return c.Store.Commit(ctx, node, a)
}

func (c *counted) Beat(ctx context.Context, b job.Beat) (job.Pulse, error) {
	c.calls.Add(1)
	return c.Store.Beat(ctx, b)
}

func (c *counted) Prune(ctx context.Context, k job.Keep) (int, error) {
	c.calls.Add(1)
	return c.Store.Prune(ctx, k)
}
