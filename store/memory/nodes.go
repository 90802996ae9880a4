package memory

import (
	"context"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Nodes implements job.NodeLister.
func (s *Store) Nodes(ctx context.Context) ([]job.Node, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	var nodes []job.Node
	for _, n := range s.nodes {
		if !n.forgotten(now) {
			nodes = append(nodes, job.Node{Name: n.name, Until: n.expires.time(), Alive: n.expires > now, Runs: len(n.running)})
		}
	}
	slices.SortFunc(nodes, func(a, b job.Node) int { return strings.Compare(a.Name, b.Name) })
	return nodes, nil
}

// forgotten reports whether nothing speaks of n any more.
func (n *node) forgotten(now micros) bool {
	return len(n.running) == 0 && n.expires.add(job.RememberNodes) <= now
}
