package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Runs implements job.History. Without IDs it goes through the history from its
// end, of some jobs or of all, until it has what f wants.
func (s *Store) Runs(ctx context.Context, f job.RunFilter) ([]job.Run, error) {
	f.Jobs, f.Job = f.OfJobs(), ""
	byID := map[string]job.Run{}
	var err error
	if f.IDs != nil {
		err = s.runsNamed(ctx, &f, byID)
	} else {
		err = s.runsListed(ctx, &f, byID)
	}
	if err != nil {
		return nil, wrap("list runs", err)
	}
	runs := make([]job.Run, 0, len(byID))
	for _, r := range byID {
		runs = append(runs, r)
	}
	slices.SortFunc(runs, latestFirst)
	if f.Limit > 0 && len(runs) > f.Limit {
		runs = runs[:f.Limit]
	}
	return runs, nil
}

func wantsLive(f *job.RunFilter) bool {
	return len(f.Phases) == 0 || slices.Contains(f.Phases, job.Waiting) || slices.Contains(f.Phases, job.Running)
}

func wantsDone(f *job.RunFilter) bool {
	return len(f.Phases) == 0 || slices.Contains(f.Phases, job.Done)
}

func (s *Store) runsNamed(ctx context.Context, f *job.RunFilter, byID map[string]job.Run) error {
	for from := 0; from < len(f.IDs); from += page {
		if err := s.readRuns(ctx, f.IDs[from:min(len(f.IDs), from+page)], f, byID); err != nil {
			return err
		}
	}
	return nil
}

// runsListed looks at what lives first: a run that ends meanwhile is then found
// twice, not never.
func (s *Store) runsListed(ctx context.Context, f *job.RunFilter, byID map[string]job.Run) error {
	if wantsLive(f) {
		if err := s.liveRuns(ctx, f, byID); err != nil {
			return err
		}
	}
	switch {
	case !wantsDone(f):
		return nil
	case f.Jobs == nil:
		return s.runsOf(ctx, "log", f, byID)
	}
	for _, id := range f.Jobs {
		if err := s.recentRuns(ctx, id, f, byID); err != nil {
			return err
		}
		if err := s.runsOf(ctx, "log:"+id, f, byID); err != nil {
			return err
		}
	}
	return nil
}

// recentRuns reads those of a job that were over last and are not in its sorted
// set yet: see recent in lua/lib.lua.
func (s *Store) recentRuns(ctx context.Context, of string, f *job.RunFilter, byID map[string]job.Run) error {
	raw, err := s.client.HGet(ctx, s.key("recent"), of).Result()
	if errors.Is(err, redis.Nil) {
		return nil
	}
	if err != nil {
		return err
	}
	d := decoder{data: raw}
	var ids []string
	for range d.int() {
		slot, id := d.str(), d.str()
		if id == "" {
			id = of + "@" + slot
		}
		ids = append(ids, id)
	}
	if d.fail != nil {
		return fmt.Errorf("decode the history of job %q: %w", of, d.fail)
	}
	return s.readRuns(ctx, ids, f, byID)
}

// runsOf goes through a sorted set of runs, from the latest slot on.
func (s *Store) runsOf(ctx context.Context, list string, f *job.RunFilter, byID map[string]job.Run) error {
	by := &redis.ZRangeBy{Min: "-inf", Max: "+inf", Count: page}
	if !f.Since.IsZero() {
		by.Min = stamp(f.Since)
	}
	if !f.Before.IsZero() {
		by.Max = stamp(f.Before)
	}
	enough := len(byID) + f.Limit // of this list, whatever there is of the other
	for {
		ids, err := s.client.ZRevRangeByScore(ctx, s.key(list), by).Result()
		if err != nil {
			return err
		}
		if err := s.readRuns(ctx, ids, f, byID); err != nil {
			return err
		}
		if len(ids) < page || f.Limit > 0 && len(byID) >= enough {
			return nil
		}
		by.Offset += page
	}
}

