package memory

import (
	"encoding/json"
	"slices"
	"strings"
	"unsafe"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// row is a run as it is kept. There may be ten for each job, so what few runs
// have is elsewhere.
type row struct {
	id    string
	past  *past
	class *class
	rare  *rare // of the job as it was; its function and arguments alone count
	more  *more // nil: none of it

	slot, due, started, finished micros

	records
	owner   job.Owner
	attempt int32
	at      int32 // in the queue of its service while it waits, in node.running while it runs; else -1
	phase   job.Phase
	kind    job.OutcomeKind
	cancel  bool
}

func (r *row) key() string { return r.id }

// records are the unique ones that a run holds; -1: none.
type records struct {
	instance int32
	held     int32 // job.Run.Place
}

// more is what few runs have. It is never changed, but for attempts.
type more struct {
	err, detail string
	result      json.RawMessage
	skipped     job.Skipped
	attempts    []job.Attempt
}

func (r *row) before(o *row) bool { return r.due < o.due || r.due == o.due && r.id < o.id }

func (r *row) place() *int32 { return &r.at }

func (r *row) needs() string { return r.class.service.needs }

// run is r as others see it.
func (r *row) run() job.Run {
	run := job.Run{
		ID: r.id, Job: r.past.job, Slot: r.slot.time(), Due: r.due.time(), Phase: r.phase,
		Owner: r.owner, Attempt: int(r.attempt), Instance: int(r.instance), Place: int(r.held), Cancel: r.cancel,
		Started: r.started.time(), Outcome: job.Outcome{Kind: r.kind, Finished: r.finished.time()},
		Work: r.rare.work(r.class),
	}
	if m := r.more; m != nil {
		run.Outcome.Error, run.Outcome.Detail, run.Outcome.Result = m.err, m.detail, m.result
		run.Skipped, run.Attempts = m.skipped, m.attempts
	}
	return run
}

// setOutcome writes how an attempt ended.
func (r *row) setOutcome(o *job.Outcome) {
	r.kind, r.finished = o.Kind, microsOf(o.Finished)
	m := more{err: o.Error, detail: o.Detail, result: o.Result}
	if r.more != nil {
		m.skipped, m.attempts = r.more.skipped, r.more.attempts
	}
	r.setMore(m)
}

func (r *row) setMore(m more) {
	r.more = nil
	if m.err != "" || m.detail != "" || m.result != nil || m.skipped != (job.Skipped{}) || m.attempts != nil {
		kept := m
		r.more = &kept
	}
}

// ended is when r was over, as far as it is known.
func (r *row) ended() micros {
	if r.finished == never {
		return r.slot
	}
	return r.finished
}

// past is the runs of a job, whether or not the job is still there.
type past struct {
	job  string
	live []*row // those that wait or run, in the order in which they were written
	done []*row // in the order in which they ended
}

// pastOf is the past of a job, made if there is none.
func (s *Store) pastOf(id string) *past {
	e := s.jobs.get(id)
	if e != nil && e.past != nil {
		return e.past
	}
	p := s.pasts[id]
	if p == nil {
		p = &past{job: id}
		s.pasts[id] = p
	}
	if e != nil {
		e.past = p
	}
	return p
}

// holds reports whether a live run of p holds an instance.
func (p *past) holds(instance int) bool {
	return slices.ContainsFunc(p.live, func(r *row) bool { return int(r.instance) == instance })
}

// instances is how many are held.
func (p *past) instances() (n int) {
	for _, r := range p.live {
		if r.instance >= 0 {
			n++
		}
	}
	return n
}

// insert writes a new run.
func (s *Store) insert(run *job.Run) *row {
	p := s.pastOf(run.Job)
	r := &row{
		id: run.ID, past: p, class: s.join(classOf(run.Work.Executor, run.Work.Func, &run.Work.Policy)), rare: s.rareOfRun(run),
		slot: microsOf(run.Slot), due: microsOf(run.Due), started: microsOf(run.Started),
		records: records{int32(run.Instance), int32(run.Place)}, attempt: int32(run.Attempt), at: -1,
		phase: run.Phase, cancel: run.Cancel,
	}
	if run.Skipped.Count > 0 || len(run.Attempts) > 0 {
		r.more = &more{skipped: run.Skipped, attempts: run.Attempts}
	}
	r.setOutcome(&run.Outcome)
	s.runs.put(r)
	if run.Phase == job.Done {
		r.owner = run.Owner
		p.done = append(p.done, r)
		return r
	}
	p.live = append(p.live, r)
	if run.Phase == job.Waiting {
		s.wait(r)
	}
	return r
}

// rareOfRun is the function and the arguments of a run: those of its job, if
// they are the same.
func (s *Store) rareOfRun(run *job.Run) *rare {
	r := rare{args: run.Work.Args}
	if !run.Work.Policy.Named {
		r.function = run.Work.Func
	}
	if e := s.jobs.get(run.Job); e != nil && e.rare != nil && e.rare.function == r.function && sameBytes(e.rare.args, r.args) {
		return e.rare
	}
	return rareOf(r)
}

// sameBytes reports whether a and b are one and the same, which is more than
// that they are equal.
func sameBytes(a, b []byte) bool {
	return len(a) == len(b) && unsafe.SliceData(a) == unsafe.SliceData(b)
}

// wait puts r where claims find it.
func (s *Store) wait(r *row) {
	r.phase, r.owner, r.instance, r.held = job.Waiting, job.Owner{}, -1, -1
	r.class.service.waiting.push(r)
}

// give makes a node the owner of r, with a new token.
func (s *Store) give(r *row, n *node) {
	s.token++
	r.phase = job.Running
	r.owner = job.Owner{Node: n.name, Token: s.token}
	n.add(r)
}

// hold takes the place of a group that r names.
func (s *Store) hold(r *row) {
	if r.held < 0 {
		return
	}
	group := r.class.policy.Group
	if s.groups[group] == nil {
		s.groups[group] = make(map[int]*row)
	}
	s.groups[group][int(r.held)] = r
}

// release lets go of the owner and the unique records of r, which runs.
func (s *Store) release(r *row) {
	s.nodes[r.owner.Node].drop(r)
	if r.held >= 0 {
		group := r.class.policy.Group
		delete(s.groups[group], int(r.held))
		if len(s.groups[group]) == 0 {
			delete(s.groups, group)
		}
	}
	r.instance, r.held = -1, -1
}

// end moves r from the live runs to the past ones.
func (s *Store) end(r *row) {
	p := r.past
	p.live = slices.DeleteFunc(p.live, func(o *row) bool { return o == r })
	p.done = append(p.done, r)
	r.phase = job.Done
}

// cancelWaiting ends a run that waits.
func (s *Store) cancelWaiting(r *row) {
	r.class.service.waiting.remove(r)
	r.setOutcome(&job.Outcome{Kind: job.Cancelled, Finished: s.clock().time()})
	s.end(r)
}

// drop forgets a run that is over.
func (s *Store) drop(r *row) {
	s.runs.remove(r.id)
	s.leave(r.class)
}

// latestFirst sorts by slot, the latest first, then by ID. No slot counts as
// the first of all.
func latestFirst(a, b *row) int {
	if a.slot != b.slot {
		if b.slot == never || a.slot != never && a.slot > b.slot {
			return -1
		}
		return 1
	}
	return strings.Compare(a.id, b.id)
}
