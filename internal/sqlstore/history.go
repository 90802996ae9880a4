package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Runs implements job.History. What lives and what is over are in indexes of
// their own, so they are asked for one after the other.
func (b *Base) Runs(ctx context.Context, f job.RunFilter) ([]job.Run, error) {
	var found []job.Run
	err := b.DB.Read(ctx, func(tx Tx) error {
		found = nil
		for _, part := range []struct {
			term   string
			phases []job.Phase
		}{
			{"phase < 2", []job.Phase{job.Waiting, job.Running}},
			{"phase = 2", []job.Phase{job.Done}},
		} {
			if f.Phases != nil && !slices.ContainsFunc(part.phases, func(p job.Phase) bool { return slices.Contains(f.Phases, p) }) {
				continue
			}
			some, err := b.runs(ctx, tx, part.term, f)
			if err != nil {
				return err
			}
			found = append(found, some...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	slices.SortFunc(found, func(x, y job.Run) int {
		if c := y.Slot.Compare(x.Slot); c != 0 {
			return c
		}
		return strings.Compare(x.ID, y.ID)
	})
	// A run that ended between the two queries is in both answers.
	found = slices.CompactFunc(found, func(x, y job.Run) bool { return x.ID == y.ID })
	if f.Limit > 0 && len(found) > f.Limit {
		found = found[:f.Limit]
	}
	return found, nil
}

func (b *Base) runs(ctx context.Context, tx Tx, phase string, f job.RunFilter) ([]job.Run, error) {
	w := where{dialect: b.Dialect}
	w.add(phase)
	if f.IDs != nil {
		w.in("id", b.Dialect.Strings(f.IDs))
	}
	switch jobs := f.OfJobs(); {
	case len(jobs) == 1:
		w.add("job = $", Clean(jobs[0]))
	case jobs != nil:
		w.in("job", b.Dialect.Strings(jobs))
	}
	if f.Phases != nil {
		w.in("phase", b.Dialect.Numbers(numbers(f.Phases)))
	}
	if f.Kinds != nil {
		w.in("kind", b.Dialect.Numbers(numbers(f.Kinds)))
	}
	if !f.Since.IsZero() {
		w.add("slot_us >= $", Micros(f.Since))
	}
	if !f.Before.IsZero() {
		w.add("slot_us < $", Micros(f.Before))
	}
	text := `select ` + RunColumns + ` from @runs` + w.String() + ` order by slot_us desc, id` + w.limit(f.Limit)
	found, err := query(ctx, b, tx, readable(func(rows Rows) (job.Run, error) { return ScanRun(rows) }), text, w.args...)
	return present(found), err
}

func numbers[T ~uint8](values []T) []int64 {
	all := make([]int64, len(values))
	for i, v := range values {
		all[i] = int64(v)
	}
	return all
}

// Enqueue implements job.History.
func (b *Base) Enqueue(ctx context.Context, r job.Run) error {
	r.Phase, r.Owner, r.Instance, r.Place = job.Waiting, job.Owner{}, -1, -1
	row, err := NewRunRow(r)
	if err != nil {
		return err
	}
	err = b.DB.Write(ctx, func(tx Tx) error {
		values := row.Values()
		n, err := b.exec(ctx, tx, `insert into @runs (`+RunColumns+`) values (`+parameters(len(values))+`)
			on conflict (id) do nothing`, values...)
		if err != nil {
			return err
		}
		if n == 0 {
			return job.ErrExists
		}
		return b.Dialect.Wake(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("enqueue run %q: %w", r.ID, err)
	}
	return nil
}

// parameters are n of them: $1, $2, ...
func parameters(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("$%d", i+1)
	}
	return strings.Join(all, ", ")
}

// CancelRun implements job.History.
func (b *Base) CancelRun(ctx context.Context, id string) error {
	err := b.DB.Write(ctx, func(tx Tx) error {
		phase, err := query(ctx, b, tx, One[int64], `select phase from @runs where id = $1`+b.Dialect.Locking, Clean(id))
		if err != nil {
			return err
		}
		switch {
		case len(phase) == 0:
			return job.ErrNotFound
		case job.Phase(phase[0]) == job.Done:
			return job.ErrFenced
		case job.Phase(phase[0]) == job.Running:
			_, err = b.exec(ctx, tx, `update @runs set cancel = true where id = $1`, Clean(id))
		default:
			var now time.Time
			if now, err = b.Dialect.Now(ctx, tx, noTime()); err == nil {
				_, err = b.exec(ctx, tx, cancelWaiting+` and id = $3`, int64(job.Cancelled), Micros(now), Clean(id))
			}
		}
		if err != nil {
			return err
		}
		return b.Dialect.Wake(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("cancel run %q: %w", id, err)
	}
	return nil
}

// noTime is given for Dialect.Now where there is no node with a time.
func noTime() time.Time { return time.Time{} }
