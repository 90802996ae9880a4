package sqlstore

import (
	"context"
	"fmt"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Replace implements job.Jobs.
func (b *Base) Replace(ctx context.Context, j job.Job) (int64, error) {
	row, err := NewJobRow(j)
	if err != nil {
		return 0, err
	}
	var rev int64
	err = b.DB.Write(ctx, func(tx Tx) error {
		stored, err := query(ctx, b, tx, func(rows Rows) (Stored, error) { return ScanJob(rows) },
			`select `+JobColumns+` from @jobs where id = $1`+b.Dialect.Locking, j.ID)
		if err != nil {
			return err
		}
		if len(stored) == 0 {
			return job.ErrNotFound
		}
		if stored[0].State.Rev != j.State.Rev {
			return job.ErrChanged
		}
		if _, err := stored[0].Decode(); err != nil {
			return fmt.Errorf("%w: %w", ErrKept, err)
		}
		revs, err := b.Dialect.Sequence(ctx, tx, 1)
		if err != nil {
			return err
		}
		rev = revs[0]
		_, err = b.exec(ctx, tx, `update @jobs set needs = $2, next_us = $3, slot_us = $4, last_us = $5,
			paused = $6, parked = $7, room = $8, body = $9, rev = $10 where id = $1`,
			row.ID, row.Needs, row.Next, row.Slot, row.Last, row.Paused, row.Parked, row.Room, row.Body, rev)
		if err != nil {
			return err
		}
		return b.Dialect.Wake(ctx, tx)
	})
	if err != nil {
		return 0, fmt.Errorf("replace job %q: %w", j.ID, err)
	}
	return rev, nil
}

// Remove implements job.Jobs.
func (b *Base) Remove(ctx context.Context, id string, rev int64) error {
	err := b.DB.Write(ctx, func(tx Tx) error {
		n, err := b.exec(ctx, tx, `delete from @jobs where id = $1 and (rev = $2 or cast($2 as bigint) = 0)`, Clean(id), rev)
		if err != nil {
			return err
		}
		if n == 0 {
			return b.whyNot(ctx, tx, id)
		}
		now, err := b.Dialect.Now(ctx, tx, noTime())
		if err != nil {
			return err
		}
		_, err = b.exec(ctx, tx, cancelWaiting+` and job = $3`, int64(job.Cancelled), Micros(now), Clean(id))
		return err
	})
	if err != nil {
		return fmt.Errorf("remove job %q: %w", id, err)
	}
	return nil
}

// cancelWaiting ends runs that wait.
const cancelWaiting = `update @runs set phase = 2, kind = $1, finished_us = $2 where phase = 0`

// whyNot says why a job with a revision was not found.
func (b *Base) whyNot(ctx context.Context, tx Tx, id string) error {
	found, err := query(ctx, b, tx, One[int64], `select rev from @jobs where id = $1`, Clean(id))
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return job.ErrNotFound
	}
	return job.ErrChanged
}

// List implements job.Jobs. When the job After is gone, the list begins anew.
func (b *Base) List(ctx context.Context, f job.Filter) ([]job.Job, error) {
	var stored []Stored
	err := b.DB.Read(ctx, func(tx Tx) error {
		w := where{dialect: b.Dialect}
		if f.IDs != nil {
			w.in("id", b.Dialect.Strings(f.IDs))
		}
		if f.After != "" {
			if err := b.after(ctx, tx, &w, f.After); err != nil {
				return err
			}
		}
		var err error
		text := `select ` + JobColumns + ` from @jobs` + w.String() + ` order by next_us is null, next_us, id` + w.limit(f.Limit)
		stored, err = query(ctx, b, tx, func(rows Rows) (Stored, error) { return ScanJob(rows) }, text, w.args...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	jobs := make([]job.Job, len(stored))
	for i, s := range stored {
		jobs[i], _ = s.Decode() // what is wrong with it is in State.Parked
	}
	return jobs, nil
}

// after makes a list begin behind a job.
func (b *Base) after(ctx context.Context, tx Tx, w *where, id string) error {
	next, err := query(ctx, b, tx, One[*int64], `select next_us from @jobs where id = $1`, Clean(id))
	switch {
	case err != nil:
		return err
	case len(next) == 0:
	case next[0] == nil:
		w.add("next_us is null and id > $", id)
	default:
		w.add("(next_us is null or next_us > $ or next_us = $ and id > $)", *next[0], *next[0], id)
	}
	return nil
}

// where gathers the conditions of a query and their arguments.
type where struct {
	dialect *Dialect
	terms   []string
	args    []any
}

// add adds a condition in which each $ stands for the next argument.
func (w *where) add(term string, args ...any) {
	var s strings.Builder
	parts := strings.Split(term, "$")
	for i, part := range parts {
		s.WriteString(part)
		if i < len(parts)-1 {
			w.args = append(w.args, args[i])
			fmt.Fprintf(&s, "$%d", len(w.args))
		}
	}
	w.terms = append(w.terms, s.String())
}

// in adds the condition that column is in list.
func (w *where) in(column string, list any) {
	w.args = append(w.args, list)
	w.terms = append(w.terms, w.dialect.In(column, len(w.args)))
}

func (w *where) String() string {
	if len(w.terms) == 0 {
		return ""
	}
	return " where " + strings.Join(w.terms, " and ")
}

// limit is the clause for a limit; 0 is none.
func (w *where) limit(n int) string {
	if n <= 0 {
		return ""
	}
	w.args = append(w.args, int64(n))
	return fmt.Sprintf(" limit $%d", len(w.args))
}
