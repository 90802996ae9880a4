package mongo

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// maxTries is how often an operation is begun anew because others were
// faster. It is trouble with the store after that.
const maxTries = 40

// plan says what jobs are to be set to, given what is stored of them. A job
// without an entry is left alone. It is asked again, with what is stored then,
// for those that somebody else has set meanwhile.
type plan func(ctx context.Context, now map[string]*chain[jobValue]) (map[string]*jobValue, error)

// update sets the registers of jobs by compare-and-set until all that p wants
// is done, and carries out what follows from it.
func (s *Store) update(ctx context.Context, keys []string, p plan) error {
	now, err := s.jobs.read(ctx, keys)
	if err != nil {
		return err
	}
	return s.updateFrom(ctx, now, p)
}

// updateFrom is update of jobs that were read already. What they are set to, or
// found to be, is in now afterwards.
func (s *Store) updateFrom(ctx context.Context, now map[string]*chain[jobValue], p plan) error {
	left := maps.Clone(now)
	for try := range maxTries {
		if len(left) == 0 {
			return nil
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
		want, err := p(ctx, left)
		if err != nil {
			return err
		}
		var steps []*step[jobValue]
		for _, key := range slices.Sorted(maps.Keys(want)) {
			steps = append(steps, &step[jobValue]{key: key, from: left[key], value: want[key]})
		}
		if err := s.setJobs(ctx, steps); err != nil {
			return err
		}
		var lost []string
		for _, st := range steps {
			if st.won {
				now[st.key] = &chain[jobValue]{root: st.from.root, head: st.link}
			} else {
				lost = append(lost, st.key)
			}
		}
		if left, err = s.jobs.read(ctx, lost); err != nil {
			return err
		}
		maps.Copy(now, left)
	}
	return fmt.Errorf("set jobs: others were faster %d times: %w", maxTries, errUnsettled)
}

// pause lets others finish after the first tries were lost.
func pause(ctx context.Context, try int) error {
	if try < 2 {
		return nil
	}
	timer := time.NewTimer(rand.N(time.Duration(min(try, 20)) * time.Millisecond))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// setJobs appends links to the registers of jobs and carries out what follows
// from it. A link is followed, and deleted, only after its rows are in the
// history; those of the newest may be there or not.
func (s *Store) setJobs(ctx context.Context, steps []*step[jobValue]) error {
	var before, after []*link[jobValue]
	for _, st := range steps {
		before = append(before, st.from.head)
	}
	if err := s.copyDone(ctx, before); err != nil {
		return err
	}
	if err := s.jobs.append(ctx, steps); err != nil {
		return err
	}
	for _, st := range steps {
		if st.won {
			after = append(after, st.link)
		}
	}
	return s.copyDone(ctx, after)
}

// copyDone writes the rows that links carry into the history, unless this
// Store did. A row that is there already is the same one.
func (s *Store) copyDone(ctx context.Context, links []*link[jobValue]) error {
	var rows []historyForm
	var nonces []string
	for _, l := range links {
		if l == nil || len(l.Value.Done) == 0 || s.copied.has(l.Nonce) {
			continue
		}
		nonces = append(nonces, l.Nonce)
		for _, f := range l.Value.Done {
			row, err := historyOf(f)
			if err != nil {
				return fmt.Errorf("copy run %q to the history: %w", f.ID, err)
			}
			rows = append(rows, row)
		}
	}
	_, err := insert(ctx, s.runs, rows)
	if err == nil {
		s.copied.add(nonces)
	}
	return err
}

// copiedLimit is how many links a Store remembers to have copied the rows of.
const copiedLimit = 10_000

// copied remembers the nonces of links. It may forget: then rows are copied
// again.
type copied struct {
	mu     sync.Mutex
	nonces map[string]struct{}
}

func (c *copied) has(nonce string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.nonces[nonce]
	return ok
}

func (c *copied) add(nonces []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.nonces == nil || len(c.nonces) > copiedLimit {
		c.nonces = make(map[string]struct{})
	}
	for _, n := range nonces {
		c.nonces[n] = struct{}{}
	}
}
