package job

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// version is that of the JSON forms. One that is higher was written by a later
// release and is not understood.
const version = 1

// EncodeJob gives the JSON form of j without its State, the form in which
// stores keep it. Spaces between the values of Args are not kept; Args that are
// not JSON are an error.
func EncodeJob(j Job) ([]byte, error) {
	t, err := trigger.Encode(j.Trigger)
	if err != nil {
		return nil, fmt.Errorf("encode job %q: %w", j.ID, err)
	}
	o := object{buf: make([]byte, 0, 128+len(j.ID)+len(t)+len(j.Args))}
	o.open()
	o.number("v", version)
	o.text("id", j.ID)
	o.optional("name", j.Name)
	o.key("trigger")
	o.buf = append(o.buf, t...)
	o.work(j.Work())
	if len(j.Metadata) > 0 {
		o.value("metadata", j.Metadata)
	}
	o.close()
	if o.err != nil {
		return nil, fmt.Errorf("encode job %q: %w", j.ID, o.err)
	}
	return o.buf, nil
}

// DecodeJob reads what EncodeJob wrote. A later version, or a trigger that
// cannot be read, is an error; the store then lists the job as parked.
func DecodeJob(data []byte) (Job, error) {
	var w wireJob
	if err := decode(data, &w, &w.Version); err != nil {
		return Job{}, fmt.Errorf("decode job: %w", err)
	}
	t, err := trigger.Decode(w.Trigger)
	if err != nil {
		return Job{}, fmt.Errorf("decode job %q: %w", w.ID, err)
	}
	return Job{
		ID: w.ID, Name: w.Name, Trigger: t, Metadata: w.Metadata,
		Executor: w.Executor, Func: w.Func, Args: w.Args, Policy: w.Policy,
	}, nil
}

// EncodeRun gives the JSON form of r, the form in which stores keep what they
// have no column for.
func EncodeRun(r Run) ([]byte, error) {
	o := object{buf: make([]byte, 0, 256+len(r.Work.Args))}
	o.open()
	o.run(r)
	o.close()
	if o.err != nil {
		return nil, fmt.Errorf("encode run %q: %w", r.ID, o.err)
	}
	return o.buf, nil
}

// DecodeRun reads what EncodeRun wrote.
func DecodeRun(data []byte) (Run, error) {
	var w wireRun
	if err := decode(data, &w, &w.Version); err != nil {
		return Run{}, fmt.Errorf("decode run: %w", err)
	}
	r := Run{
		ID: w.ID, Job: w.Job, Slot: time.Time(w.Slot), Due: time.Time(w.Due), Phase: w.Phase,
		Owner: Owner(w.Owner), Attempt: w.Attempt, Instance: w.Instance, Place: w.Place, Cancel: w.Cancel,
		Started: time.Time(w.Started), Outcome: w.Outcome.outcome(),
		Work: Work(w.Work),
	}
	if w.Skipped != nil {
		r.Skipped = Skipped{time.Time(w.Skipped.First), time.Time(w.Skipped.Last), w.Skipped.Count, w.Skipped.Reason}
	}
	for _, a := range w.Attempts {
		r.Attempts = append(r.Attempts, Attempt{
			a.Number, Owner(a.Owner), time.Time(a.Started), time.Time(a.Finished), a.Kind, a.Error,
		})
	}
	return r, nil
}

// encode is json.Marshal, but leaves <, > and & as they are: people read command
// lines and addresses in their stores.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func decode(data []byte, into any, v *int) error {
	if err := json.Unmarshal(data, into); err != nil {
		return err
	}
	if *v < 1 || *v > version {
		return fmt.Errorf("it has version %d, and this release knows versions up to %d", *v, version)
	}
	return nil
}

type wireJob struct {
	Version int             `json:"v"`
	ID      string          `json:"id"`
	Name    string          `json:"name,omitempty"`
	Trigger json.RawMessage `json:"trigger"`
	wireWork
	Metadata map[string]string `json:"metadata,omitempty"`
}

type wireWork struct {
	Executor string          `json:"executor,omitempty"`
	Func     string          `json:"func,omitempty"`
	Args     json.RawMessage `json:"args,omitempty"`
	Policy   Policy          `json:"policy,omitzero"`
}

type wireRun struct {
	Version  int           `json:"v"`
	ID       string        `json:"id"`
	Job      string        `json:"job"`
	Slot     stamp         `json:"slot,omitzero"`
	Due      stamp         `json:"due,omitzero"`
	Phase    Phase         `json:"phase,omitzero"`
	Owner    wireOwner     `json:"owner,omitzero"`
	Attempt  int           `json:"attempt,omitzero"`
	Instance int           `json:"instance"`
	Place    int           `json:"place"`
	Cancel   bool          `json:"cancel,omitzero"`
	Started  stamp         `json:"started,omitzero"`
	Outcome  wireOutcome   `json:"outcome,omitzero"`
	Skipped  *wireSkipped  `json:"skipped,omitempty"`
	Attempts []wireAttempt `json:"attempts,omitempty"`
	Work     wireWork      `json:"work"`
}

type wireOwner struct {
	Node  string `json:"node,omitempty"`
	Token int64  `json:"token,omitempty"`
}

type wireOutcome struct {
	Kind     OutcomeKind     `json:"kind,omitzero"`
	Finished stamp           `json:"finished,omitzero"`
	Error    string          `json:"error,omitempty"`
	Detail   string          `json:"detail,omitempty"`
	Result   json.RawMessage `json:"result,omitempty"`
}

// IsZero makes encoding/json leave out what did not end yet.
func (w wireOutcome) IsZero() bool {
	return w.Kind == None && w.Finished.IsZero() && w.Error == "" && w.Detail == "" && w.Result == nil
}

func outcomeWire(o Outcome) wireOutcome {
	return wireOutcome{o.Kind, stamp(o.Finished), o.Error, o.Detail, o.Result}
}

func (w wireOutcome) outcome() Outcome {
	return Outcome{w.Kind, time.Time(w.Finished), w.Error, w.Detail, w.Result}
}

type wireSkipped struct {
	First  stamp  `json:"first,omitzero"`
	Last   stamp  `json:"last,omitzero"`
	Count  int    `json:"count,omitzero"`
	Reason Reason `json:"reason,omitzero"`
}

type wireAttempt struct {
	Number   int         `json:"number"`
	Owner    wireOwner   `json:"owner,omitzero"`
	Started  stamp       `json:"started,omitzero"`
	Finished stamp       `json:"finished,omitzero"`
	Kind     OutcomeKind `json:"kind,omitzero"`
	Error    string      `json:"error,omitempty"`
}

// stamp is a time as whole microseconds since 1970, UTC.
type stamp time.Time

// IsZero reports whether there is no time.
func (s stamp) IsZero() bool { return time.Time(s).IsZero() }

// MarshalJSON implements json.Marshaler.
func (s stamp) MarshalJSON() ([]byte, error) {
	return strconv.AppendInt(nil, time.Time(s).UnixMicro(), 10), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *stamp) UnmarshalJSON(data []byte) error {
	us, err := strconv.ParseInt(string(data), 10, 64)
	if err != nil {
		return fmt.Errorf("%s is no time in microseconds", data)
	}
	*s = stamp(time.UnixMicro(us).UTC())
	return nil
}
