package sqlite

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
	"github.com/watchkeeper-go/watchkeeper/job"
)

func (s *Store) dialect() *sqlstore.Dialect {
	return &sqlstore.Dialect{
		Prefix:    s.prefix,
		Parameter: "?",
		Text:      "text",
		Extra:     []string{`insert into @meta (key, value) values ('sequence', 0), ('wake', 0)`},
		In: func(column string, number int) string {
			return fmt.Sprintf("%s in (select value from json_each($%d))", column, number)
		},
		Strings:  list[string],
		Numbers:  list[int64],
		Now:      func(context.Context, sqlstore.Tx, time.Time) (time.Time, error) { return s.now(), nil },
		Sequence: s.sequence,
		Wake: func(ctx context.Context, tx sqlstore.Tx) error {
			_, err := tx.Exec(ctx, s.text.wake)
			return err
		},
		Due:  s.due,
		Take: s.take,
	}
}

// list is an argument for json_each. A list of these cannot fail to be encoded.
func list[T string | int64](all []T) any {
	if all == nil {
		return "[]"
	}
	data, _ := json.Marshal(all)
	return string(data)
}

func ask[T any](ctx context.Context, tx sqlstore.Tx, scan func(sqlstore.Rows) (T, error), statement string, args ...any) ([]T, error) {
	rows, err := tx.Query(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	return sqlstore.Collect(rows, scan)
}

// sequence takes n numbers at once.
func (s *Store) sequence(ctx context.Context, tx sqlstore.Tx, n int) ([]int64, error) {
	last, err := ask(ctx, tx, sqlstore.One[int64], s.text.sequence, int64(n))
	if err != nil {
		return nil, err
	}
	all := make([]int64, n)
	for i := range all {
		all[i] = last[0] - int64(n) + int64(i) + 1
	}
	return all, nil
}

// due asks for each of what is served by itself: so the index gives the rows
// in their order, and no more are read than wanted.
func (s *Store) due(ctx context.Context, tx sqlstore.Tx, q sqlstore.DueQuery) (sqlstore.DueRows, error) {
	var d sqlstore.DueRows
	except := list(q.Except)
	for _, needs := range q.Serves {
		found, err := ask(ctx, tx, func(rows sqlstore.Rows) (r sqlstore.DueRow, err error) {
			r.Stored, err = sqlstore.ScanJob(rows, &r.AtLimit)
			return r, err
		}, s.text.due, q.Now, q.Horizon, needs, except, int64(q.Limit))
		if err != nil {
			return d, err
		}
		d.Rows = append(d.Rows, found...)
		if len(found) == q.Limit {
			continue
		}
		next, err := ask(ctx, tx, sqlstore.One[int64], s.text.next, q.Horizon, needs, except)
		if err != nil {
			return d, err
		}
		if len(next) > 0 && (d.Next == nil || next[0] < *d.Next) {
			d.Next = &next[0]
		}
	}
	slices.SortFunc(d.Rows, func(a, b sqlstore.DueRow) int {
		return cmp.Or(a.State.Next.Compare(b.State.Next), cmp.Compare(a.ID, b.ID))
	})
	d.Rows = d.Rows[:min(len(d.Rows), q.Limit)]
	return d, nil
}

func (s *Store) take(ctx context.Context, tx sqlstore.Tx, node string, picks []sqlstore.Pick) ([]string, error) {
	var taken []string
	for _, p := range picks {
		n, err := tx.Exec(ctx, s.text.take, node, p.NewToken, sqlstore.Record(p.Instance), sqlstore.Record(p.Place),
			p.ID, int64(p.Phase), p.Token)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			taken = append(taken, p.ID)
		}
	}
	return taken, nil
}

// living is job.ErrLease unless the node has a lease.
func (s *Store) living(ctx context.Context, tx sqlstore.Tx, node string) error {
	living, err := ask(ctx, tx, sqlstore.One[bool], s.text.lease, node, sqlstore.Micros(s.now()))
	if err == nil && !living[0] {
		err = fmt.Errorf("node %s %w", node, job.ErrLease)
	}
	return err
}
