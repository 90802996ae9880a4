package memory

import (
	"cmp"
	"context"
	"maps"
	"slices"

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

func (c *claiming) expect(t micros) { c.next = min(c.next, t) }

func (c *claiming) full() bool { return c.ask.Limit > 0 && len(c.batch.Runs) >= c.ask.Limit }

// lost takes the runs of nodes over whose lease is over.
func (c *claiming) lost() {
	for _, name := range slices.Sorted(maps.Keys(c.nodes)) {
		n := c.nodes[name]
		switch {
		case n == c.self:
		case n.expires > c.now:
			if slices.ContainsFunc(n.running, c.serves) {
				c.expect(n.expires)
			}
		case !c.inherit(n):
			return
		case n.forgotten(c.now):
			delete(c.nodes, name)
		}
	}
}

func (c *claiming) serves(r *row) bool { return slices.Contains(c.ask.Serves, r.needs()) }

// inherit takes the runs of n over, in the order of their tokens, and reports
// whether there was room for all.
func (c *claiming) inherit(n *node) bool {
	rows := slices.Clone(n.running)
	slices.SortFunc(rows, func(a, b *row) int { return cmp.Compare(a.owner.Token, b.owner.Token) })
	for _, r := range rows {
		if !c.serves(r) {
			continue
		}
		if c.full() {
			c.expect(c.now)
			return false
		}
		taken := job.Taken{From: r.owner, Began: r.due <= n.until}
		n.drop(r)
		c.give(r, c.self)
		taken.Run = r.run()
		c.batch.Runs = append(c.batch.Runs, taken)
	}
	return true
}

// ready takes runs over that wait, are due, and have room.
func (c *claiming) ready() {
	var w walk[*row]
	for _, needs := range c.ask.Serves {
		if v := c.services[needs]; v != nil {
			w.add(&v.waiting)
		}
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
			r.instance, r.held = int32(instance), int32(place)
			c.hold(r)
			take = append(take, r)
		}
		w.next()
	}
	for _, r := range take {
		r.class.service.waiting.remove(r)
		c.give(r, c.self)
		c.batch.Runs = append(c.batch.Runs, job.Taken{Run: r.run()})
	}
}

// room finds free unique records for a run that waits.
func (s *Store) room(r *row) (instance, place int, free bool) {
	instance, place = -1, -1
	p := &r.class.policy
	if p.Overlap != job.AllowOverlap {
		for instance = 0; r.past.holds(instance); instance++ {
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
	found := c.find()
	c.batch.Jobs = make([]job.Due, len(found))
	for i, e := range found {
		c.fill(&c.batch.Jobs[i], e)
	}
}

// find goes through what is due, the longest due first.
func (c *claiming) find() (found []*entry) {
	var w walk[*entry]
	for _, needs := range c.ask.Serves {
		if v := c.services[needs]; v != nil {
			w.add(&v.jobs)
		}
	}
	horizon := c.now.add(c.ask.Horizon)
	c.seen = max(c.seen, horizon)
	for e, ok := w.peek(); ok; e, ok = w.peek() {
		if e.next > horizon {
			c.expect(e.next)
			return found
		}
		switch {
		case len(c.ask.Except) > 0 && slices.Contains(c.ask.Except, e.id):
		case e.next > c.now && e.atLimit():
			c.expect(e.next)
		case c.ask.Limit > 0 && len(found) >= c.ask.Limit:
			c.expect(c.now)
			return found
		default:
			found = append(found, e)
		}
		w.next()
	}
	return found
}

// atLimit reports whether as many runs of e live as may.
func (e *entry) atLimit() bool {
	p := &e.class.policy
	return e.past != nil && p.Overlap != job.AllowOverlap && e.past.instances() >= max(p.MaxInstances, 1)
}

// fill makes d a job with what lives of it.
func (c *claiming) fill(d *job.Due, e *entry) {
	d.Job = e.job()
	if e.past != nil && len(e.past.live) > 0 {
		d.Live = make([]job.Run, 0, len(e.past.live))
		for _, r := range e.past.live {
			d.Live = append(d.Live, r.run())
		}
		slices.SortStableFunc(d.Live, func(a, b job.Run) int { return a.Slot.Compare(b.Slot) })
	}
	if group := e.class.policy.Group; group != "" {
		d.Places = slices.Sorted(maps.Keys(c.groups[group]))
	}
}
