package redis

import (
	"crypto/sha1"
	"encoding/json"
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

// state writes the state of a job: see lua/lib.lua.
func (e *encoder) state(rev int64, s job.State, w job.Work) {
	e.list(9)
	e.stateHead(rev, s)
	e.str(w.Needs())
	e.int(instances(w.Policy))
	e.str(w.Policy.Group)
}

// stateHead is the part of it that an Advance brings along.
func (e *encoder) stateHead(rev int64, s job.State) {
	e.int(rev)
	e.time(s.Next)
	e.time(s.Slot)
	e.time(s.Last)
	e.bool(s.Paused)
	e.str(s.Parked)
}

// decodeState reads a state; "" is that of a job which somebody put there by
// hand.
func decodeState(raw string) (job.State, error) {
	if raw == "" {
		return job.State{}, nil
	}
	d := decoder{data: raw}
	d.list()
	s := job.State{
		Rev: d.int(), Next: d.time(), Slot: d.time(), Last: d.time(),
		Paused: d.bool(), Parked: d.str(),
	}
	return s, d.fail
}

// rest is what of a run no script looks at.
type rest struct {
	Error  string          `json:"e,omitempty"`
	Detail string          `json:"d,omitempty"`
	Result json.RawMessage `json:"r,omitempty"`
}

// rest writes it as JSON, and nothing where there is nothing.
func (e *encoder) rest(o job.Outcome) error {
	if o.Error == "" && o.Detail == "" && o.Result == nil {
		e.str("")
		return nil
	}
	data, err := json.Marshal(rest{o.Error, o.Detail, o.Result})
	if err != nil {
		return fmt.Errorf("encode an outcome: %w", err)
	}
	e.bytes(data)
	return nil
}

// run writes r as a row: see lua/lib.lua. work is what its Work is kept under.
func (e *encoder) run(r *job.Run, work string) error {
	p := r.Work.Policy
	e.list(21)
	e.str(r.Job)
	e.time(r.Slot)
	e.time(r.Due)
	e.int(int64(r.Phase))
	e.str(r.Owner.Node)
	e.int(r.Owner.Token)
	e.int(int64(r.Attempt))
	e.int(int64(r.Instance))
	e.int(int64(r.Place))
	if r.Cancel {
		e.int(1)
	} else {
		e.int(0)
	}
	e.time(r.Started)
	e.int(int64(r.Outcome.Kind))
	e.time(r.Outcome.Finished)
	if err := e.rest(r.Outcome); err != nil {
		return err
	}
	e.skipped(r.Skipped)
	e.attempts(r.Attempts)
	e.str(work)
	e.str(r.Work.Needs())
	e.int(instances(p))
	e.str(p.Group)
	e.int(int64(max(1, p.GroupLimit)))
	return nil
}

func (e *encoder) skipped(s job.Skipped) {
	if s == (job.Skipped{}) {
		e.list(0)
		return
	}
	e.list(4)
	e.time(s.First)
	e.time(s.Last)
	e.int(int64(s.Count))
	e.int(int64(s.Reason))
}

func (e *encoder) attempts(attempts []job.Attempt) {
	e.list(len(attempts))
	for _, a := range attempts {
		e.list(7)
		e.int(int64(a.Number))
		e.str(a.Owner.Node)
		e.int(a.Owner.Token)
		e.time(a.Started)
		e.time(a.Finished)
		e.int(int64(a.Kind))
		e.str(a.Error)
	}
}

// decodeRun reads a row, and what its Work is kept under.
func decodeRun(id, row string) (r job.Run, work string, err error) {
	d := decoder{data: row}
	fields := d.list()
	r = job.Run{
		ID: id, Job: d.str(), Slot: d.time(), Due: d.time(), Phase: job.Phase(d.int()),
		Owner:   job.Owner{Node: d.str(), Token: d.int()},
		Attempt: int(d.int()), Instance: int(d.int()), Place: int(d.int()), Cancel: d.int() == 1,
		Started: d.time(),
	}
	r.Outcome.Kind, r.Outcome.Finished = job.OutcomeKind(d.int()), d.time()
	if text := d.str(); text != "" {
		var rest rest
		if err := json.Unmarshal([]byte(text), &rest); err != nil {
			return r, "", fmt.Errorf("decode run %q: %w", id, err)
		}
		r.Outcome.Error, r.Outcome.Detail, r.Outcome.Result = rest.Error, rest.Detail, rest.Result
	}
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
	work = d.str()
	if d.fail == nil && fields < 17 {
		d.fail = errShort
	}
	if d.fail != nil {
		return r, "", fmt.Errorf("decode run %q: %w", id, d.fail)
	}
	return r, work, nil
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
