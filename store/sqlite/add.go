package sqlite

import (
	"context"
	"fmt"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// chunk is how many rows are written before it is looked whether the context is
// over.
const chunk = 1000

// Add implements job.Jobs: in one transaction.
func (s *Store) Add(ctx context.Context, jobs []job.Job) ([]error, error) {
	rows := make([]sqlstore.JobRow, len(jobs))
	wrong := make([]error, len(jobs))
	for i, j := range jobs {
		rows[i], wrong[i] = sqlstore.NewJobRow(j)
	}
	var errs []error
	err := s.writer.write(ctx, func(p *prepared) (err error) {
		errs, err = s.add(ctx, p, rows, wrong)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("add jobs: %w", err)
	}
	return errs, nil
}

func (s *Store) add(ctx context.Context, p *prepared, rows []sqlstore.JobRow, wrong []error) (errs []error, err error) {
	fail := func(at int, err error) {
		if errs == nil {
			errs = make([]error, len(rows))
		}
		errs[at] = err
	}
	revs, err := s.sequence(ctx, p, len(rows))
	if err != nil {
		return nil, err
	}
	quick := context.WithoutCancel(ctx)
	for i := range rows {
		if i%chunk == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if wrong[i] != nil {
			fail(i, wrong[i])
			continue
		}
		r := &rows[i]
		n, err := p.Exec(quick, s.text.add, r.ID, r.Needs, r.Next, r.Slot, r.Last, r.Paused, r.Parked, r.Room, r.Body, revs[i])
		if err != nil {
			return nil, err
		}
		if n == 0 {
			fail(i, fmt.Errorf("job %q %w", r.ID, job.ErrExists))
		}
	}
	_, err = p.Exec(ctx, s.text.wake)
	return errs, err
}
