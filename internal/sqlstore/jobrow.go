package sqlstore

import (
	"cmp"
	"fmt"
	"strings"
	"sync"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// JobRow is a job as the columns want it.
type JobRow struct {
	ID, Needs string
	Next      *int64 // nil: none
	Slot      int64
	Last      int64
	Paused    bool
	Parked    string
	Room      int64 // MaxInstances; 0: no limit
	Body      string
}

// NewJobRow is the row of j. It fails when j cannot be kept.
func NewJobRow(j job.Job) (JobRow, error) {
	body, err := job.EncodeJob(j)
	if err != nil {
		return JobRow{}, err
	}
	r := JobRow{ID: j.ID, Needs: j.Work().Needs(), Room: room(j.Policy), Body: Clean(string(body))}
	r.setState(j.State)
	if Clean(r.ID) != r.ID || Clean(r.Needs) != r.Needs {
		return JobRow{}, fmt.Errorf("job %q: its ID, executor and function are to be UTF-8 without zero bytes", j.ID)
	}
	return r, nil
}

func (r *JobRow) setState(s job.State) {
	r.Next, r.Slot, r.Last, r.Paused, r.Parked = Next(s), Micros(s.Slot), Micros(s.Last), s.Paused, Clean(s.Parked)
}

// Next is the next time as it is kept; nil: none.
func Next(s job.State) *int64 {
	if s.Next.IsZero() {
		return nil
	}
	us := Micros(s.Next)
	return &us
}

// room is how many instances may live; 0: any number.
func room(p job.Policy) int64 {
	if p.Overlap == job.AllowOverlap {
		return 0
	}
	return int64(max(p.MaxInstances, 1))
}

// Clean is s without what PostgreSQL keeps in no text: zero bytes, and bytes
// that are no UTF-8.
func Clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// JobColumns are what ScanJob reads.
const JobColumns = "id, next_us, slot_us, last_us, paused, parked, rev, body"

// Stored is a row of jobs before its body is decoded.
type Stored struct {
	ID    string
	State job.State
	Body  string
}

// ScanJob reads JobColumns; more are columns behind them.
func ScanJob(rows Rows, more ...any) (Stored, error) {
	var s Stored
	var next *int64
	var slot, last int64
	dest := append([]any{
		&s.ID, &next, &slot, &last, &s.State.Paused, &s.State.Parked, &s.State.Rev, &s.Body,
	}, more...)
	if err := rows.Scan(dest...); err != nil {
		return s, err
	}
	s.State.Slot, s.State.Last = Time(slot), Time(last)
	if next != nil {
		s.State.Next = Time(*next)
	}
	return s, nil
}

// Decode returns the job. One that cannot be decoded is parked, and there is an
// error too.
func (s Stored) Decode() (job.Job, error) {
	j, err := job.DecodeJob([]byte(s.Body))
	if err != nil {
		j = job.Job{ID: s.ID}
		s.State.Parked = cmp.Or(s.State.Parked, err.Error())
	}
	j.State = s.State
	return j, err
}

// specs remembers jobs that were decoded: those that are due each second are
// decoded once.
type specs struct {
	mu   sync.Mutex
	jobs map[string]known
	bad  map[string]int64 // those that cannot be decoded, and their revisions
}

// known is what a text was decoded to.
type known struct {
	body string
	job  job.Job
	err  error
}

// maxKnown bounds the memory that specs takes; beyond it, it begins anew.
const maxKnown = 50_000

// decode is Stored.Decode with a memory.
func (k *specs) decode(s Stored) (job.Job, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	got, ok := k.jobs[s.ID]
	if !ok || got.body != s.Body {
		j, err := s.Decode()
		if k.jobs == nil || len(k.jobs) >= maxKnown {
			k.jobs, k.bad = make(map[string]known), make(map[string]int64)
		}
		got = known{s.Body, j, err}
		k.jobs[s.ID] = got
	}
	if got.err != nil {
		k.bad[s.ID] = s.State.Rev
	} else if len(k.bad) > 0 {
		delete(k.bad, s.ID)
	}
	got.job.State = s.State
	return got.job, got.err
}

// unreadable are the revisions of the jobs that could not be decoded.
func (k *specs) unreadable() []int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	revs := []int64{}
	for _, rev := range k.bad {
		revs = append(revs, rev)
	}
	return revs
}
