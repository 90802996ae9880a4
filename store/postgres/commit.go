package postgres

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// advance is one job.Advance of a Commit.
type advance struct {
	*job.Advance
	answer *job.Committed
	rows   []*sqlstore.RunRow
	refuse error // why it cannot be written, if its revision is the present one
}

// commit is one call of Commit.
type commit struct {
	*Store
	node string
}

// Commit implements job.Claims. It is one statement, in one round trip, unless
// advances get in each other's way or a unique record is taken: then those that
// cannot be written are looked for, and the others written again.
func (s *Store) Commit(ctx context.Context, node string, advances []job.Advance) ([]job.Committed, error) {
	c := &commit{Store: s, node: node}
	answers := make([]job.Committed, len(advances))
	left := make([]*advance, len(advances))
	for i := range advances {
		left[i] = &advance{Advance: &advances[i], answer: &answers[i]}
		left[i].fill()
	}
	slices.SortStableFunc(left, func(a, b *advance) int { return strings.Compare(a.ID, b.ID) })
	for first := true; first || len(left) > 0; first = false {
		var now []*advance
		now, left = apart(left)
		if err := persist(ctx, func() error { return c.write(ctx, now) }); err != nil {
			return nil, fmt.Errorf("commit: %w", err)
		}
	}
	return answers, nil
}

// fill makes the rows of the runs.
func (a *advance) fill() {
	a.answer.Tokens = make([]int64, len(a.Runs))
	type record struct {
		group string
		k     int
	}
	ids, held := map[string]bool{}, map[record]bool{}
	for _, r := range a.Runs {
		if ids[r.ID] {
			a.refuse = fmt.Errorf("run %q %w", r.ID, job.ErrExists)
			return
		}
		ids[r.ID] = true
		if r.Phase != job.Running {
			r.Instance, r.Place = -1, -1
		}
		instance, place := record{"", r.Instance}, record{"." + r.Work.Policy.Group, r.Place}
		if r.Instance >= 0 && held[instance] || r.Place >= 0 && held[place] {
			a.refuse = fmt.Errorf("job %q %w", a.ID, job.ErrLimit)
			return
		}
		held[instance], held[place] = true, true
		r.Job = a.ID
		row, err := sqlstore.NewRunRow(r)
		if err != nil {
			a.refuse = err
			return
		}
		a.rows = append(a.rows, &row)
	}
}

// apart returns what can be written by one statement, and the rest: advances
// of one job, and those that want one place or have one run.
func apart(all []*advance) (now, later []*advance) {
	type key struct {
		kind byte
		name string
		k    int
	}
	taken := make(map[key]bool, 2*len(all))
	for _, a := range all {
		keys := []key{{'j', a.ID, 0}}
		for _, r := range a.rows {
			keys = append(keys, key{'r', r.ID, 0})
			if r.Place >= 0 {
				keys = append(keys, key{'g', r.Work.Policy.Group, r.Place})
			}
		}
		if slices.ContainsFunc(keys, func(k key) bool { return taken[k] }) {
			later = append(later, a)
			continue
		}
		for _, k := range keys {
			taken[k] = true
		}
		now = append(now, a)
	}
	return now, later
}

// write writes advances that are apart, without those that are refused.
func (c *commit) write(ctx context.Context, all []*advance) error {
	for try := 1; ; try++ {
		fit := slices.DeleteFunc(slices.Clone(all), func(a *advance) bool { return a.refuse != nil })
		err := c.send(ctx, fit)
		switch {
		case err == nil:
			return c.explain(ctx, all)
		case !is(err, uniqueViolation) || try == maxTries:
			return err
		}
		if err := c.findRefused(ctx, fit); err != nil {
			return err
		}
	}
}

