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

// Finish implements job.Claims. Runs that are over are one statement, in one
// round trip; the others are read and written one by one.
func (s *Store) Finish(ctx context.Context, finished []job.Finished) ([]error, error) {
	errs := make([]error, len(finished))
	var over []*job.Finished
	var again []int
	index := make(map[string]int, len(finished))
	for i := range finished {
		f := &finished[i]
		if _, twice := index[f.ID]; twice {
			errs[i] = job.ErrFenced
			continue
		}
		index[f.ID] = i
		if sqlstore.Plain(f) {
			over = append(over, f)
		} else {
			again = append(again, i)
		}
	}
	if err := s.finish(ctx, finished, over, again, index, errs); err != nil {
		return nil, fmt.Errorf("finish: %w", err)
	}
	if !slices.ContainsFunc(errs, func(err error) bool { return err != nil }) {
		return nil, nil
	}
	err := s.DB.Read(ctx, func(tx sqlstore.Tx) (err error) {
		errs, err = s.Explain(ctx, tx, finished, errs)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("finish: %w", err)
	}
	return errs, nil
}

func (s *Store) finish(ctx context.Context, finished []job.Finished, over []*job.Finished, again []int, index map[string]int, errs []error) error {
	slices.SortFunc(over, func(a, b *job.Finished) int { return strings.Compare(a.ID, b.ID) })
	var done []string
	err := persist(ctx, func() (err error) {
		done, err = s.end(ctx, over)
		return err
	})
	if err != nil {
		return err
	}
	ended := make(map[string]bool, len(done))
	for _, id := range done {
		ended[id] = true
	}
	for _, f := range over {
		if !ended[f.ID] {
			errs[index[f.ID]] = job.ErrFenced
		}
	}
	if len(again) == 0 {
		return nil
	}
	return s.DB.Write(ctx, func(tx sqlstore.Tx) error {
		if err := s.Again(ctx, tx, finished, again, errs); err != nil {
			return err
		}
		return s.Dialect.Wake(ctx, tx)
	})
}

// end writes runs that are over, and returns the IDs of those that were
// written. What waits may have its turn now, so others are told.
func (s *Store) end(ctx context.Context, over []*job.Finished) ([]string, error) {
	if len(over) == 0 {
		return nil, nil
	}
	batch := &pgx.Batch{}
	batch.Queue(s.text.finish, finishedColumns(over)...)
	batch.Queue(s.text.stillWaiting, s.channel())
	return receiveIDs(s.pool.SendBatch(ctx, batch))
}
