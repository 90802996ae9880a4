package sqlstore

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// DueQuery asks for jobs that are due.
type DueQuery struct {
	Node    string
	Serves  []string
	Except  []string // IDs
	Now     int64
	Horizon int64 // the latest next time
	Limit   int   // jobs
	Shared  bool  // other nodes live, and may hold jobs
}

// DueRows answers a DueQuery: the longest due first, up to Limit.
type DueRows struct {
	Rows []DueRow
	Next *int64 // the first next time of those served that is after Horizon
	Held *int64 // if others hold some that are due: until when
}

// DueRow is a job that is due. At its limit it is to be claimed once Now is
// its next time.
type DueRow struct {
	Stored
	AtLimit bool
}

// AtLimit is whether job j is due after the parameter $1 and has as many
// instances as may live.
const AtLimit = `(j.next_us > $1 and j.room > 0 and j.room <= (
	select count(*) from @runs l where l.job = j.id and l.phase < 2 and l.instance is not null))`

// claim is one call of Claim.
type claim struct {
	*Base
	job.Claim
	now    time.Time
	shared bool // other nodes live
	batch  job.Batch
}

// Claim implements job.Claims. What two nodes claim both, one of them commits;
// where the dialect can, it holds what it gives, so that few are claimed twice.
func (b *Base) Claim(ctx context.Context, c job.Claim) (job.Batch, error) {
	if c.Limit <= 0 {
		c.Limit = math.MaxInt32
	}
	cl := &claim{Base: b, Claim: c}
	var takeable bool
	err := b.DB.Read(ctx, func(tx Tx) (err error) {
		takeable, err = cl.probe(ctx, tx)
		return err
	})
	if err == nil && takeable {
		err = cl.takeOver(ctx)
	}
	if err == nil && cl.shared && b.Dialect.Hold != nil {
		err = b.Dialect.Hold(ctx, cl.query(), b.specs.unreadable())
	}
	if err == nil {
		err = b.DB.Read(ctx, func(tx Tx) error { return cl.due(ctx, tx) })
	}
	if err != nil {
		return job.Batch{}, fmt.Errorf("claim: %w", err)
	}
	return cl.batch, nil
}

// wakeAt makes Batch.NextDue no later than us.
func (c *claim) wakeAt(us int64) {
	if at := Time(us); c.batch.NextDue.IsZero() || at.Before(c.batch.NextDue) {
		c.batch.NextDue = at
	}
}

// glance is what probe reads.
type glance struct {
	living        bool
	shared        bool // others live, too
	lost, waiting bool
	due, lease    *int64
}

// probe takes a look: whether there may be runs to take over, and when there
// may be some.
func (c *claim) probe(ctx context.Context, tx Tx) (takeable bool, err error) {
	if c.now, err = c.Dialect.Now(ctx, tx, c.Now); err != nil {
		return false, err
	}
	c.batch = job.Batch{Now: Time(Micros(c.now))}
	served := c.Dialect.In("needs", 3)
	seen, err := query(ctx, c.Base, tx, func(rows Rows) (g glance, err error) {
		return g, rows.Scan(&g.living, &g.shared, &g.lost, &g.waiting, &g.due, &g.lease)
	}, `select
		exists (select 1 from @nodes where id = $1 and expires_us > $2),
		exists (select 1 from @nodes where id <> $1 and expires_us > $2),
		exists (select 1 from @nodes n where n.id <> $1 and n.expires_us <= $2 and `+owns(served)+`),
		exists (select 1 from @runs where phase = 0 and due_us <= $2 and `+served+`),
		(select min(due_us) from @runs where phase = 0 and due_us > $2 and `+served+`),
		(select min(n.expires_us) from @nodes n where n.id <> $1 and n.expires_us > $2 and `+owns(served)+`)`,
		c.Node, Micros(c.now), c.Dialect.Strings(c.Serves))
	if err != nil {
		return false, err
	}
	g := seen[0]
	if !g.living {
		return false, fmt.Errorf("node %s %w", c.Node, job.ErrLease)
	}
	c.shared = g.shared
	for _, at := range []*int64{g.due, g.lease} {
		if at != nil {
			c.wakeAt(*at)
		}
	}
	return g.lost || g.waiting, nil
}

