package mongo

import (
	"context"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// leaseValue is what the register of a node holds.
type leaseValue struct {
	Until int64 `json:"until"` // microseconds; the lease is over then
	// Ahead is the latest due time of a run that the node may have begun. It
	// never goes back, whatever the clock of the node does.
	Ahead int64 `json:"ahead"`
	Ended bool  `json:"ended,omitempty"` // by the node itself
}

// Beat implements job.Store. The time is that of the node.
func (s *Store) Beat(ctx context.Context, b job.Beat) (job.Pulse, error) {
	now := s.timeOf(b.Now)
	if err := s.setLease(ctx, b, now); err != nil {
		return job.Pulse{}, fmt.Errorf("beat of %s: %w", b.Node, err)
	}
	if b.Lease <= 0 { // its runs are for others now
		return job.Pulse{Now: now}, s.signal(ctx)
	}
	cancelled, err := s.cancelledOf(ctx, b.Node)
	if err != nil {
		return job.Pulse{}, fmt.Errorf("beat of %s: %w", b.Node, err)
	}
	if err := s.sweep(ctx, now); err != nil {
		return job.Pulse{}, fmt.Errorf("sweep: %w", err)
	}
	return job.Pulse{Now: now, Cancelled: cancelled}, nil
}

// timeOf is given, or the time of the Store's clock when nothing was.
func (s *Store) timeOf(given time.Time) time.Time {
	if given.IsZero() {
		given = s.clock()
	}
	return job.Micro(given)
}

func (s *Store) setLease(ctx context.Context, b job.Beat, now time.Time) error {
	for try := range maxTries {
		if err := pause(ctx, try); err != nil {
			return err
		}
		read, err := s.leases.read(ctx, []string{b.Node})
		if err != nil {
			return err
		}
		next := &leaseValue{
			Until: now.Add(b.Lease).UnixMicro(),
			Ahead: now.Add(b.Ahead).UnixMicro(),
			Ended: b.Lease <= 0,
		}
		if head := read[b.Node].head; head != nil {
			next.Ahead = max(next.Ahead, head.Value.Ahead)
		}
		st := []*step[leaseValue]{{key: b.Node, from: read[b.Node], value: next}}
		if err := s.leases.append(ctx, st); err != nil {
			return err
		}
		if st[0].won {
			return nil
		}
	}
	return errUnsettled
}

// cancelledOf are the runs of node that somebody wants ended.
func (s *Store) cancelledOf(ctx context.Context, node string) ([]string, error) {
	keys, err := s.keysWhere(ctx, bson.D{{Key: "cancel", Value: node}})
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	now, err := s.jobs.read(ctx, keys)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, key := range keys {
		head := now[key].head
		if head == nil {
			continue
		}
		for _, r := range head.Value.live().runs {
			if r.Phase == job.Running && r.Owner.Node == node && r.Cancel {
				ids = append(ids, r.ID)
			}
		}
	}
	return ids, nil
}

// leased returns the leases of all nodes.
func (s *Store) leased(ctx context.Context) (map[string]leaseValue, error) {
	all, err := s.leases.all(ctx)
	if err != nil {
		return nil, err
	}
	leases := make(map[string]leaseValue, len(all))
	for node, c := range all {
		leases[node] = *c.head.Value
	}
	return leases, nil
}

// checkLease is job.ErrLease unless node has a lease at now.
func checkLease(leases map[string]leaseValue, node string, now time.Time) error {
	if l, ok := leases[node]; !ok || l.Until <= now.UnixMicro() {
		return fmt.Errorf("node %s %w", node, job.ErrLease)
	}
	return nil
}
