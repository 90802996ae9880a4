package redis

import (
	"context"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Nodes implements job.NodeLister.
func (s *Store) Nodes(ctx context.Context) ([]job.Node, error) {
	var e encoder
	e.list(1)
	e.int(job.RememberNodes.Microseconds())
	d, err := s.run(ctx, s.sc.nodes, e.buf)
	if err != nil {
		return nil, wrap("list nodes", err)
	}
	d.list()
	now := d.time()
	var nodes []job.Node
	for range d.list() / 3 {
		n := job.Node{Name: d.str(), Until: d.time(), Runs: int(d.int())}
		n.Alive = n.Until.After(now)
		nodes = append(nodes, n)
	}
	slices.SortFunc(nodes, func(a, b job.Node) int { return strings.Compare(a.Name, b.Name) })
	return nodes, wrap("list nodes", d.fail)
}
