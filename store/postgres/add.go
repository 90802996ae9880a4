package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// addChunk is how many jobs are added by one statement.
const addChunk = 5000

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
	rows := make([]sqlstore.JobRow, 0, len(jobs))
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
		rows = append(rows, row)
	}
	// All who add meet the rows in one order.
	slices.SortFunc(rows, func(a, b sqlstore.JobRow) int { return strings.Compare(a.ID, b.ID) })
	var added []string
	err := s.DB.Write(ctx, func(tx sqlstore.Tx) (err error) {
		added, err = ask(ctx, tx, sqlstore.One[string], s.text.add, jobColumns(rows)...)
		if err != nil || len(added) == 0 {
			return err
		}
		return s.Dialect.Wake(ctx, tx)
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

func jobColumns(rows []sqlstore.JobRow) []any {
	return []any{
		column(rows, func(r sqlstore.JobRow) string { return r.ID }),
		column(rows, func(r sqlstore.JobRow) string { return r.Needs }),
		column(rows, func(r sqlstore.JobRow) *int64 { return r.Next }),
		column(rows, func(r sqlstore.JobRow) int64 { return r.Slot }),
		column(rows, func(r sqlstore.JobRow) int64 { return r.Last }),
		column(rows, func(r sqlstore.JobRow) bool { return r.Paused }),
		column(rows, func(r sqlstore.JobRow) string { return r.Parked }),
		column(rows, func(r sqlstore.JobRow) int64 { return r.Room }),
		column(rows, func(r sqlstore.JobRow) string { return r.Body }),
	}
}
