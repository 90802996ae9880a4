package mongo

import (
	"context"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

const (
	// sweepEvery is how often a Store looks for registers that nobody needs.
	sweepEvery = time.Minute
	// rest is how long the register of a removed job, or of a node that ended
	// its lease, is left alone before it is deleted. A node that did not is
	// remembered for longer, see job.RememberNodes.
	rest = time.Minute
)

// sweeper remembers when registers were looked through.
type sweeper struct {
	mu   sync.Mutex
	last time.Time
}

// begin says whether it is time, and takes the turn.
func (w *sweeper) begin(now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.last.IsZero() && now.Sub(w.last).Abs() < sweepEvery {
		return false
	}
	w.last = now
	return true
}

// sweep deletes, now and then, the registers of jobs that were removed and of
// which nothing lives, and of nodes whose lease was over long ago and that own
// nothing.
func (s *Store) sweep(ctx context.Context, now time.Time) error {
	if !s.sweeper.begin(now) {
		return nil
	}
	if err := s.sweepJobs(ctx, now.Add(-rest).UnixMicro()); err != nil {
		return err
	}
	return s.sweepLeases(ctx, now)
}

func (s *Store) sweepJobs(ctx context.Context, before int64) error {
	keys, err := s.keysWhere(ctx, bson.D{{Key: "gone", Value: true}})
	if err != nil {
		return err
	}
	now, err := s.jobs.read(ctx, keys)
	if err != nil {
		return err
	}
	old := map[string]*chain[jobValue]{}
	var heads []*link[jobValue]
	for key, c := range now {
		if c.end != nil {
			if err := s.jobs.delete(ctx, c.remains()); err != nil {
				return err
			}
			continue
		}
		if h := c.head; h != nil && h.Value.Gone && len(h.Value.Live) == 0 && h.At < before {
			old[key] = c
			heads = append(heads, h)
		}
	}
	if err := s.copyDone(ctx, heads); err != nil {
		return err
	}
	return s.jobs.end(ctx, old)
}

func (s *Store) sweepLeases(ctx context.Context, now time.Time) error {
	all, err := s.leases.all(ctx)
	if err != nil {
		return err
	}
	for node, c := range all {
		if !c.head.Value.forgotten(now) {
			delete(all, node)
		}
	}
	if len(all) == 0 {
		return nil
	}
	busy, err := s.jobs.list(ctx, bson.D{{Key: "busy", Value: true}})
	if err != nil {
		return err
	}
	for _, l := range busy {
		for _, n := range l.Value.Nodes {
			delete(all, n.Node)
		}
	}
	return s.leases.end(ctx, all)
}
