package sqlstore

import (
	"context"
	"strings"
	"time"
)

// DB runs transactions.
type DB interface {
	// Read runs f with what was committed before.
	Read(ctx context.Context, f func(Tx) error) error
	// Write runs f in a transaction that is committed when f returns nil, and
	// rolled back otherwise. One that lost against another transaction is run
	// again, so f may be called more than once.
	Write(ctx context.Context, f func(Tx) error) error
}

// Tx runs statements. It is not for concurrent use.
type Tx interface {
	// Exec returns how many rows it changed.
	Exec(ctx context.Context, statement string, args ...any) (int64, error)
	// Query's Rows are closed before the next statement.
	Query(ctx context.Context, statement string, args ...any) (Rows, error)
}

// Rows are the answer to a query.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}

// Dialect is how a database differs from the others.
type Dialect struct {
	Prefix    string // of the names of tables, and of all else that has a name
	Parameter string // what stands before the number of a parameter
	Text      string // the type of text that sorts by its bytes
	Locking   string // what a select that is followed by a write ends in; "": nothing is needed
	// Extra are statements that follow those of the first migration.
	Extra []string

	// In is a condition: column is one of the values of parameter number.
	In func(column string, number int) string
	// Strings and Numbers make the argument that In looks into.
	Strings func([]string) any
	Numbers func([]int64) any

	// Now is the store's time; given is that of the node.
	Now func(ctx context.Context, tx Tx, given time.Time) (time.Time, error)
	// Sequence returns n numbers, each larger than all that were given before.
	Sequence func(ctx context.Context, tx Tx, n int) ([]int64, error)
	// Wake tells those who watch, once the transaction is committed.
	Wake func(ctx context.Context, tx Tx) error
	// Hold keeps what q finds, up to Limit-1 jobs, from the claims of other nodes
	// for a moment, in the place of what the node held before. It holds none with
	// the revisions that are passed over: somebody else may be able to read them.
	// nil: claims hold nothing.
	Hold func(ctx context.Context, q DueQuery, passed []int64) error
	// Due finds jobs for a claim; where it is Shared, without those that others
	// hold.
	Due func(ctx context.Context, tx Tx, q DueQuery) (DueRows, error)
	// Take makes node the owner of the runs that are still as they were picked,
	// and returns their IDs. A unique record that was taken meanwhile is an error
	// for which Write runs its function again.
	Take func(ctx context.Context, tx Tx, node string, picks []Pick) ([]string, error)
}

// SQL is a statement in the words of d.
func (d *Dialect) SQL(statement string) string {
	return strings.NewReplacer("@", d.Prefix, "$", d.Parameter).Replace(statement)
}

// Base implements the part of job.Store that the dialects share. It is
// embedded in their stores.
type Base struct {
	DB      DB
	Dialect *Dialect
	specs   specs
	round   round
}

// New returns a Base over db.
func New(db DB, d *Dialect) *Base { return &Base{DB: db, Dialect: d} }

func (b *Base) exec(ctx context.Context, tx Tx, statement string, args ...any) (int64, error) {
	return tx.Exec(ctx, b.Dialect.SQL(statement), args...)
}

// query returns what scan makes of each row.
func query[T any](ctx context.Context, b *Base, tx Tx, scan func(Rows) (T, error), statement string, args ...any) ([]T, error) {
	rows, err := tx.Query(ctx, b.Dialect.SQL(statement), args...)
	if err != nil {
		return nil, err
	}
	return Collect(rows, scan)
}

// Collect returns what scan makes of each row, and closes rows.
func Collect[T any](rows Rows, scan func(Rows) (T, error)) ([]T, error) {
	defer rows.Close()
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// One scans a row of one column.
func One[T any](rows Rows) (v T, err error) {
	err = rows.Scan(&v)
	return v, err
}

// Micros is t as it is kept.
func Micros(t time.Time) int64 {
	r := t.Truncate(time.Microsecond)
	if r.Before(t) {
		r = r.Add(time.Microsecond)
	}
	return r.UnixMicro()
}

// Time is what Micros was given, rounded up to whole microseconds.
func Time(us int64) time.Time { return time.UnixMicro(us).UTC() }
