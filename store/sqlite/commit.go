package sqlite

import (
	"cmp"
	"context"
	"fmt"

	lib "modernc.org/sqlite/lib"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// commit is one call of Commit.
type commit struct {
	*Store
	*prepared
	node     string
	advances []job.Advance
	rows     [][]sqlstore.RunRow
	wrong    []error // what cannot be kept
	answers  []job.Committed
	numbers  []int64 // of the sequence, those that were not used yet
	now      int64
}

// Commit implements job.Claims: in one transaction. Most of the time nothing is
// in the way; when a unique index refuses a run, the transaction is begun anew
// and each Advance can be undone by itself.
func (s *Store) Commit(ctx context.Context, node string, advances []job.Advance) ([]job.Committed, error) {
	c := &commit{Store: s, node: node, advances: advances}
	c.fill()
	err := s.writer.write(ctx, func(p *prepared) error { return c.run(ctx, p, false) })
	if code(err) == lib.SQLITE_CONSTRAINT {
		err = s.writer.write(ctx, func(p *prepared) error { return c.run(ctx, p, true) })
	}
	if err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	return c.answers, nil
}

// fill makes the rows of the runs.
func (c *commit) fill() {
	c.rows = make([][]sqlstore.RunRow, len(c.advances))
	c.wrong = make([]error, len(c.advances))
	for i, a := range c.advances {
		c.rows[i] = make([]sqlstore.RunRow, len(a.Runs))
		for k, r := range a.Runs {
			r.Job, r.Owner, r.Cancel = a.ID, job.Owner{}, false
			if r.Phase == job.Running {
				r.Owner.Node = c.node
			} else {
				r.Instance, r.Place = -1, -1
			}
			var err error
			if c.rows[i][k], err = sqlstore.NewRunRow(r); err != nil {
				c.wrong[i] = err
			}
		}
	}
}

// run writes all. With care, an Advance that is refused leaves the others alone.
func (c *commit) run(ctx context.Context, p *prepared, care bool) error {
	c.prepared = p
	c.answers = make([]job.Committed, len(c.advances))
	c.now = sqlstore.Micros(c.Store.now())
	if err := c.living(ctx, p, c.node); err != nil {
		return err
	}
	needed := len(c.advances)
	wake := false
	for _, a := range c.advances {
		needed += len(a.Runs)
		wake = wake || len(a.Cancel) > 0
		for _, r := range a.Runs {
			wake = wake || r.Phase == job.Waiting
		}
	}
	var err error
	if c.numbers, err = c.sequence(ctx, p, needed); err != nil {
		return err
	}
	quick := context.WithoutCancel(ctx)
	for i := range c.advances {
		if i%chunk == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		write := c.advance
		if care {
			write = c.carefully
		}
		if err := write(quick, i); err != nil {
			return err
		}
	}
	if wake {
		_, err = p.Exec(ctx, c.text.wake)
	}
	return err
}

// carefully is advance, but a refusal by a unique index is its answer.
func (c *commit) carefully(ctx context.Context, i int) error {
	if _, err := c.Exec(ctx, "savepoint one"); err != nil {
		return err
	}
	err := c.advance(ctx, i)
	if code(err) == lib.SQLITE_CONSTRAINT {
		if _, undo := c.Exec(ctx, "rollback to one"); undo != nil {
			return undo
		}
		why := job.ErrLimit
		if extended(err) == lib.SQLITE_CONSTRAINT_PRIMARYKEY {
			why = job.ErrExists
		}
		c.answers[i] = job.Committed{Err: fmt.Errorf("a run of job %q %w", c.advances[i].ID, why)}
		err = nil
	}
	if err != nil {
		return err
	}
	_, err = c.Exec(ctx, "release one")
	return err
}

func (c *commit) number() int64 {
	n := c.numbers[0]
	c.numbers = c.numbers[1:]
	return n
}

// advance writes one Advance.
func (c *commit) advance(ctx context.Context, i int) error {
	a, answer := &c.advances[i], &c.answers[i]
	*answer = job.Committed{Rev: c.number(), Tokens: make([]int64, len(a.Runs))}
	var n int64
	var err error
	switch {
	case c.wrong[i] != nil:
	case a.Remove:
		n, err = c.Exec(ctx, c.text.remove, a.ID, a.Rev)
	default:
		n, err = c.Exec(ctx, c.text.move, a.ID, a.Rev, sqlstore.Next(a.State), sqlstore.Micros(a.State.Slot),
			sqlstore.Micros(a.State.Last), a.State.Paused, sqlstore.Clean(a.State.Parked), answer.Rev)
	}
	if err != nil {
		return err
	}
	if n == 0 {
		why, err := c.whyNot(ctx, i)
		*answer = job.Committed{Err: why}
		return err
	}
	for k := range c.rows[i] {
		r := &c.rows[i][k]
		if r.Phase == job.Running {
			r.Owner.Token = c.number()
			answer.Tokens[k] = r.Owner.Token
		}
		if _, err := c.Exec(ctx, c.text.insert, r.Values()...); err != nil {
			return err
		}
	}
	for _, id := range a.Cancel {
		if _, err := c.Exec(ctx, c.text.cancel, id, a.ID, c.now); err != nil {
			return err
		}
	}
	return nil
}

// whyNot says why an Advance was not written.
func (c *commit) whyNot(ctx context.Context, i int) (why, err error) {
	a := &c.advances[i]
	revs, err := ask(ctx, c.prepared, sqlstore.One[int64], c.text.revision, a.ID)
	switch {
	case err != nil:
		return nil, err
	case len(revs) == 0:
		return fmt.Errorf("job %q %w", a.ID, job.ErrNotFound), nil
	case revs[0] == a.Rev:
		return cmp.Or(c.wrong[i], fmt.Errorf("job %q: %w", a.ID, sqlstore.ErrKept)), nil
	}
	return fmt.Errorf("job %q %w", a.ID, job.ErrChanged), nil
}
