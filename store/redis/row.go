package redis

import (
	"crypto/sha1"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// stamp is t as it is kept: decimal microseconds, "" for the zero Time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(job.Micro(t).UnixMicro(), 10)
}

func (e *encoder) time(t time.Time) {
	if t.IsZero() {
		e.str("")
		return
	}
	var digits [20]byte
	e.bytes(strconv.AppendInt(digits[:0], job.Micro(t).UnixMicro(), 10))
}

// seconds writes t as the sorted set of the next times has it.
func (e *encoder) seconds(t time.Time) {
	if t.IsZero() {
		e.str("")
		return
	}
	us := job.Micro(t).UnixMicro()
	if us < 0 { // the digits of a negative remainder would be another time
		e.str(strconv.FormatFloat(float64(us)/1e6, 'f', 6, 64))
		return
	}
	var digits [28]byte
	text := strconv.AppendInt(digits[:0], us/1e6, 10)
	fraction := len(text)
	text = strconv.AppendInt(text, us%1e6+1e6, 10) // a leading 1 keeps the zeros
	text[fraction] = '.'
	e.bytes(text)
}

func (d *decoder) time() time.Time {
	s := d.str()
	if s == "" {
		return time.Time{}
	}
	us, err := strconv.ParseInt(s, 10, 64)
	if err != nil && d.fail == nil {
		d.fail = fmt.Errorf("the answer has %q where a time should be", s)
	}
	return time.UnixMicro(us).UTC()
}

// instances is how many runs of a job may live; -1: as many as may be.
func instances(p job.Policy) int64 {
	if p.Overlap == job.AllowOverlap {
		return -1
	}
	return int64(max(1, p.MaxInstances))
}

// kind writes what scripts go by of a job: see lua/lib.lua.
func (e *encoder) kind(w job.Work) {
	e.packed(func(e *encoder) {
		e.str(w.Needs())
		e.int(instances(w.Policy))
		e.str(w.Policy.Group)
	})
}

// runKind writes what scripts go by of a run that is not over.
func (e *encoder) runKind(w job.Work) {
	e.packed(func(e *encoder) {
		e.str(w.Needs())
		e.int(instances(w.Policy))
		e.str(w.Policy.Group)
		e.int(int64(max(1, w.Policy.GroupLimit)))
	})
}

// due writes when a job is due by itself.
func (e *encoder) due(s job.State) {
	if s.Paused || s.Parked != "" {
		e.str("")
		return
	}
	e.time(s.Next)
}

// body writes the part of a state that no script looks at.
func (e *encoder) body(s job.State) {
	e.packed(func(e *encoder) {
		e.time(s.Next)
		e.time(s.Slot)
		e.time(s.Last)
		e.bool(s.Paused)
		e.str(s.Parked)
	})
}

// decodeState reads a state; "" is that of a job which somebody put there by
// hand.
func decodeState(raw string) (job.State, error) {
	if raw == "" {
		return job.State{}, nil
	}
	d := decoder{data: raw}
	s := job.State{Rev: d.int()}
	d.str() // kind
	d.str() // due
	body := decoder{data: d.str(), fail: d.fail}
	s.Next, s.Slot, s.Last = body.time(), body.time(), body.time()
	s.Paused, s.Parked = body.bool(), body.str()
	return s, body.fail
}

// run writes the row of r, but for its token, which stands after all else: see
// lua/lib.lua. work is what its Work is kept under.
func (e *encoder) run(r *job.Run, work string) {
	e.int(int64(r.Phase))
	if r.Cancel {
		e.int(1)
	} else {
		e.int(0)
	}
	if r.Phase == job.Done {
		e.str("")
	} else {
		e.runKind(r.Work)
	}
	if r.Attempt == 0 && r.Started.IsZero() && r.Outcome.Kind == job.None && r.Outcome.Finished.IsZero() {
		e.str("")
	} else {
		e.ended(r.Attempt, r.Started, r.Outcome)
	}
	e.str(r.Owner.Node)
	e.str(r.Job)
	e.time(r.Slot)
	e.int(int64(r.Instance))
	e.int(int64(r.Place))
	e.time(r.Due)
	e.past(r)
	e.str(work)
}

// ended writes how a run ended, or its last attempt.
func (e *encoder) ended(attempt int, started time.Time, o job.Outcome) {
	e.packed(func(e *encoder) {
		e.time(o.Finished)
		e.int(int64(attempt))
		e.time(started)
		e.int(int64(o.Kind))
		e.str(o.Error)
		e.str(o.Detail)
		e.bytes(o.Result)
	})
}

func (e *encoder) past(r *job.Run) {
	e.packed(func(e *encoder) {
		if r.Skipped == (job.Skipped{}) {
			e.list(0)
		} else {
			e.list(4)
			e.time(r.Skipped.First)
			e.time(r.Skipped.Last)
			e.int(int64(r.Skipped.Count))
			e.int(int64(r.Skipped.Reason))
		}
		e.list(len(r.Attempts))
		for _, a := range r.Attempts {
			e.list(7)
			e.int(int64(a.Number))
			e.str(a.Owner.Node)
			e.int(a.Owner.Token)
			e.time(a.Started)
			e.time(a.Finished)
			e.int(int64(a.Kind))
			e.str(a.Error)
		}
	})
}

// decodeRun reads a row, and what its Work is kept under.
func decodeRun(id, row string) (r job.Run, work string, err error) {
	d := decoder{data: row}
	r = job.Run{ID: id, Phase: job.Phase(d.int()), Cancel: d.int() == 1}
	d.str() // kind
	if ended := d.str(); ended != "" {
		o := decoder{data: ended, fail: d.fail}
		r.Outcome.Finished, r.Attempt, r.Started = o.time(), int(o.int()), o.time()
		r.Outcome.Kind, r.Outcome.Error, r.Outcome.Detail = job.OutcomeKind(o.int()), o.str(), o.str()
		if result := o.str(); result != "" {
			r.Outcome.Result = json.RawMessage(result)
		}
		d.fail = o.fail
	}
	r.Owner.Node = d.str()
	r.Job, r.Slot, r.Instance, r.Place, r.Due = d.str(), d.time(), int(d.int()), int(d.int()), d.time()
	p := decoder{data: d.str(), fail: d.fail}
	p.past(&r)
	work = d.str()
	r.Owner.Token = d.int()
	if err := errors.Join(p.fail, d.fail); err != nil {
		return r, "", fmt.Errorf("decode run %q: %w", id, err)
	}
	return r, work, nil
}

func (d *decoder) past(r *job.Run) {
	if d.list() > 0 {
		r.Skipped = job.Skipped{First: d.time(), Last: d.time(), Count: int(d.int()), Reason: job.Reason(d.int())}
	}
	for range d.list() {
		d.list()
		r.Attempts = append(r.Attempts, job.Attempt{
			Number: int(d.int()), Owner: job.Owner{Node: d.str(), Token: d.int()},
			Started: d.time(), Finished: d.time(), Kind: job.OutcomeKind(d.int()), Error: d.str(),
		})
	}
}

// encodeWork gives the text of w and what it is kept under. Runs of one job
// share it, so that a row of the history is small.
func encodeWork(w job.Work) (hash string, text []byte, err error) {
	text, err = job.EncodeRun(job.Run{Work: w})
	if err != nil {
		return "", nil, err
	}
	sum := sha1.Sum(text)
	return string(sum[:]), text, nil
}

func decodeWork(text string) (job.Work, error) {
	r, err := job.DecodeRun([]byte(text))
	return r.Work, err
}
