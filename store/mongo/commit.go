package mongo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Commit implements job.Store. Whether the node has a lease is judged by the
// Store's clock.
func (s *Store) Commit(ctx context.Context, node string, advances []job.Advance) ([]job.Committed, error) {
	now := s.timeOf(time.Time{})
	leases, err := s.leased(ctx)
	if err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	if err := checkLease(leases, node, now); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	c := &commit{store: s, node: node, now: now, advances: advances, answers: make([]job.Committed, len(advances))}
	if err := s.update(ctx, c.keys(), c.plan); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	if c.signal {
		if err := s.signal(ctx); err != nil {
			return nil, fmt.Errorf("commit: %w", err)
		}
	}
	return c.answers, nil
}

// commit is one call of Commit.
type commit struct {
	store    *Store
	node     string
	now      time.Time
	advances []job.Advance
	answers  []job.Committed
	index    map[string]int // of the advance of a job
	signal   bool           // others should look
}

// keys are the jobs; a second Advance of a job cannot have its new revision.
func (c *commit) keys() []string {
	c.index = make(map[string]int, len(c.advances))
	var keys []string
	for i, a := range c.advances {
		if _, twice := c.index[a.ID]; twice {
			c.answers[i].Err = fmt.Errorf("job %q %w", a.ID, job.ErrChanged)
			continue
		}
		c.index[a.ID] = i
		keys = append(keys, a.ID)
	}
	return keys
}

func (c *commit) plan(ctx context.Context, now map[string]*chain[jobValue]) (map[string]*jobValue, error) {
	fit := map[string]*job.Advance{}
	for key, ch := range now {
		i := c.index[key]
		a := &c.advances[i]
		c.answers[i] = job.Committed{Err: c.check(a, ch.head)}
		if c.answers[i].Err == nil {
			fit[key] = a
		}
	}
	if err := c.refuseKnown(ctx, fit, now); err != nil {
		return nil, err
	}
	if err := c.takePlaces(ctx, fit, now); err != nil {
		return nil, err
	}
	running := 0
	for _, a := range fit {
		running += countRunning(a.Runs)
	}
	token, err := c.store.tokenRange(ctx, running)
	if err != nil {
		return nil, err
	}
	want := map[string]*jobValue{}
	for key, a := range fit {
		next, err := c.next(a, now[key].head, token)
		if err != nil {
			c.answers[c.index[key]].Err = err
			continue
		}
		token += int64(countRunning(a.Runs))
		want[key] = next
	}
	return want, nil
}

func countRunning(runs []job.Run) int {
	n := 0
	for _, r := range runs {
		if r.Phase == job.Running {
			n++
		}
	}
	return n
}

// check says what of the job itself is against an Advance.
func (c *commit) check(a *job.Advance, head *link[jobValue]) error {
	if head == nil || head.Value.Gone {
		return fmt.Errorf("job %q %w", a.ID, job.ErrNotFound)
	}
	if head.Value.Rev != a.Rev {
		return fmt.Errorf("job %q %w", a.ID, job.ErrChanged)
	}
	var instances []int
	for _, r := range head.Value.live().runs {
		if r.Phase == job.Running {
			instances = append(instances, r.Instance)
		}
	}
	for _, r := range a.Runs {
		if r.Phase != job.Running || r.Instance < 0 {
			continue
		}
		if slices.Contains(instances, r.Instance) {
			return fmt.Errorf("job %q %w", a.ID, job.ErrLimit)
		}
		instances = append(instances, r.Instance)
	}
	return nil
}

// refuseKnown drops advances with runs that there are already. Only runs of
// slots up to Top, and the first ones, can be in the history.
func (c *commit) refuseKnown(ctx context.Context, fit map[string]*job.Advance, now map[string]*chain[jobValue]) error {
	owners := map[string]string{} // of the IDs to look for
	for key, a := range fit {
		v, seen := now[key].head.Value, map[string]bool{}
		for _, r := range a.Runs {
			if v.has(r.ID) || seen[r.ID] {
				c.refuse(fit, key)
				break
			}
			seen[r.ID] = true
			if v.Top == nil || r.Slot.UnixMicro() <= *v.Top || r.ID != job.RunID(a.ID, r.Slot) {
				owners[r.ID] = key
			}
		}
	}
	ids := make([]string, 0, len(owners))
	for id := range owners {
		ids = append(ids, id)
	}
	known, err := existing(ctx, c.store.runs, ids)
	if err != nil || len(known) == 0 {
		return err
	}
	// Somebody may have committed and finished the run since the job was read.
	var keys []string
	for id := range known {
		keys = append(keys, owners[id])
	}
	again, err := c.store.jobs.read(ctx, keys)
	if err != nil {
		return err
	}
	for _, key := range keys {
		c.refuse(fit, key)
		if err := c.check(&c.advances[c.index[key]], again[key].head); err != nil {
			c.answers[c.index[key]].Err = err
		}
	}
	return nil
}

func (c *commit) refuse(fit map[string]*job.Advance, key string) {
	c.answers[c.index[key]].Err = fmt.Errorf("a run of job %q %w", key, job.ErrExists)
	delete(fit, key)
}

// has says whether id lives, or waits to be copied to the history.
func (v *jobValue) has(id string) bool {
	is := func(f runForm) bool { return f.ID == id }
	return slices.ContainsFunc(v.Live, is) || slices.ContainsFunc(v.Done, is)
}

// takePlaces drops advances whose places in concurrency groups are held.
func (c *commit) takePlaces(ctx context.Context, fit map[string]*job.Advance, now map[string]*chain[jobValue]) error {
	var wants []*want
	for key, a := range fit {
		for _, r := range a.Runs {
			if r.Phase == job.Running && r.Place >= 0 {
				wants = append(wants, &want{
					group: r.Work.Policy.Group, place: r.Place, run: r.ID, job: key, from: now[key].head.Nonce,
				})
			}
		}
	}
	if err := c.store.takePlaces(ctx, wants); err != nil {
		return err
	}
	for _, w := range wants {
		if w.got < 0 {
			c.answers[c.index[w.job]].Err = fmt.Errorf("job %q, group %q %w", w.job, w.group, job.ErrLimit)
			delete(fit, w.job)
		}
	}
	return nil
}

// next is what a job is set to. Tokens are given from token on.
func (c *commit) next(a *job.Advance, head *link[jobValue], token int64) (*jobValue, error) {
	next := head.Value.next()
	next.Rev++
	answer := &c.answers[c.index[a.ID]]
	answer.Rev, answer.Tokens = next.Rev, make([]int64, len(a.Runs))
	l := next.live()
	for _, id := range a.Cancel {
		if r := l.find(id); r != nil {
			cancel(r, c.now)
			c.signal = true
		}
	}
	for i, r := range a.Runs {
		if r.Phase == job.Running {
			r.Owner = job.Owner{Node: c.node, Token: token}
			answer.Tokens[i] = token
			token++
		}
		c.signal = c.signal || r.Phase == job.Waiting
		if us := r.Slot.UnixMicro(); next.Top == nil || us > *next.Top {
			next.Top = &us
		}
		l.runs = append(l.runs, r)
	}
	if _, err := next.decode(a.ID); err != nil {
		return nil, fmt.Errorf("job %q cannot be decoded: %w", a.ID, job.ErrChanged)
	}
	next.setState(a.State)
	if a.Remove {
		next.remove()
	}
	return next, next.set(l)
}
