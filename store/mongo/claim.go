package mongo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Claim implements job.Store. The time is that of the node.
func (s *Store) Claim(ctx context.Context, c job.Claim) (job.Batch, error) {
	cl := &claim{store: s, Claim: c, now: s.timeOf(c.Now)}
	if cl.Limit <= 0 {
		cl.Limit = defaultLimit
	}
	batch, err := cl.run(ctx)
	if err != nil {
		return job.Batch{}, fmt.Errorf("claim: %w", err)
	}
	return batch, nil
}

// defaultLimit is the Limit of a Claim that names none.
const defaultLimit = 1000

// claim is one call of Claim.
type claim struct {
	job.Claim
	store  *Store
	now    time.Time
	leases map[string]leaseValue
	next   time.Time // Batch.NextDue so far
}

func (c *claim) run(ctx context.Context) (job.Batch, error) {
	var err error
	if c.leases, err = c.store.leased(ctx); err != nil {
		return job.Batch{}, err
	}
	if err := checkLease(c.leases, c.Node, c.now); err != nil {
		return job.Batch{}, err
	}
	busy, err := find[summaryForm](ctx, c.store.jobs.coll, bson.D{{Key: "v.busy", Value: true}}, summary())
	if err != nil {
		return job.Batch{}, err
	}
	taken, err := c.takeOver(ctx, c.candidates(busy))
	if err != nil {
		return job.Batch{}, err
	}
	due, err := c.due(ctx)
	if err != nil {
		return job.Batch{}, err
	}
	return job.Batch{Now: c.now, Jobs: due, Runs: taken, NextDue: c.next}, nil
}

// wakeAt makes Batch.NextDue no later than t.
func (c *claim) wakeAt(t time.Time) {
	if c.next.IsZero() || t.Before(c.next) {
		c.next = t
	}
}

// lost says whether the lease of a node is over.
func (c *claim) lost(node string) bool {
	return checkLease(c.leases, node, c.now) != nil
}

func (c *claim) serves(needs string) bool { return slices.Contains(c.Serves, needs) }

// candidates are the jobs with runs that may be taken over now. When there
// may be more is noted.
func (c *claim) candidates(busy []*summaryForm) []string {
	var keys []string
	for _, b := range busy {
		candidate := false
		for _, w := range b.Value.Wait {
			if !c.serves(w.Needs) {
				continue
			}
			if at := time.UnixMicro(w.At).UTC(); at.After(c.now) {
				c.wakeAt(at)
			} else {
				candidate = true
			}
		}
		for _, n := range b.Value.Nodes {
			switch {
			case n.Node == c.Node || !c.serves(n.Needs):
			case c.lost(n.Node):
				candidate = true
			default:
				c.wakeAt(time.UnixMicro(c.leases[n.Node].Until).UTC())
			}
		}
		if candidate {
			keys = append(keys, b.Key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// due returns the jobs that are due, the longest due first.
func (c *claim) due(ctx context.Context) ([]job.Due, error) {
	var all []job.Due
	var seen []string
	for {
		page, more, err := c.duePage(ctx, &seen)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(all) > c.Limit {
			all = all[:c.Limit]
			c.wakeAt(c.now)
		}
		if !more || len(all) == c.Limit {
			return all, c.places(ctx, all)
		}
	}
}

// duePage reads jobs that are due and were not seen. The first that is not due
// yet ends it.
func (c *claim) duePage(ctx context.Context, seen *[]string) (page []job.Due, more bool, err error) {
	filter := bson.D{
		{Key: "v.due", Value: bson.D{{Key: "$exists", Value: true}}},
		{Key: "v.needs", Value: bson.D{{Key: "$in", Value: nonNil(c.Serves)}}},
	}
	if len(*seen) > 0 {
		filter = append(filter, bson.E{Key: "key", Value: bson.D{{Key: "$nin", Value: *seen}}})
	}
	limit := c.Limit + len(c.Except) + 1
	found, err := find[summaryForm](ctx, c.store.jobs.coll, filter,
		summary().SetSort(bson.D{{Key: "v.due", Value: 1}, {Key: "key", Value: 1}}).SetLimit(int64(limit)))
	if err != nil {
		return nil, false, err
	}
	more = len(found) == limit
	var keys []string
	for _, f := range found {
		if at := fromMicros(f.Value.Due); at.After(c.now.Add(c.Horizon)) {
			c.wakeAt(at)
			more = false
			break
		}
		if !slices.Contains(keys, f.Key) && !slices.Contains(c.Except, f.Key) {
			keys = append(keys, f.Key)
		}
	}
	*seen = append(append(*seen, keys...), c.Except...)
	now, err := c.store.jobs.read(ctx, keys)
	if err != nil {
		return nil, false, err
	}
	for _, key := range keys {
		if d, ok := c.dueJob(key, now[key].head); ok {
			page = append(page, d)
		}
	}
	return page, more, c.store.jobs.weed(ctx, now)
}

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// dueJob looks at the newest of a job that seems to be due.
func (c *claim) dueJob(key string, head *link[jobValue]) (job.Due, bool) {
	if head == nil || head.Value.Due == nil || !c.serves(head.Value.Needs) {
		return job.Due{}, false
	}
	j, err := head.Value.decode(key)
	if err != nil {
		return job.Due{}, false // parked
	}
	live := head.Value.live().runs
	horizon := c.now.Add(c.Horizon)
	if atLimit(j.Policy, live) {
		horizon = c.now
	}
	if j.State.Next.After(horizon) {
		c.wakeAt(j.State.Next)
		return job.Due{}, false
	}
	return job.Due{Job: j, Live: live}, true
}

// atLimit says whether as many runs live as may.
func atLimit(p job.Policy, live []job.Run) bool {
	held := 0
	for _, r := range live {
		if r.Instance >= 0 {
			held++
		}
	}
	return p.Overlap != job.AllowOverlap && held >= max(1, p.MaxInstances)
}

// places fills in which places of the groups of jobs are held.
func (c *claim) places(ctx context.Context, all []job.Due) error {
	var groups []string
	for _, d := range all {
		groups = append(groups, d.Job.Policy.Group)
	}
	held, err := c.store.heldPlaces(ctx, groups)
	if err != nil {
		return err
	}
	for i := range all {
		if group := all[i].Job.Policy.Group; group != "" {
			all[i].Places = held[group]
		}
	}
	return nil
}
