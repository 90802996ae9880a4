package sqlstore

import (
	"cmp"
	"context"
	"fmt"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// maxAttempts is how many attempts before the latest a run keeps.
const maxAttempts = 10

// Again writes runs for which one statement does not do: those that are to be
// tried once more wait and hold nothing, unless somebody wants them ended; and
// those that another node carried out are over in its name. It sets what is wrong
// with one in errs, at the place that index names.
func (b *Base) Again(ctx context.Context, tx Tx, finished []job.Finished, index []int, errs []error) error {
	ids := make([]string, len(index))
	for i, at := range index {
		ids[i] = Clean(finished[at].ID)
	}
	found, err := query(ctx, b, tx, readable(func(rows Rows) (job.Run, error) { return ScanRun(rows) }),
		`select `+RunColumns+` from @runs where phase = 1 and `+b.Dialect.In("id", 1)+` order by id`+b.Dialect.Locking,
		b.Dialect.Strings(ids))
	if err != nil {
		return err
	}
	runs := make(map[string]job.Run, len(found))
	for _, r := range present(found) {
		runs[r.ID] = r
	}
	for _, at := range index {
		f := &finished[at]
		r, ok := runs[f.ID]
		if !ok || r.Owner.Token != f.Token {
			errs[at] = job.ErrFenced // or not found: see Explain
			continue
		}
		delete(runs, f.ID)
		if err := b.again(ctx, tx, r, f); err != nil {
			return err
		}
	}
	return nil
}

func (b *Base) again(ctx context.Context, tx Tx, r job.Run, f *job.Finished) error {
	r.Owner = cmp.Or(f.Former, r.Owner)
	phase, due, owner, outcome := job.Waiting, f.Retry, job.Owner{}, f.Outcome
	switch {
	case r.Cancel, f.Retry.IsZero():
		phase, due, owner = job.Done, r.Due, r.Owner
		if outcome.Kind == job.None { // it was given back
			now, err := b.Dialect.Now(ctx, tx, noTime())
			if err != nil {
				return err
			}
			outcome = job.Outcome{Kind: job.Cancelled, Finished: now}
		}
	case outcome.Kind != job.None:
		r.Attempts = append(r.Attempts, job.Attempt{
			Number: f.Attempt, Owner: r.Owner, Started: f.Started,
			Finished: f.Outcome.Finished, Kind: f.Outcome.Kind, Error: Clean(f.Outcome.Error),
		})
		r.Attempts = r.Attempts[max(0, len(r.Attempts)-maxAttempts):]
	}
	body, err := runBody(r)
	if err != nil {
		return err
	}
	_, err = b.exec(ctx, tx, `update @runs set phase = $2, due_us = $3, node = $4, token = $5, instance = null, place = null,
		attempt = $6, started_us = $7, kind = $8, finished_us = $9, error = $10, detail = $11, result = $12, body = $13
		where id = $1`, r.ID, int64(phase), Micros(due), owner.Node, owner.Token, int64(f.Attempt), Micros(f.Started),
		int64(outcome.Kind), Micros(outcome.Finished), Clean(outcome.Error), Clean(outcome.Detail),
		Result(outcome.Result), body)
	return err
}

// Plain reports whether f is written by the statement that writes most: all
// others are for Again.
func Plain(f *job.Finished) bool { return f.Retry.IsZero() && f.Former == (job.Owner{}) }

// Explain makes job.ErrNotFound of job.ErrFenced where there is no such run,
// and returns nil when there is no error at all.
func (b *Base) Explain(ctx context.Context, tx Tx, finished []job.Finished, errs []error) ([]error, error) {
	var ids []string
	for i, err := range errs {
		if err != nil {
			ids = append(ids, Clean(finished[i].ID))
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	known, err := query(ctx, b, tx, One[string], `select id from @runs where `+b.Dialect.In("id", 1), b.Dialect.Strings(ids))
	if err != nil {
		return nil, err
	}
	exists := make(map[string]bool, len(known))
	for _, id := range known {
		exists[id] = true
	}
	for i, err := range errs {
		switch id := finished[i].ID; {
		case err == nil:
		case exists[Clean(id)]:
			errs[i] = fmt.Errorf("run %q %w", id, job.ErrFenced)
		default:
			errs[i] = fmt.Errorf("run %q %w", id, job.ErrNotFound)
		}
	}
	return errs, nil
}
