package memory

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// node is a scheduler as its last Beat told.
type node struct {
	name    string
	expires micros
	until   micros // it begins nothing that is due later
	running []*row // in no order; row.at is the place in it
}

func (n *node) add(r *row) {
	r.at = int32(len(n.running))
	n.running = append(n.running, r)
}

func (n *node) drop(r *row) {
	last := len(n.running) - 1
	moved := n.running[last]
	n.running[r.at], n.running[last] = moved, nil
	n.running = n.running[:last]
	moved.at, r.at = r.at, -1
}

// living is the node with that name, if its lease lives.
func (s *Store) living(name string, now micros) (*node, error) {
	n := s.nodes[name]
	if n == nil || n.expires <= now {
		return nil, job.ErrLease
	}
	return n, nil
}

// Beat implements job.Claims.
func (s *Store) Beat(ctx context.Context, b job.Beat) (job.Pulse, error) {
	if err := ctx.Err(); err != nil {
		return job.Pulse{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	if b.Lease <= 0 {
		s.endLease(b.Node, now)
		return job.Pulse{Now: now.time()}, nil
	}
	n := s.nodes[b.Node]
	if n == nil {
		n = &node{name: b.Node, until: now}
		s.nodes[b.Node] = n
	}
	n.expires = now.add(b.Lease)
	// A promise is not taken back: what it covered may have begun.
	n.until = max(n.until, now.add(b.Ahead))
	p := job.Pulse{Now: now.time()}
	for _, r := range n.running {
		if r.cancel {
			p.Cancelled = append(p.Cancelled, r.id)
		}
	}
	slices.SortFunc(p.Cancelled, strings.Compare)
	return p, nil
}

// endLease makes the runs of a node free for others.
func (s *Store) endLease(name string, now micros) {
	n := s.nodes[name]
	if n == nil {
		return
	}
	n.expires = now
	if len(n.running) == 0 {
		delete(s.nodes, name)
		return
	}
	s.notify()
}

func (m micros) add(d time.Duration) micros { return m + micros(d/time.Microsecond) }
