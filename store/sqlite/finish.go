package sqlite

import (
	"context"
	"fmt"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// Finish implements job.Claims: in one transaction.
func (s *Store) Finish(ctx context.Context, finished []job.Finished) ([]error, error) {
	var errs []error
	err := s.writer.write(ctx, func(p *prepared) (err error) {
		errs = make([]error, len(finished))
		if err := s.finish(ctx, p, finished, errs); err != nil {
			return err
		}
		errs, err = s.Explain(ctx, p, finished, errs)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("finish: %w", err)
	}
	return errs, nil
}

func (s *Store) finish(ctx context.Context, p *prepared, finished []job.Finished, errs []error) error {
	quick := context.WithoutCancel(ctx)
	var again []int
	for i := range finished {
		if i%chunk == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		f := &finished[i]
		if !sqlstore.Plain(f) {
			again = append(again, i)
			continue
		}
		n, err := p.Exec(quick, s.text.finish, f.ID, f.Token, int64(f.Attempt), sqlstore.Micros(f.Started),
			int64(f.Outcome.Kind), sqlstore.Micros(f.Outcome.Finished), sqlstore.Clean(f.Outcome.Error),
			sqlstore.Clean(f.Outcome.Detail), sqlstore.Result(f.Outcome.Result))
		if err != nil {
			return err
		}
		if n == 0 {
			errs[i] = job.ErrFenced // or not found: see Explain
		}
	}
	if len(again) > 0 {
		if err := s.Again(ctx, p, finished, again, errs); err != nil {
			return err
		}
	}
	// What waits may have its turn now, perhaps in another process.
	waiting, err := ask(ctx, p, sqlstore.One[bool], s.text.waiting)
	if err == nil && waiting[0] {
		_, err = p.Exec(ctx, s.text.wake)
	}
	return err
}
