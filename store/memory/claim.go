package memory

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// claiming is one Claim under way.
type claiming struct {
	*Store
	ask   job.Claim
	self  *node
	now   micros
	next  micros // NextDue
	batch job.Batch
}

// Claim implements job.Claims.
func (s *Store) Claim(ctx context.Context, c job.Claim) (job.Batch, error) {
	if err := ctx.Err(); err != nil {
		return job.Batch{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	self, err := s.living(c.Node, now)
	if err != nil {
		return job.Batch{}, err
	}
	w := &claiming{Store: s, ask: c, self: self, now: now, next: never}
	w.batch.Now = now.time()
	w.lost()
	w.ready()
	w.due()
	w.batch.NextDue = w.next.time()
	return w.batch, nil
}

// living is the node with that name, if its lease lives.
func (s *Store) living(name string, now micros) (*node, error) {
	n := s.nodes[name]
	if n == nil || n.expires <= now {
		return nil, job.ErrLease
	}
	return n, nil
}

func (c *claiming) expect(t micros) { c.next = min(c.next, t) }

func (c *claiming) full() bool { return c.ask.Limit > 0 && len(c.batch.Runs) >= c.ask.Limit }

// lost takes the runs of nodes over whose lease is over.
func (c *claiming) lost() {
	for _, name := range slices.Sorted(maps.Keys(c.nodes)) {
		n := c.nodes[name]
		if n == c.self {
			continue
		}
		if n.expires > c.now {
			if c.servesAny(n) {
				c.expect(n.expires)
			}
			continue
		}
		for _, r := range inOrder(n) {
			if !slices.Contains(c.ask.Serves, r.run.Work.Needs()) {
				continue
			}
			if c.full() {
				c.expect(c.now)
				return
			}
			taken := job.Taken{From: r.run.Owner, Began: microsOf(r.run.Due) <= n.until}
			delete(n.running, r)
			c.give(r, c.ask.Node, c.self)
			taken.Run = r.run
			c.batch.Runs = append(c.batch.Runs, taken)
		}
		if len(n.running) == 0 {
			delete(c.nodes, name)
		}
	}
}

// servesAny reports whether the node that claims could take a run of n over.
func (c *claiming) servesAny(n *node) bool {
	for r := range n.running {
		if slices.Contains(c.ask.Serves, r.run.Work.Needs()) {
			return true
		}
	}
	return false
}

// inOrder are the runs of n, in the order of their tokens.
func inOrder(n *node) []*row {
	rows := make([]*row, 0, len(n.running))
	for r := range n.running {
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b *row) int { return int(a.run.Owner.Token - b.run.Owner.Token) })
	return rows
}

// ready takes runs over that wait, are due, and have room.
func (c *claiming) ready() {
	var w walk[*row]
	for _, needs := range c.ask.Serves {
		w.add(c.waiting[needs])
	}
	var take []*row
	for r, ok := w.peek(); ok; r, ok = w.peek() {
		if r.due > c.now {
			c.expect(r.due)
			break
		}
		if c.ask.Limit > 0 && len(c.batch.Runs)+len(take) >= c.ask.Limit {
			c.expect(c.now)
			break
		}
		if instance, place, free := c.room(r); free {
			// Held at once, so that the next one that waits does not get them too.
			r.run.Instance, r.run.Place = instance, place
			c.hold(r)
			take = append(take, r)
		}
		w.next()
	}
	for _, r := range take {
		c.unwait(r)
		c.give(r, c.ask.Node, c.self)
		c.batch.Runs = append(c.batch.Runs, job.Taken{Run: r.run})
	}
}

// room finds free unique records for a run that waits.
func (s *Store) room(r *row) (instance, place int, free bool) {
	instance, place = -1, -1
	p := r.run.Work.Policy
	if p.Overlap != job.AllowOverlap {
		past := s.pasts[r.run.Job]
		for instance = 0; past.holds(instance); instance++ {
		}
		if instance >= max(p.MaxInstances, 1) {
			return -1, -1, false
		}
	}
	if p.Group != "" {
		for place = 0; s.groups[p.Group][place] != nil; place++ {
		}
		if place >= p.GroupLimit {
			return -1, -1, false
		}
	}
	return instance, place, true
}

// due lists the jobs that are due.
func (c *claiming) due() {
	var w walk[*entry]
	for _, needs := range c.ask.Serves {
		w.add(c.queues[needs])
	}
	horizon := c.now + micros(c.ask.Horizon/time.Microsecond)
	c.seen = max(c.seen, horizon)
	for e, ok := w.peek(); ok; e, ok = w.peek() {
		if e.next > horizon {
			c.expect(e.next)
			return
		}
		switch {
		case len(c.ask.Except) > 0 && slices.Contains(c.ask.Except, e.id):
		case e.next > c.now && e.atLimit():
			c.expect(e.next)
		case c.ask.Limit > 0 && len(c.batch.Jobs) >= c.ask.Limit:
			c.expect(c.now)
			return
		default:
			c.batch.Jobs = append(c.batch.Jobs, c.claimed(e))
		}
		w.next()
	}
}

// atLimit reports whether as many runs of e live as may.
func (e *entry) atLimit() bool {
	p := e.spec.policy
	return e.past != nil && p.Overlap != job.AllowOverlap && e.past.instances() >= max(p.MaxInstances, 1)
}

// claimed is a job with what lives of it.
func (c *claiming) claimed(e *entry) job.Due {
	d := job.Due{Job: e.job()}
	if e.past != nil && len(e.past.live) > 0 {
		d.Live = make([]job.Run, 0, len(e.past.live))
		for _, r := range e.past.live {
			d.Live = append(d.Live, r.run)
		}
		slices.SortStableFunc(d.Live, func(a, b job.Run) int { return a.Slot.Compare(b.Slot) })
	}
	if group := e.spec.policy.Group; group != "" {
		for place := range c.groups[group] {
			d.Places = append(d.Places, place)
		}
		slices.Sort(d.Places)
	}
	return d
}

// Beat implements job.Claims.
func (s *Store) Beat(ctx context.Context, b job.Beat) (job.Pulse, error) {
	if err := ctx.Err(); err != nil {
		return job.Pulse{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	p := job.Pulse{Now: now.time()}
	n := s.nodes[b.Node]
	if b.Lease <= 0 {
		if n != nil {
			n.expires = now
			s.forget(b.Node, n)
			s.notify()
		}
		return p, nil
	}
	if n == nil {
		n = &node{until: now + micros(b.Ahead/time.Microsecond), running: make(map[*row]struct{})}
		s.nodes[b.Node] = n
	}
	n.expires = now + micros(b.Lease/time.Microsecond)
	// A promise is not taken back: what it covered may have begun.
	n.until = max(n.until, now+micros(b.Ahead/time.Microsecond))
	for r := range n.running {
		if r.run.Cancel {
			p.Cancelled = append(p.Cancelled, r.run.ID)
		}
	}
	slices.SortFunc(p.Cancelled, strings.Compare)
	return p, nil
}

// forget drops a node that has nothing.
func (s *Store) forget(name string, n *node) {
	if len(n.running) == 0 {
		delete(s.nodes, name)
	}
}
