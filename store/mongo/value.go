package mongo

import (
	"cmp"
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// jobValue is what a job's register holds: the job and all that lives of it.
// Whatever is done to a job or to one of its runs sets this one value, and so
// happens all or not at all.
type jobValue struct {
	Job   string    `json:"job,omitempty"` // job.EncodeJob; nothing is ever written over one that cannot be decoded
	Gone  bool      `json:"gone"`          // removed, or runs were asked for that have no job
	Rev   int64     `json:"rev"`
	State stateForm `json:"state"`
	Live  []runForm `json:"live,omitempty"` // Running and Waiting
	// Done are runs that this link says are over. They are rows of the history
	// before another link follows, and may be before.
	Done []runForm `json:"done,omitempty"`
	// Top is the latest slot that had a run since the register was made: no
	// run of a later one can be in the history. Nil: none yet.
	Top *int64 `json:"top,omitempty"`

	// What says where to look closer; setJob and set fill it in.
	Needs  string     `json:"needs,omitempty"`  // job.Work.Needs of the job
	Nodes  []nodeForm `json:"nodes,omitempty"`  // of runs that are Running
	Wait   []waitForm `json:"wait,omitempty"`   // of runs that are Waiting
	Cancel []string   `json:"cancel,omitempty"` // owners of runs that are to be cancelled
}

// nodeForm says who has a run, and who may take it over.
type nodeForm struct {
	Node  string `json:"node"`
	Needs string `json:"needs"`
}

// waitForm says who may take a waiting run over, and when.
type waitForm struct {
	At    int64  `json:"at"`
	Needs string `json:"needs"`
}

// stateForm is a job.State without its revision.
type stateForm struct {
	Next   *int64 `json:"next,omitempty"`
	Slot   *int64 `json:"slot,omitempty"`
	Last   *int64 `json:"last,omitempty"`
	Paused bool   `json:"paused,omitempty"`
	Parked string `json:"parked,omitempty"`
}

// runForm is a run as it is kept: the ID to look for it, and job.EncodeRun
// without the result, which is kept to the byte.
type runForm struct {
	ID     string `json:"id" bson:"id"`
	Run    string `json:"run" bson:"run"`
	Result []byte `json:"result,omitempty" bson:"result,omitempty"`
}

func formOf(r job.Run) (runForm, error) {
	f := runForm{ID: r.ID, Result: r.Outcome.Result}
	r.Outcome.Result = nil
	data, err := job.EncodeRun(r)
	f.Run = string(data)
	return f, err
}

func (f runForm) decode() (job.Run, error) {
	r, err := job.DecodeRun([]byte(f.Run))
	r.Outcome.Result = f.Result
	return r, err
}

// micros is t as it is kept: nil is the zero Time.
func micros(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	us := job.Micro(t).UnixMicro()
	return &us
}

func fromMicros(us *int64) time.Time {
	if us == nil {
		return time.Time{}
	}
	return time.UnixMicro(*us).UTC()
}

func (v *jobValue) setState(s job.State) {
	v.State = stateForm{
		Next: micros(s.Next), Slot: micros(s.Slot), Last: micros(s.Last),
		Paused: s.Paused, Parked: s.Parked,
	}
}

// due is when the job is to be planned; nil: never, it is paused or parked.
func (v *jobValue) due() *int64 {
	if v.State.Paused || v.State.Parked != "" {
		return nil
	}
	return v.State.Next
}

func (v *jobValue) state() job.State {
	return job.State{
		Next: fromMicros(v.State.Next), Slot: fromMicros(v.State.Slot), Last: fromMicros(v.State.Last),
		Paused: v.State.Paused, Parked: v.State.Parked, Rev: v.Rev,
	}
}

// setJob takes over what a person wants of j, and its state.
func (v *jobValue) setJob(j job.Job) error {
	data, err := job.EncodeJob(j)
	if err != nil {
		return err
	}
	v.Job, v.Gone, v.Needs = string(data), false, j.Work().Needs()
	v.setState(j.State)
	return nil
}

// remove leaves the runs alone.
func (v *jobValue) remove() {
	v.Job, v.Needs, v.State, v.Gone = "", "", stateForm{}, true
}

// decode returns the job; one that cannot be decoded is parked.
func (v *jobValue) decode(id string) (job.Job, error) {
	j, err := job.DecodeJob([]byte(v.Job))
	if err != nil {
		j = job.Job{ID: id, State: v.state()}
		j.State.Parked = cmp.Or(j.State.Parked, err.Error())
		return j, err
	}
	j.State = v.state()
	return j, nil
}

// lives are the live runs of a value, the oldest slot first, and those that
// cannot be decoded: they are kept as they are and take no part.
type lives struct {
	runs   []job.Run
	opaque []runForm
}

func (v *jobValue) live() lives {
	var l lives
	for _, f := range v.Live {
		r, err := f.decode()
		if err != nil {
			l.opaque = append(l.opaque, f)
			continue
		}
		l.runs = append(l.runs, r)
	}
	slices.SortStableFunc(l.runs, func(a, b job.Run) int { return a.Slot.Compare(b.Slot) })
	return l
}

func (l *lives) find(id string) *job.Run {
	for i := range l.runs {
		if l.runs[i].ID == id {
			return &l.runs[i]
		}
	}
	return nil
}

// next is a copy of v to be changed into what follows.
func (v *jobValue) next() *jobValue {
	n := *v
	n.Done = nil
	return &n
}

// set makes l the live runs of v; those that are over become rows for the
// history.
func (v *jobValue) set(l lives) error {
	v.Live, v.Nodes, v.Wait, v.Cancel = slices.Clone(l.opaque), nil, nil, nil
	for _, r := range l.runs {
		f, err := formOf(r)
		if err != nil {
			return err
		}
		switch r.Phase {
		case job.Done:
			v.Done = append(v.Done, f)
			continue
		case job.Running:
			if n := (nodeForm{r.Owner.Node, r.Work.Needs()}); !slices.Contains(v.Nodes, n) {
				v.Nodes = append(v.Nodes, n)
			}
			if r.Cancel {
				v.Cancel = append(v.Cancel, r.Owner.Node)
			}
		case job.Waiting:
			v.Wait = append(v.Wait, waitForm{At: r.Due.UnixMicro(), Needs: r.Work.Needs()})
		}
		v.Live = append(v.Live, f)
	}
	return nil
}

// historyForm is a document of the history: a run that is over.
type historyForm struct {
	ID       string          `bson:"_id"`
	Job      string          `bson:"job"`
	Slot     int64           `bson:"slot"`
	Kind     job.OutcomeKind `bson:"kind"`
	Finished int64           `bson:"finished"`
	Run      runForm         `bson:"run"`
}

func historyOf(f runForm) (historyForm, error) {
	r, err := f.decode()
	if err != nil {
		return historyForm{}, err
	}
	return historyForm{
		ID: f.ID, Job: r.Job, Slot: r.Slot.UnixMicro(), Kind: r.Outcome.Kind,
		Finished: r.Outcome.Finished.UnixMicro(), Run: f,
	}, nil
}

// columns are what queries look for in v.
func (v *jobValue) columns() columns {
	return columns{
		Due: v.due(), Needs: v.Needs, Busy: len(v.Live) > 0, Cancel: v.Cancel,
		Carries: len(v.Done) > 0, Gone: v.Gone,
	}
}
