package mongo

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// pruneLimit is how many runs one call of Prune removes.
const pruneLimit = 1000

// Runs implements job.Store.
func (s *Store) Runs(ctx context.Context, f job.RunFilter) ([]job.Run, error) {
	f.Jobs, f.Job = f.OfJobs(), ""
	// First what lives: a run that ends meanwhile is then found twice, not
	// never.
	byID := map[string]job.Run{}
	if err := s.liveRuns(ctx, f, byID); err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	if len(f.Phases) == 0 || slices.Contains(f.Phases, job.Done) {
		if err := s.doneRuns(ctx, f, byID); err != nil {
			return nil, fmt.Errorf("list runs: %w", err)
		}
	}
	var runs []job.Run
	for _, r := range byID {
		if selects(f, r) {
			runs = append(runs, r)
		}
	}
	slices.SortFunc(runs, func(a, b job.Run) int {
		return cmp.Or(b.Slot.Compare(a.Slot), cmp.Compare(a.ID, b.ID))
	})
	if f.Limit > 0 && len(runs) > f.Limit {
		runs = runs[:f.Limit]
	}
	return runs, nil
}

// selects says whether f selects r.
func selects(f job.RunFilter, r job.Run) bool {
	return (f.IDs == nil || slices.Contains(f.IDs, r.ID)) &&
		(f.Jobs == nil || slices.Contains(f.Jobs, r.Job)) &&
		(len(f.Phases) == 0 || slices.Contains(f.Phases, r.Phase)) &&
		(len(f.Kinds) == 0 || slices.Contains(f.Kinds, r.Outcome.Kind)) &&
		(f.Since.IsZero() || !r.Slot.Before(f.Since)) &&
		(f.Before.IsZero() || r.Slot.Before(f.Before))
}

// liveRuns adds what is in the registers of jobs: what lives, and what is
// not copied yet.
func (s *Store) liveRuns(ctx context.Context, f job.RunFilter, byID map[string]job.Run) error {
	keys := f.Jobs
	if keys == nil {
		var err error
		if keys, err = s.keysWhere(ctx, bson.D{{Key: "$or", Value: bson.A{
			bson.D{{Key: "busy", Value: true}}, carrying(),
		}}}); err != nil {
			return err
		}
	}
	now, err := s.jobs.read(ctx, keys)
	if err != nil {
		return err
	}
	for _, c := range now {
		if c.head == nil {
			continue
		}
		for _, form := range slices.Concat(c.head.Value.Live, c.head.Value.Done) {
			if r, err := form.decode(); err == nil {
				byID[r.ID] = r
			}
		}
	}
	return nil
}

// carrying selects links with runs that are over: they may be in the history
// or not.
func carrying() bson.D {
	return bson.D{{Key: "carries", Value: true}}
}

// doneRuns adds what is in the history.
func (s *Store) doneRuns(ctx context.Context, f job.RunFilter, byID map[string]job.Run) error {
	opts := options.Find().SetSort(bson.D{{Key: "slot", Value: -1}, {Key: "_id", Value: 1}})
	if f.Limit > 0 {
		opts.SetLimit(int64(f.Limit))
	}
	rows, err := find[historyForm](ctx, s.runs, historyFilter(f), opts)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if r, err := row.Run.decode(); err == nil {
			byID[r.ID] = r
		}
	}
	return nil
}

func historyFilter(f job.RunFilter) bson.D {
	filter := bson.D{}
	add := func(key string, value any) { filter = append(filter, bson.E{Key: key, Value: value}) }
	switch {
	case len(f.IDs) == 1:
		add("_id", f.IDs[0])
	case f.IDs != nil:
		add("_id", bson.D{{Key: "$in", Value: f.IDs}})
	}
	switch {
	case len(f.Jobs) == 1:
		add("job", f.Jobs[0])
	case f.Jobs != nil:
		add("job", bson.D{{Key: "$in", Value: f.Jobs}})
	}
	if len(f.Kinds) > 0 {
		kinds := bson.A{}
		for _, k := range f.Kinds {
			kinds = append(kinds, int32(k))
		}
		add("kind", bson.D{{Key: "$in", Value: kinds}})
	}
	slots := bson.D{}
	if !f.Since.IsZero() {
		slots = append(slots, bson.E{Key: "$gte", Value: f.Since.UnixMicro()})
	}
	if !f.Before.IsZero() {
		slots = append(slots, bson.E{Key: "$lt", Value: f.Before.UnixMicro()})
	}
	if len(slots) > 0 {
		add("slot", slots)
	}
	return filter
}

// Enqueue implements job.Store.
func (s *Store) Enqueue(ctx context.Context, r job.Run) error {
	err := s.update(ctx, []string{r.Job}, func(ctx context.Context, now map[string]*chain[jobValue]) (map[string]*jobValue, error) {
		next := &jobValue{Gone: true}
		if head := now[r.Job].head; head != nil {
			next = head.Value.next()
		}
		if next.has(r.ID) {
			return nil, job.ErrExists
		}
		known, err := existing(ctx, s.runs, []string{r.ID})
		if err != nil {
			return nil, err
		}
		if len(known) > 0 {
			return nil, job.ErrExists
		}
		l := next.live()
		l.runs = append(l.runs, waiting(r))
		return map[string]*jobValue{r.Job: next}, next.set(l)
	})
	if err != nil {
		return fmt.Errorf("enqueue run %q: %w", r.ID, err)
	}
	return s.signal(ctx)
}

