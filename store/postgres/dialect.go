package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
)

// clock is the server's time in microseconds.
const clock = `(extract(epoch from clock_timestamp()) * 1000000)::bigint`

func (s *Store) dialect() *sqlstore.Dialect {
	return &sqlstore.Dialect{
		Prefix:    s.prefix,
		Parameter: "$",
		Text:      `text collate "C"`,
		Locking:   " for update",
		Extra: []string{
			`create sequence @seq`,
			`alter table @jobs alter column rev set default nextval('@seq')`,
			// Jobs that are due each second are written each second: room for the
			// next version on the same page, and a vacuum before much is dead.
			`alter table @jobs set (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05)`,
			// What a crash may forget: then some jobs are claimed twice.
			`create unlogged table @holds (
				node     text collate "C" primary key references @nodes on delete cascade,
				until_us bigint   not null,
				revs     bigint[] not null)`,
		},
		In:      func(column string, number int) string { return fmt.Sprintf("%s = any($%d)", column, number) },
		Strings: func(all []string) any { return clean(all) },
		Numbers: func(all []int64) any { return all },
		Now:     s.now,
		Sequence: func(ctx context.Context, tx sqlstore.Tx, n int) ([]int64, error) {
			return ask(ctx, tx, sqlstore.One[int64], s.text.sequence, n)
		},
		Wake: func(ctx context.Context, tx sqlstore.Tx) error {
			_, err := tx.Exec(ctx, wake, s.channel())
			return err
		},
		Hold: s.hold,
		Due:  s.due,
		Take: s.take,
	}
}

// clean makes an array of texts that PostgreSQL takes; what is changed is
// nowhere stored.
func clean(all []string) []string {
	cleaned := make([]string, len(all))
	for i, s := range all {
		cleaned[i] = sqlstore.Clean(s)
	}
	return cleaned
}

func ask[T any](ctx context.Context, tx sqlstore.Tx, scan func(sqlstore.Rows) (T, error), statement string, args ...any) ([]T, error) {
	rows, err := tx.Query(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	return sqlstore.Collect(rows, scan)
}

// now is the server's time; those of the nodes count for nothing.
func (s *Store) now(ctx context.Context, tx sqlstore.Tx, _ time.Time) (time.Time, error) {
	us, err := ask(ctx, tx, sqlstore.One[int64], `select `+clock)
	if err != nil {
		return time.Time{}, err
	}
	return sqlstore.Time(us[0]), nil
}

func (s *Store) take(ctx context.Context, tx sqlstore.Tx, node string, picks []sqlstore.Pick) ([]string, error) {
	return ask(ctx, tx, sqlstore.One[string], s.text.take, node,
		column(picks, func(p sqlstore.Pick) string { return p.ID }),
		column(picks, func(p sqlstore.Pick) int64 { return int64(p.Phase) }),
		column(picks, func(p sqlstore.Pick) int64 { return p.Token }),
		column(picks, func(p sqlstore.Pick) int64 { return p.NewToken }),
		column(picks, func(p sqlstore.Pick) *int64 { return sqlstore.Record(p.Instance) }),
		column(picks, func(p sqlstore.Pick) *int64 { return sqlstore.Record(p.Place) }))
}

// column is one value of each row: an argument for unnest.
func column[R, V any](rows []R, value func(R) V) []V {
	all := make([]V, len(rows))
	for i, r := range rows {
		all[i] = value(r)
	}
	return all
}
