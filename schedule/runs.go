package schedule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// RunNow asks for a run of a job beside its schedule, which stays as it is, and
// returns it as it waits. A scheduler that serves it begins it as soon as the
// job's limits have room. It works for a paused job, too.
func (js Jobs) RunNow(ctx context.Context, id string) (job.Run, error) {
	k, j, err := js.find(ctx, id)
	if err != nil {
		return job.Run{}, err
	}
	if j.State.Parked != "" {
		return job.Run{}, fmt.Errorf("job %s is parked: %s", id, j.State.Parked)
	}
	now := job.Micro(k.now())
	r := job.Run{
		ID: id + "~" + ulid(now, js.s.opts.Random), Job: id,
		Slot: now, Due: now, Instance: -1, Place: -1, Work: j.Work(),
	}
	if err := k.store.Enqueue(ctx, r); err != nil {
		return job.Run{}, fmt.Errorf("run job %s now: %w", id, err)
	}
	k.dueAt(now)
	return r, nil
}

// CancelRun ends a run: one that waits is cancelled, one that runs has its
// context cancelled wherever it runs. job.ErrNotFound; job.ErrFenced when it is
// over.
func (js Jobs) CancelRun(ctx context.Context, id string) error {
	keepers, err := js.where()
	if err != nil {
		return err
	}
	missing := fmt.Errorf("run %s %w", id, job.ErrNotFound)
	for _, k := range keepers {
		err := k.store.CancelRun(ctx, id)
		if errors.Is(err, job.ErrNotFound) {
			continue
		}
		if err != nil {
			missing = fmt.Errorf("cancel run %s: %w", id, err)
			continue // another store may have it
		}
		k.cancel(id, ErrCancelled)
		return nil
	}
	return missing
}

// Runs returns the history: runs and skips, the latest slot first.
func (js Jobs) Runs(ctx context.Context, f job.RunFilter) ([]job.Run, error) {
	keepers, err := js.where()
	if err != nil {
		return nil, err
	}
	var all []job.Run
	for _, k := range keepers {
		runs, err := k.store.Runs(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("history of store %q: %w", k.alias, err)
		}
		all = append(all, runs...)
	}
	if len(keepers) > 1 {
		slices.SortStableFunc(all, func(a, b job.Run) int { return b.Slot.Compare(a.Slot) })
		if f.Limit > 0 && len(all) > f.Limit {
			all = all[:f.Limit]
		}
	}
	return all, nil
}

// InHand reports whether this scheduler has a run in hand: it is planned for a
// moment to come, waits for a worker, is carried out, or the store does not know
// yet what became of it. The end of such a run is told on the Bus, be it only by
// Lost, when another scheduler has it meanwhile. It asks no store.
func (js Jobs) InHand(run string) bool {
	keepers, err := js.where()
	return err == nil && slices.ContainsFunc(keepers, func(k *keeper) bool { return k.hands.has(run) })
}

// ulid is a Universally Unique Lexicographically Sortable Identifier
// (github.com/ulid/spec): 48 bits of milliseconds and 80 random ones, in
// Crockford's base 32.
func ulid(t time.Time, random func() uint64) string {
	const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	high, low := uint64(t.UnixMilli())<<16|random()&0xffff, random()
	var text [26]byte
	for i := len(text) - 1; i >= 0; i-- {
		text[i] = digits[low&31]
		low = low>>5 | high<<59
		high >>= 5
	}
	return string(text[:])
}