// send is the round trip.
func (c *commit) send(ctx context.Context, fit []*advance) error {
	of := make(map[string]*advance, len(fit))
	var rows []*sqlstore.RunRow
	var cancelled, from []string
	waits := false
	for _, a := range fit {
		a.answer.Rev = 0
		of[a.ID] = a
		rows = append(rows, a.rows...)
		for _, id := range a.Cancel {
			cancelled, from = append(cancelled, sqlstore.Clean(id)), append(from, a.ID)
		}
		waits = waits || len(a.Cancel) > 0 || slices.ContainsFunc(a.rows, func(r *sqlstore.RunRow) bool { return r.Phase == job.Waiting })
	}
	args := append([]any{c.node}, advanceColumns(fit)...)
	args = append(append(args, runColumns(rows)...), cancelled, from)
	batch := &pgx.Batch{}
	batch.Queue(c.text.lease, c.node)
	batch.Queue(c.text.commit, args...)
	if waits {
		batch.Queue(wake, c.channel())
	}
	results := c.pool.SendBatch(ctx, batch)
	living := false
	err := results.QueryRow().Scan(&living)
	if err == nil {
		err = receive(results, of)
	}
	if end := results.Close(); err == nil {
		err = end
	}
	if err == nil && !living {
		err = fmt.Errorf("node %s %w", c.node, job.ErrLease)
	}
	return err
}

// receive reads what the statement did.
func receive(results pgx.BatchResults, of map[string]*advance) error {
	rows, err := results.Query()
	if err != nil {
		return err
	}
	tokens := make(map[string]int64)
	var run bool
	var id string
	var number int64
	_, err = pgx.ForEachRow(rows, []any{&run, &id, &number}, func() error {
		if run {
			tokens[id] = number
			return nil
		}
		of[id].answer.Rev = number
		return nil
	})
	for _, a := range of {
		for i, r := range a.Runs {
			a.answer.Tokens[i] = tokens[r.ID]
		}
	}
	return err
}

// findRefused looks for what made a unique index refuse the statement.
func (c *commit) findRefused(ctx context.Context, fit []*advance) error {
	var rows []*sqlstore.RunRow
	var owner []*advance
	for _, a := range fit {
		rows = append(rows, a.rows...)
		for range a.rows {
			owner = append(owner, a)
		}
	}
	var n int64
	var known bool
	answer, err := c.pool.Query(ctx, c.text.refused,
		column(rows, func(r *sqlstore.RunRow) string { return r.ID }),
		column(rows, func(r *sqlstore.RunRow) string { return r.Job }),
		column(rows, func(r *sqlstore.RunRow) *int64 { return sqlstore.Record(r.Instance) }),
		column(rows, func(r *sqlstore.RunRow) string { return r.Work.Policy.Group }),
		column(rows, func(r *sqlstore.RunRow) *int64 { return sqlstore.Record(r.Place) }))
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(answer, []any{&n, &known}, func() error {
		a := owner[n-1]
		if known {
			a.refuse = fmt.Errorf("a run of job %q %w", a.ID, job.ErrExists)
		} else if a.refuse == nil {
			a.refuse = fmt.Errorf("job %q %w", a.ID, job.ErrLimit)
		}
		return nil
	})
	return err
}

// explain says why advances were not written: what is against the job itself
// comes before what is against its runs.
func (c *commit) explain(ctx context.Context, all []*advance) error {
	var ids []string
	for _, a := range all {
		if a.answer.Rev == 0 {
			ids = append(ids, sqlstore.Clean(a.ID))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	revs := make(map[string]int64)
	var id string
	var rev int64
	rows, err := c.pool.Query(ctx, c.text.revisions, ids)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, []any{&id, &rev}, func() error {
		revs[id] = rev
		return nil
	})
	for _, a := range all {
		if a.answer.Rev != 0 {
			continue
		}
		*a.answer = job.Committed{Err: fmt.Errorf("job %q %w", a.ID, job.ErrChanged)}
		switch rev, exists := revs[a.ID]; {
		case !exists:
			a.answer.Err = fmt.Errorf("job %q %w", a.ID, job.ErrNotFound)
		case rev == a.Rev:
			a.answer.Err = cmp.Or(a.refuse, fmt.Errorf("job %q: %w", a.ID, sqlstore.ErrKept))
		}
	}
	return err
}
