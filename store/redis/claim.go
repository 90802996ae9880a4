package redis

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// claimLimit is how many jobs one Claim returns at most, as many as a script
// reads within some milliseconds.
const claimLimit = 1000

// Claim implements job.Claims. It looks at what is due and not at what there is:
// a million jobs that are due later cost it nothing. Jobs are not kept from
// other nodes.
func (s *Store) Claim(ctx context.Context, c job.Claim) (job.Batch, error) {
	if c.Limit <= 0 || c.Limit > claimLimit {
		c.Limit = claimLimit
	}
	d, err := s.run(ctx, s.sc.claim, s.encodeClaim(c))
	if err != nil {
		return job.Batch{}, wrap("claim", err)
	}
	d.list()
	if !d.bool() {
		if d.fail != nil {
			return job.Batch{}, wrap("claim", d.fail)
		}
		return job.Batch{}, fmt.Errorf("claim: node %q %w", c.Node, job.ErrLease)
	}
	b := job.Batch{Now: d.time(), NextDue: d.time()}
	if err := s.readDue(d, &b); err != nil {
		return job.Batch{}, wrap("claim", err)
	}
	if err := s.readTaken(d, &b); err != nil {
		return job.Batch{}, wrap("claim", err)
	}
	uneven := s.tellDropped(d)
	if d.fail != nil {
		return job.Batch{}, wrap("claim", d.fail)
	}
	if uneven {
		s.healSoon()
	}
	return b, nil
}

func (s *Store) encodeClaim(c job.Claim) []byte {
	var e encoder
	e.list(5)
	e.str(c.Node)
	e.list(len(c.Serves))
	for _, needs := range c.Serves {
		e.str(needs)
	}
	bad := s.bad.all()
	for _, id := range c.Except {
		bad[id] = 0
	}
	e.pairs(len(bad))
	for id, rev := range bad {
		e.str(id)
		e.int(rev)
	}
	e.int(int64(c.Limit))
	e.int(c.Horizon.Microseconds())
	return e.buf
}

// readDue reads the jobs of a batch. Those that this release cannot decode are
// left for others, and not asked for again until they change.
func (s *Store) readDue(d *decoder, b *job.Batch) error {
	n := d.list() / 6
	b.Jobs = make([]job.Due, 0, n)
	for range n {
		id, spec, rawState := d.str(), d.str(), d.str()
		due, err := readLive(d)
		if err != nil {
			return err
		}
		for range d.listOrNone() {
			place, err := strconv.Atoi(d.str())
			if err != nil && d.fail == nil {
				return fmt.Errorf("places of a group: %w", err)
			}
			due.Places = append(due.Places, place)
		}
		slices.Sort(due.Places)
		if d.fail != nil {
			return d.fail
		}
		state, err := decodeState(rawState)
		if err != nil {
			return fmt.Errorf("state of job %q: %w", id, err)
		}
		if due.Job, err = s.decodeJob(id, spec); err != nil {
			s.bad.set(id, state.Rev)
			s.log.Warn("job cannot be decoded, and waits for a release that can", "job", id, "err", err)
			continue
		}
		due.Job.State = state
		b.Jobs = append(b.Jobs, due)
	}
	return nil
}

// readLive reads the runs that live of a job.
func readLive(d *decoder) (job.Due, error) {
	var due job.Due
	ids := make([]string, d.listOrNone())
	for i := range ids {
		ids[i] = d.str()
	}
	for i := range d.listOrNone() {
		row := d.str()
		if d.fail != nil || row == "" {
			continue
		}
		r, _, err := decodeRun(ids[i], row)
		if err != nil {
			return due, err
		}
		due.Live = append(due.Live, r)
	}
	return due, nil
}

func (s *Store) readTaken(d *decoder, b *job.Batch) error {
	for range d.list() {
		d.list()
		id, row, text := d.str(), d.str(), d.str()
		t := job.Taken{From: job.Owner{Node: d.str(), Token: d.int()}, Began: d.bool()}
		if d.fail != nil {
			return d.fail
		}
		var hash string
		var err error
		if t.Run, hash, err = decodeRun(id, row); err != nil {
			return err
		}
		if t.Run.Work, err = s.decodeWork(hash, text); err != nil {
			return fmt.Errorf("run %q: %w", id, err)
		}
		b.Runs = append(b.Runs, t)
	}
	slices.SortStableFunc(b.Runs, func(a, b job.Taken) int { return a.Run.Due.Compare(b.Run.Due) })
	return nil
}

// decodeWork is decodeWork, at no cost for what was decoded before.
func (s *Store) decodeWork(hash, text string) (job.Work, error) {
	if w, ok := s.known.get(hash); ok {
		return w, nil
	}
	w, err := decodeWork(text)
	if err == nil {
		s.known.set(hash, w)
	}
	return w, err
}

// tellDropped logs jobs that were listed and are not there. It reports whether
// the numbers of what is kept do not fit together.
func (s *Store) tellDropped(d *decoder) (uneven bool) {
	for range d.list() {
		d.list()
		id, gone := d.str(), d.bool()
		if gone {
			s.log.Warn("job was removed by hand: what was left of it is removed", "job", id)
		}
		uneven = true
	}
	return d.bool() || uneven
}

// Beat implements job.Claims. A promise is not taken back by a later, shorter one.
func (s *Store) Beat(ctx context.Context, b job.Beat) (job.Pulse, error) {
	var e encoder
	e.list(3)
	e.str(b.Node)
	e.int(max(0, b.Lease.Microseconds()))
	e.int(max(0, b.Ahead.Microseconds()))
	d, err := s.run(ctx, s.sc.beat, e.buf)
	if err != nil {
		return job.Pulse{}, wrap("beat", err)
	}
	d.list()
	p := job.Pulse{Now: d.time()}
	for range d.list() {
		p.Cancelled = append(p.Cancelled, d.str())
	}
	slices.Sort(p.Cancelled)
	return p, wrap("beat", d.fail)
}
