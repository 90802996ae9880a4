package mongo

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// maxTries is how often an operation is begun anew because others were
// faster. It is trouble with the store after that.
const maxTries = 40

// plan says what jobs are to be set to, given what is stored of them. A job
// without an entry is left alone. It is asked again, with what is stored then,
// for those that somebody else has set meanwhile.
type plan func(ctx context.Context, now map[string]*chain[jobValue]) (map[string]*jobValue, error)

// update sets the registers of jobs by compare-and-set until all that p wants
// is done, and carries out what follows from it.
func (s *Store) update(ctx context.Context, keys []string, p plan) error {
	for try := range maxTries {
		if len(keys) == 0 {
			return nil
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
		now, err := s.jobs.read(ctx, keys)
		if err != nil {
			return err
		}
		want, err := p(ctx, now)
		if err != nil {
			return err
		}
		var steps []*step[jobValue]
		for _, key := range slices.Sorted(maps.Keys(want)) {
			steps = append(steps, &step[jobValue]{key: key, from: now[key], value: want[key]})
		}
		if err := s.jobs.append(ctx, steps); err != nil {
			return err
		}
		if err := s.follow(ctx, steps); err != nil {
			return err
		}
		keys = nil
		for _, st := range steps {
			if !st.won {
				keys = append(keys, st.key)
			}
		}
	}
	return fmt.Errorf("set job %q: others were faster %d times: %w", keys[0], maxTries, errUnsettled)
}

// pause lets others finish after the first tries were lost.
func pause(ctx context.Context, try int) error {
	if try < 2 {
		return nil
	}
	timer := time.NewTimer(rand.N(time.Duration(min(try, 20)) * time.Millisecond))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// follow copies rows to the history and deletes what nobody needs, after
// steps that won. What a crash leaves undone of it, who sets the job next
// does: rows are inherited, and old links are deleted then.
func (s *Store) follow(ctx context.Context, steps []*step[jobValue]) error {
	var done []*link[jobValue]
	var slim []string
	for _, st := range steps {
		if !st.won {
			continue
		}
		if len(st.link.Value.Done) > 0 {
			done = append(done, st.link)
		}
		if st.from.head != nil {
			slim = append(slim, st.from.head.ID)
		}
	}
	if err := s.copyDone(ctx, done); err != nil {
		return err
	}
	// The link before stays as a stub: queries are to find the newest only.
	if err := s.slim(ctx, slim, done); err != nil {
		return err
	}
	return s.jobs.tidy(ctx, steps)
}

// copyDone writes the rows that links carry into the history. A row that is
// there already is the same one.
func (s *Store) copyDone(ctx context.Context, links []*link[jobValue]) error {
	var rows []historyForm
	for _, l := range links {
		for _, f := range l.Value.Done {
			row, err := historyOf(f)
			if err != nil {
				return fmt.Errorf("copy run %q to the history: %w", f.ID, err)
			}
			rows = append(rows, row)
		}
	}
	_, err := insert(ctx, s.runs, rows)
	return err
}

// slim takes the values out of links that were followed, and the rows that
// were copied out of the newest.
func (s *Store) slim(ctx context.Context, followed []string, copied []*link[jobValue]) error {
	var rows []string
	for _, l := range copied {
		rows = append(rows, l.ID)
	}
	if err := s.unset(ctx, followed, "v"); err != nil {
		return err
	}
	return s.unset(ctx, rows, "v.done")
}

// unset is one statement however many links there are: FerretDB keeps a
// connection for each statement of a command, and waits for ever when it has
// none left.
func (s *Store) unset(ctx context.Context, ids []string, field string) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := s.jobs.coll.UpdateMany(ctx, anyID(ids), bson.D{{Key: "$unset", Value: bson.D{{Key: field, Value: ""}}}})
	return wrap("slim links of", s.jobs.coll, err)
}
