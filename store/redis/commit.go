package redis

import (
	"context"
	"fmt"
	"slices"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Commit implements job.Claims. Ten thousand advances are one round trip.
func (s *Store) Commit(ctx context.Context, node string, advances []job.Advance) ([]job.Committed, error) {
	bad := s.bad.all()
	if len(bad) == 0 {
		return s.commit(ctx, node, advances)
	}
	// A job that cannot be decoded any more is another one than was planned.
	good := slices.DeleteFunc(slices.Clone(advances), func(a job.Advance) bool { return bad[a.ID] != 0 })
	written, err := s.commit(ctx, node, good)
	if err != nil {
		return nil, err
	}
	all := make([]job.Committed, len(advances))
	for i, a := range advances {
		if bad[a.ID] != 0 {
			all[i].Err = fmt.Errorf("job %q cannot be decoded, and %w", a.ID, job.ErrChanged)
			continue
		}
		all[i], written = written[0], written[1:]
	}
	return all, nil
}

func (s *Store) commit(ctx context.Context, node string, advances []job.Advance) ([]job.Committed, error) {
	if len(advances) == 0 {
		return nil, s.checkLease(ctx, node)
	}
	var args [][]byte
	var ends []int // of the chunks
	for from := 0; from < len(advances); {
		to := commitChunk(advances, from)
		var e encoder
		if err := s.encodeAdvances(&e, node, advances[from:to]); err != nil {
			return nil, wrap("commit", err)
		}
		args, ends, from = append(args, e.buf), append(ends, to), to
	}
	answers, err := s.runAll(ctx, s.sc.commit, args)
	if err != nil {
		return nil, wrap("commit", err)
	}
	committed := make([]job.Committed, 0, len(advances))
	for i, d := range answers {
		d.list()
		if !d.bool() && d.fail == nil {
			return nil, fmt.Errorf("commit: node %q %w", node, job.ErrLease)
		}
		d.list()
		for len(committed) < ends[i] && d.fail == nil {
			committed = append(committed, readCommitted(d, &advances[len(committed)]))
		}
		if d.fail != nil {
			return nil, wrap("commit", d.fail)
		}
	}
	return committed, nil
}

// commitChunk is where the chunk of advances ends that begins at from: what many
// runs come with counts for more.
func commitChunk(advances []job.Advance, from int) (to int) {
	weight := 0
	for to = from; to < len(advances) && weight < chunk; to++ {
		weight += 1 + (len(advances[to].Runs)+len(advances[to].Cancel))/2
	}
	return to
}

// checkLease is what remains of a Commit of nothing.
func (s *Store) checkLease(ctx context.Context, node string) error {
	var e encoder
	e.list(5)
	e.str(node)
	e.list(0)
	e.list(0)
	e.list(0)
	e.list(0)
	d, err := s.run(ctx, s.sc.commit, e.buf)
	if err != nil {
		return wrap("commit", err)
	}
	d.list()
	if !d.bool() && d.fail == nil {
		return fmt.Errorf("commit: node %q %w", node, job.ErrLease)
	}
	return wrap("commit", d.fail)
}

func (s *Store) encodeAdvances(e *encoder, node string, advances []job.Advance) error {
	var works []encoded
	place := map[string]int{} // in works, by hash
	var of []int              // the runs
	values := 0
	for i := range advances {
		a := &advances[i]
		values += advanceSize + runSize*len(a.Runs) + len(a.Cancel)
		for j := range a.Runs {
			w, err := s.encodeWork(a.ID, a.Runs[j].Work)
			if err != nil {
				return err
			}
			at, known := place[w.hash]
			if !known {
				at = len(works)
				place[w.hash], works = at, append(works, w)
			}
			of = append(of, at)
		}
	}
	e.list(5)
	e.str(node)
	e.list(workSize * len(works))
	for i := range works {
		e.str(works[i].hash)
		e.bytes(works[i].text)
		e.str(works[i].work.Needs())
		e.str(works[i].work.Policy.Group)
	}
	e.list(len(advances))
	for i := range advances {
		e.str(advances[i].ID)
	}
	e.list(len(of))
	for i := range advances {
		for j := range advances[i].Runs {
			e.str(advances[i].Runs[j].ID)
		}
	}
	e.list(values)
	for i := range advances {
		a := &advances[i]
		e.advance(a)
		for j := range a.Runs {
			e.planned(a.Runs[j], node, works[of[j]].hash, of[j])
		}
		of = of[len(a.Runs):]
		e.int(int64(len(a.Cancel)))
		for _, id := range a.Cancel {
			e.str(id)
		}
	}
	return nil
}

// How many values lua/commit.lua gets of a work, of an advance without its runs
// and those to cancel, and of a run.
const (
	workSize    = 4
	advanceSize = 8
	runSize     = 5
)

func (e *encoder) advance(a *job.Advance) {
	e.str(a.ID)
	e.number(a.Rev)
	e.packed(func(e *encoder) {
		e.due(a.State)
		e.body(a.State)
	})
	e.due(a.State)
	e.seconds(a.State.Next)
	e.bool(a.Remove)
	e.int(int64(len(a.Runs)))
}

// planned writes a run, whose Work is kept under hash and stands at a place of
// the works.
func (e *encoder) planned(r job.Run, node, hash string, work int) {
	r.Owner.Node = ""
	if r.Phase == job.Running {
		r.Owner.Node = node
	}
	e.str(r.ID)
	e.packed(func(e *encoder) { e.run(&r, hash) })
	e.int(int64(r.Instance))
	e.int(int64(r.Place))
	e.int(int64(workSize*work + 1)) // Lua counts from 1
}

func readCommitted(d *decoder, a *job.Advance) job.Committed {
	code := d.int()
	c := job.Committed{Rev: d.int()}
	switch code {
	case 0:
		c.Tokens = make([]int64, len(a.Runs))
		for i := range c.Tokens {
			c.Tokens[i] = d.int()
		}
	case 1:
		c.Err = fmt.Errorf("job %q %w", a.ID, job.ErrNotFound)
	case 2:
		c.Err = fmt.Errorf("job %q %w", a.ID, job.ErrChanged)
	case 3:
		c.Err = fmt.Errorf("job %q %w", a.ID, job.ErrLimit)
	case 4:
		c.Err = fmt.Errorf("a run of job %q %w", a.ID, job.ErrExists)
	}
	return c
}

// Finish implements job.Claims. Ten thousand runs are one round trip.
func (s *Store) Finish(ctx context.Context, finished []job.Finished) ([]error, error) {
	args, err := chunks(len(finished), func(e *encoder, from, to int) error {
		e.finish(finished[from:to])
		return nil
	})
	if err != nil {
		return nil, wrap("finish", err)
	}
	answers, err := s.runAll(ctx, s.sc.finish, args)
	if err != nil {
		return nil, wrap("finish", err)
	}
	var errs []error
	at := 0
	for _, d := range answers {
		for range d.list() {
			if err := finishError(d.int(), finished[at].ID); err != nil {
				if errs == nil {
					errs = make([]error, len(finished))
				}
				errs[at] = err
			}
			at++
		}
		if d.fail != nil {
			return nil, wrap("finish", d.fail)
		}
	}
	return errs, nil
}

// finishedSize is how many values lua/finish.lua gets of a run beside its ID.
const finishedSize = 4

// finish writes the call of lua/finish.lua.
func (e *encoder) finish(finished []job.Finished) {
	var former []int // the places of those with a Former: most calls have none
	for i := range finished {
		if finished[i].Former != (job.Owner{}) {
			former = append(former, i)
		}
	}
	if former == nil {
		e.list(2)
	} else {
		e.list(3)
	}
	e.list(len(finished))
	for i := range finished {
		e.str(finished[i].ID)
	}
	e.list(finishedSize * len(finished))
	for i := range finished {
		e.finished(&finished[i])
	}
	if former == nil {
		return
	}
	e.list(3 * len(former))
	for _, i := range former {
		e.int(int64(i + 1)) // Lua counts from 1
		e.str(finished[i].Former.Node)
		e.int(finished[i].Former.Token)
	}
}

func (e *encoder) finished(f *job.Finished) {
	e.number(f.Token)
	e.int(int64(f.Outcome.Kind))
	e.packed(func(e *encoder) { e.ended(f.Attempt, f.Started, f.Outcome) })
	e.time(f.Retry)
}

func finishError(code int64, id string) error {
	switch code {
	case 1:
		return fmt.Errorf("run %q %w", id, job.ErrFenced)
	case 2:
		return fmt.Errorf("run %q %w", id, job.ErrNotFound)
	}
	return nil
}
