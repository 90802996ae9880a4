package mongo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Nodes implements job.NodeLister. The time is that of the Store's clock.
func (s *Store) Nodes(ctx context.Context) ([]job.Node, error) {
	leases, err := s.leased(ctx)
	if err != nil {
		return nil, fmt.Errorf("list nodes: %w", err)
	}
	runs, err := s.runsByOwner(ctx)
	if err != nil {
		return nil, fmt.Errorf("list nodes: %w", err)
	}
	now := s.timeOf(time.Time{})
	var nodes []job.Node
	for name, l := range leases {
		n := job.Node{Name: name, Until: time.UnixMicro(l.Until).UTC(), Runs: runs[name]}
		n.Alive = n.Until.After(now)
		if n.Runs > 0 || !l.Ended && n.Until.Add(job.RememberNodes).After(now) {
			nodes = append(nodes, n)
		}
	}
	slices.SortFunc(nodes, func(a, b job.Node) int { return strings.Compare(a.Name, b.Name) })
	return nodes, nil
}

// runsByOwner is how many runs each node holds.
func (s *Store) runsByOwner(ctx context.Context) (map[string]int, error) {
	keys, err := s.keysWhere(ctx, bson.D{{Key: "busy", Value: true}})
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	busy, err := s.jobs.read(ctx, keys)
	if err != nil {
		return nil, err
	}
	runs := map[string]int{}
	for _, c := range busy {
		if c.head == nil {
			continue
		}
		for _, r := range c.head.Value.live().runs {
			if r.Phase == job.Running {
				runs[r.Owner.Node]++
			}
		}
	}
	return runs, nil
}

// forgotten reports whether nothing speaks of the node any more, if it holds no
// runs.
func (l *leaseValue) forgotten(now time.Time) bool {
	over := now.Sub(time.UnixMicro(l.Until))
	return over > rest && (l.Ended || over > job.RememberNodes)
}
