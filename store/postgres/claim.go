package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
)

const (
	// holdFor is how long jobs that a claim gave are kept from other nodes: ample
	// time to plan and commit them.
	holdFor = time.Second
	// holdTurn is how long a claim waits for others that are about to hold jobs.
	// Then it goes on and holds nothing: some jobs may be claimed twice.
	holdTurn = "1s"
)

// hold writes which jobs the node is about to be given. One row with their
// revisions holds them all, and whoever writes a job ends the hold of it, as
// its revision is another one then. One node at a time looks and writes, so no
// two hold the same. The answer is empty: a process that is stopped and
// reads nothing does not keep its turn.
func (s *Store) hold(ctx context.Context, q sqlstore.DueQuery, passed []int64) error {
	batch := &pgx.Batch{}
	batch.Queue(`select set_config('lock_timeout', $1, true)`, holdTurn)
	batch.Queue(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, "claim "+s.prefix)
	batch.Queue(s.text.hold, q.Horizon, clean(q.Serves), clean(q.Except), q.Now, q.Limit-1, sqlstore.Clean(q.Node), passed,
		holdFor.Microseconds())
	err := s.pool.SendBatch(ctx, batch).Close()
	if is(err, lockNotAvailable) {
		return nil
	}
	return err
}

// due asks for each of what is served by itself: so the index gives the rows
// in their order, and no more are read than wanted.
func (s *Store) due(ctx context.Context, tx sqlstore.Tx, q sqlstore.DueQuery) (sqlstore.DueRows, error) {
	var d sqlstore.DueRows
	what := []any{q.Horizon, clean(q.Serves), clean(q.Except)}
	text, args := s.text.due, append(slices.Clone(what), q.Now, q.Limit)
	if q.Shared {
		text, args = s.text.dueShared, append(args, sqlstore.Clean(q.Node))
	}
	var err error
	d.Rows, err = ask(ctx, tx, func(rows sqlstore.Rows) (r sqlstore.DueRow, err error) {
		r.Stored, err = sqlstore.ScanJob(rows, &r.AtLimit)
		return r, err
	}, text, args...)
	if err != nil || len(d.Rows) == q.Limit {
		return d, err
	}
	if !q.Shared {
		next, err := ask(ctx, tx, sqlstore.One[*int64], s.text.next, what...)
		if err == nil {
			d.Next = next[0]
		}
		return d, err
	}
	_, err = ask(ctx, tx, func(rows sqlstore.Rows) (none struct{}, err error) {
		return none, rows.Scan(&d.Next, &d.Held)
	}, s.text.nextShared, append(what, q.Now, sqlstore.Clean(q.Node))...)
	return d, err
}