// waiting is r as a run that waits and holds nothing.
func waiting(r job.Run) job.Run {
	r.Phase, r.Owner, r.Instance, r.Place = job.Waiting, job.Owner{}, -1, -1
	r.Slot, r.Due = job.Micro(r.Slot), job.Micro(r.Due)
	return r
}

// CancelRun implements job.Store.
func (s *Store) CancelRun(ctx context.Context, id string) error {
	where, chains, err := s.jobsOf(ctx, []string{id})
	if err != nil {
		return fmt.Errorf("cancel run %q: %w", id, err)
	}
	key, ok := where[id]
	if !ok {
		why, err := s.whyNotLive(ctx, id)
		if err != nil {
			return fmt.Errorf("cancel run %q: %w", id, err)
		}
		return why
	}
	now := map[string]*chain[jobValue]{key: chains[key]}
	err = s.updateFrom(ctx, now, func(_ context.Context, now map[string]*chain[jobValue]) (map[string]*jobValue, error) {
		head := now[key].head
		if head == nil {
			return nil, job.ErrFenced
		}
		next := head.Value.next()
		l := next.live()
		r := l.find(id)
		if r == nil {
			return nil, job.ErrFenced
		}
		cancel(r, s.timeOf(time.Time{}))
		return map[string]*jobValue{key: next}, next.set(l)
	})
	if err != nil {
		return fmt.Errorf("cancel run %q: %w", id, err)
	}
	return s.signal(ctx)
}

// Prune implements job.Store. With PerJob it looks at the whole history.
func (s *Store) Prune(ctx context.Context, k job.Keep) (int, error) {
	carriers, err := s.carriers(ctx)
	if err != nil {
		return 0, fmt.Errorf("prune: %w", err)
	}
	ids, err := s.prunable(ctx, k)
	if err != nil {
		return 0, fmt.Errorf("prune: %w", err)
	}
	ids = ids[:min(len(ids), pruneLimit)]
	if len(ids) == 0 {
		return 0, nil
	}
	if err := s.drop(ctx, ids, carriers); err != nil {
		return 0, fmt.Errorf("prune: %w", err)
	}
	models := make([]mongo.WriteModel, len(ids))
	for i, id := range ids {
		models[i] = mongo.NewDeleteOneModel().SetFilter(bson.D{{Key: "_id", Value: id}})
	}
	res, err := s.runs.BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
	if err != nil {
		return 0, fmt.Errorf("prune: %w", wrap("delete from", s.runs, err))
	}
	return int(res.DeletedCount), nil
}

func (s *Store) prunable(ctx context.Context, k job.Keep) ([]string, error) {
	filter := bson.D{}
	oldest := s.timeOf(k.Now).Add(-k.Age).UnixMicro()
	switch {
	case k.PerJob <= 0 && k.Age <= 0:
		return nil, nil
	case k.PerJob <= 0:
		filter = bson.D{{Key: "finished", Value: bson.D{{Key: "$lt", Value: oldest}}}}
	}
	rows, err := find[historyForm](ctx, s.runs, filter, options.Find().
		SetProjection(bson.D{{Key: "job", Value: 1}, {Key: "slot", Value: 1}, {Key: "finished", Value: 1}}).
		SetSort(bson.D{{Key: "job", Value: 1}, {Key: "slot", Value: -1}, {Key: "_id", Value: 1}}))
	if err != nil {
		return nil, err
	}
	var ids []string
	seen := map[string]int{}
	for _, row := range rows {
		seen[row.Job]++
		tooMany := k.PerJob > 0 && seen[row.Job] > k.PerJob
		tooOld := k.Age > 0 && row.Finished < oldest
		if tooMany || tooOld {
			ids = append(ids, row.ID)
		}
	}
	return ids, nil
}

// carriers says which links carry runs that are over, and whose: by run, its
// job. All of them are in the history after it.
func (s *Store) carriers(ctx context.Context) (map[string]string, error) {
	keys, err := s.keysWhere(ctx, carrying())
	if err != nil {
		return nil, err
	}
	now, err := s.jobs.read(ctx, keys)
	if err != nil {
		return nil, err
	}
	of := map[string]string{}
	var heads []*link[jobValue]
	for key, c := range now {
		if c.head == nil {
			continue
		}
		heads = append(heads, c.head)
		for _, f := range c.head.Value.Done {
			of[f.ID] = key
		}
	}
	return of, s.copyDone(ctx, heads)
}

// drop has the registers of jobs carry none of the runs in ids.
func (s *Store) drop(ctx context.Context, ids []string, carriers map[string]string) error {
	var keys []string
	for _, id := range ids {
		if key, ok := carriers[id]; ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return s.update(ctx, slices.Compact(keys), func(_ context.Context, now map[string]*chain[jobValue]) (map[string]*jobValue, error) {
		want := map[string]*jobValue{}
		for key, c := range now {
			if c.head != nil && len(c.head.Value.Done) > 0 {
				want[key] = c.head.Value.next()
			}
		}
		return want, nil
	})
}