// liveRuns goes through what lives, of some jobs or all: see alive in lua/lib.lua.
func (s *Store) liveRuns(ctx context.Context, f *job.RunFilter, byID map[string]job.Run) error {
	if f.Jobs != nil {
		for jobs := range slices.Chunk(f.Jobs, page) {
			lives, err := s.client.HMGet(ctx, s.key("alive"), jobs...).Result()
			if err != nil {
				return err
			}
			var pairs []string
			for i, value := range lives {
				if only, ok := value.(string); ok {
					pairs = append(pairs, jobs[i], only)
				}
			}
			if err := s.livesOf(ctx, pairs, f, byID); err != nil {
				return err
			}
		}
		return nil
	}
	var cursor uint64
	for {
		pairs, next, err := s.client.HScan(ctx, s.key("alive"), cursor, "", page).Result()
		if err != nil {
			return err
		}
		if err := s.livesOf(ctx, pairs, f, byID); err != nil {
			return err
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

// livesOf reads the live runs of jobs; pairs has, in turn, a job and what alive
// says of it.
func (s *Store) livesOf(ctx context.Context, pairs []string, f *job.RunFilter, byID map[string]job.Run) error {
	var ids []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" { // the only one
			ids = append(ids, pairs[i+1])
			continue
		}
		if err := s.runsOf(ctx, "live:"+pairs[i], f, byID); err != nil {
			return err
		}
	}
	return s.readRuns(ctx, ids, f, byID)
}

// readRuns adds those of the runs that f selects. What has no row was removed
// meanwhile.
func (s *Store) readRuns(ctx context.Context, ids []string, f *job.RunFilter, byID map[string]job.Run) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := s.client.HMGet(ctx, s.key("runs"), ids...).Result()
	if err != nil {
		return err
	}
	var hashes []string // of what is to be read for them
	wants := map[string][]string{}
	for i, value := range rows {
		row, ok := value.(string)
		if !ok {
			continue
		}
		r, hash, err := decodeRun(ids[i], row)
		if err != nil {
			return err
		}
		if !selects(f, &r) {
			continue
		}
		if w, ok := s.known.get(hash); ok {
			r.Work = w
		} else {
			if wants[hash] == nil {
				hashes = append(hashes, hash)
			}
			wants[hash] = append(wants[hash], r.ID)
		}
		byID[r.ID] = r
	}
	return s.readWorks(ctx, hashes, wants, byID)
}

func (s *Store) readWorks(ctx context.Context, hashes []string, wants map[string][]string, byID map[string]job.Run) error {
	if len(hashes) == 0 {
		return nil
	}
	texts, err := s.client.HMGet(ctx, s.key("works"), hashes...).Result()
	if err != nil {
		return err
	}
	for i, value := range texts {
		text, ok := value.(string)
		if !ok {
			continue // pruned since
		}
		w, err := s.decodeWork(hashes[i], text)
		if err != nil {
			return err
		}
		for _, id := range wants[hashes[i]] {
			r := byID[id]
			r.Work = w
			byID[id] = r
		}
	}
	return nil
}

// Enqueue implements job.History.
func (s *Store) Enqueue(ctx context.Context, r job.Run) error {
	r.Phase, r.Owner, r.Instance, r.Place = job.Waiting, job.Owner{}, -1, -1
	hash, text, err := encodeWork(r.Work)
	if err != nil {
		return wrap("enqueue a run", err)
	}
	var e encoder
	e.list(4)
	e.str(r.ID)
	e.packed(func(e *encoder) {
		e.run(&r, hash)
		e.longInt(0)
	})
	e.list(5)
	e.str(r.Job)
	e.time(r.Slot)
	e.time(r.Due)
	e.str(r.Work.Needs())
	e.str(hash)
	e.bytes(text)
	d, err := s.run(ctx, s.sc.enqueue, e.buf)
	if err != nil {
		return wrap("enqueue a run", err)
	}
	d.list()
	if isNew := d.bool(); !isNew && d.fail == nil {
		return fmt.Errorf("run %q %w", r.ID, job.ErrExists)
	}
	return wrap("enqueue a run", d.fail)
}

// CancelRun implements job.History.
func (s *Store) CancelRun(ctx context.Context, id string) error {
	var e encoder
	e.list(1)
	e.str(id)
	d, err := s.run(ctx, s.sc.cancel, e.buf)
	if err != nil {
		return wrap("cancel a run", err)
	}
	d.list()
	if err := finishError(d.int(), id); err != nil {
		return err
	}
	return wrap("cancel a run", d.fail)
}

const (
	// pruneLimit is how many runs one Prune removes at most.
	pruneLimit = 10_000
	// pruneChunk is how many of them one script removes.
	pruneChunk = 500
)

// Prune implements job.History, with the store's clock unless k.Now says more.
func (s *Store) Prune(ctx context.Context, k job.Keep) (int, error) {
	oldest := ""
	if k.Age > 0 {
		now := k.Now
		if now.IsZero() {
			t, err := s.client.Time(ctx).Result()
			if err != nil {
				return 0, wrap("prune", err)
			}
			now = t
		}
		oldest = strconv.FormatInt(now.Add(-k.Age).Truncate(time.Microsecond).UnixMicro(), 10)
	}
	removed := 0
	for removed < pruneLimit {
		var e encoder
		e.list(3)
		e.int(int64(max(0, k.PerJob)))
		e.str(oldest)
		e.int(pruneChunk)
		d, err := s.run(ctx, s.sc.prune, e.buf)
		if err != nil {
			return removed, wrap("prune", err)
		}
		d.list()
		n, more := int(d.int()), d.bool()
		if d.fail != nil {
			return removed, wrap("prune", d.fail)
		}
		removed += n
		if !more {
			break
		}
	}
	return removed, nil
}
