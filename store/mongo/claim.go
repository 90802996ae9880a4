package mongo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

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
	if c.store.scans {
		return c.scan(ctx)
	}
	return c.search(ctx)
}

// scan reads all jobs at once.
func (c *claim) scan(ctx context.Context) (job.Batch, error) {
	all, err := c.store.jobs.all(ctx)
	if err != nil {
		return job.Batch{}, err
	}
	b := job.Batch{Now: c.now}
	if b.Runs, err = c.takeOver(ctx, all); err != nil {
		return job.Batch{}, err
	}
	b.Jobs = c.due(all)
	if len(b.Jobs) > c.Limit {
		b.Jobs = b.Jobs[:c.Limit]
		c.wakeAt(c.now)
	}
	err = c.places(ctx, b.Jobs)
	b.NextDue = c.next
	return b, err
}

// search asks for what is busy and for what is due.
func (c *claim) search(ctx context.Context) (job.Batch, error) {
	keys, err := c.store.keysWhere(ctx, bson.D{{Key: "busy", Value: true}})
	if err != nil {
		return job.Batch{}, err
	}
	busy, err := c.store.jobs.read(ctx, keys)
	if err != nil {
		return job.Batch{}, err
	}
	b := job.Batch{Now: c.now}
	if b.Runs, err = c.takeOver(ctx, busy); err != nil {
		return job.Batch{}, err
	}
	var seen []string
	for more := true; more && len(b.Jobs) <= c.Limit; {
		var page map[string]*chain[jobValue]
		if page, more, err = c.duePage(ctx, &seen); err != nil {
			return job.Batch{}, err
		}
		b.Jobs = append(b.Jobs, c.due(page)...)
	}
	if len(b.Jobs) > c.Limit {
		b.Jobs = b.Jobs[:c.Limit]
		c.wakeAt(c.now)
	}
	err = c.places(ctx, b.Jobs)
	b.NextDue = c.next
	return b, err
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
func (c *claim) candidates(chains map[string]*chain[jobValue]) map[string]*chain[jobValue] {
	found := map[string]*chain[jobValue]{}
	for key, ch := range chains {
		if ch.head != nil && c.candidate(ch.head.Value) {
			found[key] = ch
		}
	}
	return found
}

func (c *claim) candidate(v *jobValue) bool {
	is := false
	for _, w := range v.Wait {
		if !c.serves(w.Needs) {
			continue
		}
		if at := time.UnixMicro(w.At).UTC(); at.After(c.now) {
			c.wakeAt(at)
		} else {
			is = true
		}
	}
	for _, n := range v.Nodes {
		switch {
		case n.Node == c.Node || !c.serves(n.Needs):
		case c.lost(n.Node):
			is = true
		default:
			c.wakeAt(time.UnixMicro(c.leases[n.Node].Until).UTC())
		}
	}
	return is
}

// due are those of chains that are due, the longest due first.
func (c *claim) due(chains map[string]*chain[jobValue]) []job.Due {
	var all []job.Due
	for key, ch := range chains {
		if slices.Contains(c.Except, key) {
			continue
		}
		if d, ok := c.dueJob(key, ch.head); ok {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b job.Due) int { return byNext(a.Job, b.Job) })
	return all
}

// duePage reads jobs that are due and were not seen. The first that is not due
// yet ends it.
func (c *claim) duePage(ctx context.Context, seen *[]string) (page map[string]*chain[jobValue], more bool, err error) {
	filter := bson.D{
		{Key: "due", Value: bson.D{{Key: "$exists", Value: true}}},
		{Key: "needs", Value: bson.D{{Key: "$in", Value: nonNil(c.Serves)}}},
	}
	if len(*seen) > 0 {
		filter = append(filter, bson.E{Key: "key", Value: bson.D{{Key: "$nin", Value: *seen}}})
	}
	limit := c.Limit + len(c.Except) + 1
	found, err := find[linkDocument](ctx, c.store.jobs.coll, filter, options.Find().
		SetProjection(bson.D{{Key: "key", Value: 1}, {Key: "due", Value: 1}}).
		SetSort(bson.D{{Key: "due", Value: 1}, {Key: "key", Value: 1}}).SetLimit(int64(limit)))
	if err != nil {
		return nil, false, err
	}
	more = len(found) == limit
	var keys []string
	for _, f := range found {
		if at := fromMicros(f.Columns.Due); at.After(c.now.Add(c.Horizon)) {
			c.wakeAt(at)
			more = false
			break
		}
		keys = append(keys, f.Key)
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	*seen = append(*seen, keys...)
	page, err = c.store.jobs.read(ctx, keys)
	if err != nil {
		return nil, false, err
	}
	return page, more, c.store.jobs.weed(ctx, page)
}

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// dueJob looks at the newest of a job that seems to be due.
func (c *claim) dueJob(key string, head *link[jobValue]) (job.Due, bool) {
	if head == nil || head.Value.due() == nil || !c.serves(head.Value.Needs) {
		return job.Due{}, false
	}
	// Before what is dear: most jobs are not due.
	if next := fromMicros(head.Value.State.Next); next.After(c.now.Add(c.Horizon)) {
		c.wakeAt(next)
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
