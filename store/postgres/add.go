package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
	"github.com/watchkeeper-go/watchkeeper/job"
)

const (
	// addChunk is how many jobs are added by one statement.
	addChunk = 5000
	// copyFrom is from how many jobs on COPY is faster, though it takes more round
	// trips.
	copyFrom = 200
)

// Add implements job.Jobs. Up to 5,000 jobs are one statement; more are not
// added together.
func (s *Store) Add(ctx context.Context, jobs []job.Job) ([]error, error) {
	var errs []error
	fail := func(at int, err error) {
		if errs == nil {
			errs = make([]error, len(jobs))
		}
		errs[at] = err
	}
	for from := 0; from < len(jobs); from += addChunk {
		some := jobs[from:min(from+addChunk, len(jobs))]
		err := s.add(ctx, some, func(at int, err error) { fail(from+at, err) })
		if err != nil {
			return nil, fmt.Errorf("add jobs: %w", err)
		}
	}
	return errs, nil
}

func (s *Store) add(ctx context.Context, jobs []job.Job, fail func(int, error)) error {
	index := make(map[string]int, len(jobs))
	rows := make([]*sqlstore.JobRow, 0, len(jobs))
	for i, j := range jobs {
		if _, twice := index[j.ID]; twice {
			fail(i, fmt.Errorf("job %q %w", j.ID, job.ErrExists))
			continue
		}
		row, err := sqlstore.NewJobRow(j)
		if err != nil {
			fail(i, err)
			continue
		}
		index[j.ID] = i
		rows = append(rows, &row)
	}
	// All who add meet the rows in one order.
	slices.SortFunc(rows, func(a, b *sqlstore.JobRow) int { return strings.Compare(a.ID, b.ID) })
	if len(rows) >= copyFrom {
		err := s.copyRows(ctx, rows)
		if !is(err, uniqueViolation) {
			return err
		}
	}
	var added []string
	err := persist(ctx, func() (err error) {
		added, err = s.addRows(ctx, rows)
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range added {
		delete(index, id)
	}
	for id, at := range index {
		fail(at, fmt.Errorf("job %q %w", id, job.ErrExists))
	}
	return nil
}

// copyRows adds all, or none when one of the IDs is taken: the server writes
// what is copied a page at a time, while the rest is encoded.
func (s *Store) copyRows(ctx context.Context, rows []*sqlstore.JobRow) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		columns := []string{"id", "needs", "next_us", "slot_us", "last_us", "paused", "parked", "room", "body"}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{s.prefix + "jobs"}, columns, pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
			r := rows[i]
			return []any{r.ID, r.Needs, r.Next, r.Slot, r.Last, r.Paused, r.Parked, r.Room, r.Body}, nil
		}))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, wake, s.channel())
		return err
	})
}

// addRows returns the IDs of those that were added.
func (s *Store) addRows(ctx context.Context, rows []*sqlstore.JobRow) ([]string, error) {
	batch := &pgx.Batch{}
	batch.Queue(s.text.add, jobColumns(rows)...)
	batch.Queue(wake, s.channel())
	return receiveIDs(s.pool.SendBatch(ctx, batch))
}

// receiveIDs reads the answer to the first statement of a batch, which is IDs.
func receiveIDs(results pgx.BatchResults) ([]string, error) {
	rows, err := results.Query()
	var ids []string
	if err == nil {
		ids, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if end := results.Close(); err == nil {
		err = end
	}
	return ids, err
}
