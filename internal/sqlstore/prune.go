package sqlstore

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

const (
	// pruneLimit is how many runs one Prune removes at most, for each of its
	// reasons.
	pruneLimit = 10_000
	// pruneJobs is of how many jobs one Prune looks at the history.
	pruneJobs = 250
	// pruneShare is which part of the time Prune may take where one call cannot
	// look at all jobs: one in so many.
	pruneShare = 10
)

// round is how far Prune got in its way around the jobs.
type round struct {
	mu    sync.Mutex
	after string    // the job it looked at last
	rest  time.Time // until then it does not go on
}

// Prune implements job.History. To find what PerJob does not keep, the histories
// of all jobs are to be looked at. So a call looks at some hundred, the next one
// goes on from there, and when calls come in a row, most do nothing: the more
// has gathered of a job, the less it costs to find.
func (b *Base) Prune(ctx context.Context, k job.Keep) (int, error) {
	b.round.mu.Lock()
	defer b.round.mu.Unlock()
	removed, err := b.pruneAge(ctx, k)
	if err == nil && k.PerJob > 0 {
		var more int
		more, err = b.pruneSurplus(ctx, k.PerJob)
		removed += more
	}
	if err != nil {
		return 0, fmt.Errorf("prune: %w", err)
	}
	return removed, nil
}

// pruneAge removes what ended too long ago. It goes by the index of the slots:
// what ended before a time had its slot before it.
func (b *Base) pruneAge(ctx context.Context, k job.Keep) (removed int, err error) {
	if k.Age <= 0 {
		return 0, nil
	}
	err = b.DB.Write(ctx, func(tx Tx) error {
		now, err := b.Dialect.Now(ctx, tx, k.Now)
		if err != nil {
			return err
		}
		n, err := b.exec(ctx, tx, `delete from @runs where id in (
			select id from @runs where phase = 2 and slot_us < $1 and finished_us < $1 order by slot_us limit $2)`,
			Micros(now.Add(-k.Age)), int64(pruneLimit))
		removed = int(n)
		return err
	})
	return removed, err
}

// pruneSurplus removes what is more than the newest of each job.
func (b *Base) pruneSurplus(ctx context.Context, keep int) (removed int, err error) {
	begin := time.Now()
	if begin.Before(b.round.rest) {
		return 0, nil
	}
	var jobs []string
	err = b.DB.Write(ctx, func(tx Tx) (err error) {
		jobs, err = query(ctx, b, tx, One[string], someJobs+` select job from j where job is not null order by job`,
			b.round.after, int64(pruneJobs))
		if err != nil || len(jobs) == 0 {
			return err
		}
		n, err := b.exec(ctx, tx, someJobs+`, edges as (
				select job, (select slot_us from @runs k where k.phase = 2 and k.job = j.job
					order by slot_us desc limit 1 offset $3) as edge
				from j where job is not null)
			delete from @runs where id in (
				select r.id from edges e join @runs r on r.phase = 2 and r.job = e.job and r.slot_us < e.edge limit $4)`,
			b.round.after, int64(pruneJobs), int64(keep)-1, int64(pruneLimit))
		removed = int(n)
		return err
	})
	if err != nil {
		return 0, err
	}
	whole := b.round.after == "" && len(jobs) < pruneJobs
	b.round.after = ""
	if len(jobs) == pruneJobs {
		b.round.after = jobs[len(jobs)-1]
	}
	if !whole {
		b.round.rest = time.Now().Add(pruneShare * time.Since(begin))
	}
	return removed, nil
}

// someJobs are the jobs after $1 that have a history, up to $2 of them, in the
// order of the index, in which it jumps from one to the next.
const someJobs = `with recursive j(job, n) as (
		select min(job), cast(1 as bigint) from @runs where phase = 2 and job > $1
		union all
		select (select min(r.job) from @runs r where r.phase = 2 and r.job > j.job), j.n + 1
		from j where j.job is not null and j.n < $2)`
