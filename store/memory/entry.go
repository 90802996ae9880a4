package memory

import (
	"encoding/json"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// entry is a job as it is kept. There may be millions, so what few jobs have,
// and what many have in common, is elsewhere.
type entry struct {
	id      string
	trigger trigger.Trigger
	spec    *spec
	rare    *rare // nil: none of it
	past    *past // nil: it has no runs
	next    micros
	slot    micros
	last    micros
	rev     int64
	at      int32 // in its queue; -1: in none
	paused  bool
}

// spec is what many jobs have in common.
type spec struct {
	executor string
	function string
	policy   job.Policy
}

// rare is what few jobs have.
type rare struct {
	name     string
	args     json.RawMessage
	metadata map[string]string
	parked   string
}

func (r rare) empty() bool {
	return r.name == "" && r.args == nil && r.metadata == nil && r.parked == ""
}

// work is what a run of e would take over.
func (e *entry) work() job.Work {
	w := job.Work{Executor: e.spec.executor, Func: e.spec.function, Policy: e.spec.policy}
	if e.rare != nil {
		w.Args = e.rare.args
	}
	return w
}

// put writes j, less its revision, into e.
func (s *Store) put(e *entry, j job.Job) {
	e.trigger = j.Trigger
	e.spec = s.intern(spec{j.Executor, j.Func, j.Policy})
	r := rare{j.Name, j.Args, j.Metadata, j.State.Parked}
	e.rare = nil
	if !r.empty() {
		e.rare = &r
	}
	e.setState(j.State)
}

// setState writes all of a state but the revision and what is parked.
func (e *entry) setState(st job.State) {
	e.next, e.slot, e.last, e.paused = microsOf(st.Next), microsOf(st.Slot), microsOf(st.Last), st.Paused
}

// park notes why a job cannot be planned.
func (e *entry) park(why string) {
	var r rare
	if e.rare != nil {
		r = *e.rare
	}
	r.parked = why
	e.rare = nil
	if !r.empty() {
		e.rare = &r
	}
}

// intern keeps one copy of what many jobs have in common.
func (s *Store) intern(sp spec) *spec {
	if known := s.specs[sp]; known != nil {
		return known
	}
	s.specs[sp] = &sp
	return &sp
}

// job is e as others see it.
func (e *entry) job() job.Job {
	j := job.Job{
		ID: e.id, Trigger: e.trigger, Executor: e.spec.executor, Func: e.spec.function, Policy: e.spec.policy,
		State: job.State{Next: e.next.time(), Slot: e.slot.time(), Last: e.last.time(), Paused: e.paused, Rev: e.rev},
	}
	if e.rare != nil {
		j.Name, j.Args, j.Metadata, j.State.Parked = e.rare.name, e.rare.args, e.rare.metadata, e.rare.parked
	}
	return j
}

// dormant reports whether e is not to be planned.
func (e *entry) dormant() bool {
	return e.next == never || e.paused || e.rare != nil && e.rare.parked != ""
}

func (e *entry) before(o *entry) bool {
	return e.next < o.next || e.next == o.next && e.id < o.id
}

func (e *entry) place() *int32 { return &e.at }

// revise gives e a new revision.
func (s *Store) revise(e *entry) {
	s.rev++
	e.rev = s.rev
}

// enqueue puts e where claims find it, and reports whether they may have to look
// earlier than they were told: it is the first of those that the same schedulers
// serve, or those before it may have been passed over.
func (s *Store) enqueue(e *entry) (sooner bool) {
	if e.dormant() {
		return false
	}
	needs := e.needs()
	q := s.queues[needs]
	if q == nil {
		q = &queue[*entry]{}
		s.queues[needs] = q
	}
	q.push(e)
	return e.at == 0 || q.items[0].next <= s.seen
}

func (s *Store) dequeue(e *entry) {
	if e.at < 0 {
		return
	}
	needs := e.needs()
	q := s.queues[needs]
	q.remove(e)
	if q.len() == 0 {
		delete(s.queues, needs)
	}
}

func (e *entry) needs() string {
	return job.Work{Executor: e.spec.executor, Func: e.spec.function, Policy: e.spec.policy}.Needs()
}