// owns is the condition that node n has runs that are served.
func owns(served string) string {
	return `exists (select 1 from @runs where phase = 1 and node = n.id and ` + served + `)`
}

// query asks for one job more than is wanted, to see whether there are more.
func (c *claim) query() DueQuery {
	return DueQuery{
		Node: c.Node, Serves: c.Serves, Except: slices.Clone(c.Except), Shared: c.shared,
		Now: Micros(c.now), Horizon: Micros(c.now.Add(c.Horizon)), Limit: min(c.Limit, math.MaxInt32-1) + 1,
	}
}

// due lists the jobs that are due, with what lives of them.
func (c *claim) due(ctx context.Context, tx Tx) error {
	q := c.query()
	for full := true; full; {
		found, err := c.Dialect.Due(ctx, tx, q)
		if err != nil {
			return err
		}
		for _, at := range []*int64{found.Next, found.Held} {
			if at != nil {
				c.wakeAt(*at)
			}
		}
		for _, row := range found.Rows {
			j, err := c.specs.decode(row.Stored)
			switch {
			case err != nil: // parked
			case row.AtLimit:
				c.wakeAt(Micros(j.State.Next))
			case len(c.batch.Jobs) == c.Limit:
				c.wakeAt(q.Now)
				return c.alive(ctx, tx)
			default:
				c.batch.Jobs = append(c.batch.Jobs, job.Due{Job: j})
			}
			q.Except = append(q.Except, j.ID)
		}
		full = len(found.Rows) == q.Limit
	}
	return c.alive(ctx, tx)
}

// alive fills in what lives of the jobs, and which places of their groups are
// held.
func (c *claim) alive(ctx context.Context, tx Tx) error {
	of := make(map[string]*job.Due, len(c.batch.Jobs))
	var ids, groups []string
	for i := range c.batch.Jobs {
		d := &c.batch.Jobs[i]
		of[d.Job.ID] = d
		ids = append(ids, d.Job.ID)
		if group := d.Job.Policy.Group; group != "" && !slices.Contains(groups, group) {
			groups = append(groups, group)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	live, err := query(ctx, c.Base, tx, scanLive, `select id, job, slot_us, due_us, phase, instance, cancel
		from @runs where phase < 2 and `+c.Dialect.In("job", 1)+` order by slot_us, id`, c.Dialect.Strings(ids))
	if err != nil {
		return err
	}
	for _, r := range live {
		of[r.Job].Live = append(of[r.Job].Live, r)
	}
	if len(groups) == 0 {
		return nil
	}
	held, err := c.held(ctx, tx, heldPlaces, "grp", groups)
	for i := range c.batch.Jobs {
		d := &c.batch.Jobs[i]
		d.Places = slices.Clone(held[d.Job.Policy.Group])
	}
	return err
}

// scanLive reads as much of a run as Due.Live needs.
func scanLive(rows Rows) (job.Run, error) {
	r := job.Run{Place: -1}
	var slot, due, phase int64
	var instance *int64
	err := rows.Scan(&r.ID, &r.Job, &slot, &due, &phase, &instance, &r.Cancel)
	r.Slot, r.Due, r.Phase, r.Instance = Time(slot), Time(due), job.Phase(phase), number(instance)
	return r, err
}

// The unique records that are held, by job and by group.
const (
	heldInstances = `select job, instance from @runs where phase < 2 and instance is not null and `
	heldPlaces    = `select grp, place from @runs where phase = 1 and place is not null and `
)

// held returns the numbers that are held of each name.
func (b *Base) held(ctx context.Context, tx Tx, statement, column string, names []string) (map[string][]int, error) {
	type record struct {
		name string
		k    int
	}
	records, err := query(ctx, b, tx, func(rows Rows) (r record, err error) {
		return r, rows.Scan(&r.name, &r.k)
	}, statement+b.Dialect.In(column, 1)+` order by 2`, b.Dialect.Strings(names))
	held := make(map[string][]int)
	for _, r := range records {
		held[r.name] = append(held[r.name], r.k)
	}
	return held, err
}
