package memory

import (
	"encoding/json"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// entry is a job as it is kept. There may be millions, so what few jobs have is
// elsewhere (rare), and so is what many have in common (class).
type entry struct {
	id      string
	trigger trigger.Trigger
	class   *class
	rare    *rare // nil: none of it
	past    *past // nil: it has no runs
	next    micros
	slot    micros
	last    micros
	rev     int64
	at      int32 // in the queue of its service; -1: not there
	paused  bool
}

// rare is what few jobs have. It is never changed, as runs share that of their
// job.
type rare struct {
	name     string
	function string // where it is not named, as a command line
	args     json.RawMessage
	metadata map[string]string
	parked   string
}

// rareOf is nil when there is nothing in r.
func rareOf(r rare) *rare {
	if r.name == "" && r.function == "" && r.args == nil && r.metadata == nil && r.parked == "" {
		return nil
	}
	kept := r
	return &kept
}

// work is what is done in class c with the function and the arguments of r.
func (r *rare) work(c *class) job.Work {
	w := job.Work{Executor: c.executor, Func: c.function, Policy: c.policy}
	if r != nil {
		w.Args = r.args
		if !w.Policy.Named {
			w.Func = r.function
		}
	}
	return w
}

// put writes j, less its revision, into e, which is in no queue.
func (s *Store) put(e *entry, j *job.Job) {
	e.trigger = j.Trigger
	old := e.class
	e.class = s.join(classOf(j.Executor, j.Func, &j.Policy))
	if old != nil {
		s.leave(old)
	}
	r := rare{name: j.Name, args: j.Args, metadata: j.Metadata, parked: j.State.Parked}
	if !j.Policy.Named {
		r.function = j.Func
	}
	e.rare = rareOf(r)
	e.setState(&j.State)
}

// setState writes all of a state but the revision and what is parked.
func (e *entry) setState(st *job.State) {
	e.next, e.slot, e.last, e.paused = microsOf(st.Next), microsOf(st.Slot), microsOf(st.Last), st.Paused
}

func (e *entry) parked() string {
	if e.rare == nil {
		return ""
	}
	return e.rare.parked
}

// park notes why a job cannot be planned; "": it can.
func (e *entry) park(why string) {
	if why == e.parked() {
		return
	}
	var r rare
	if e.rare != nil {
		r = *e.rare
	}
	r.parked = why
	e.rare = rareOf(r)
}

// revise gives e a new revision.
func (s *Store) revise(e *entry) {
	s.rev++
	e.rev = s.rev
}

// job is e as others see it.
func (e *entry) job() job.Job {
	w := e.rare.work(e.class)
	j := job.Job{
		ID: e.id, Trigger: e.trigger, Executor: w.Executor, Func: w.Func, Args: w.Args, Policy: w.Policy,
		State: job.State{Next: e.next.time(), Slot: e.slot.time(), Last: e.last.time(), Paused: e.paused, Rev: e.rev},
	}
	if e.rare != nil {
		j.Name, j.Metadata, j.State.Parked = e.rare.name, e.rare.metadata, e.rare.parked
	}
	return j
}

// dormant reports whether e is not to be planned.
func (e *entry) dormant() bool { return e.next == never || e.paused || e.parked() != "" }

func (e *entry) before(o *entry) bool {
	return e.next < o.next || e.next == o.next && e.id < o.id
}

func (e *entry) key() string { return e.id }

func (e *entry) place() *int32 { return &e.at }

// requeue puts e where claims find it, or takes it away from there, after its
// state was changed. It reports whether they may have to look earlier than they
// were told: e is the first of those that the same schedulers serve, or those
// before it may have been passed over.
func (s *Store) requeue(e *entry) (sooner bool) {
	q := &e.class.service.jobs
	switch {
	case e.dormant():
		s.dequeue(e)
		return false
	case e.at < 0:
		q.push(e)
	default:
		q.fix(int(e.at))
	}
	return e.at == 0 || q.items[0].next <= s.seen
}

func (s *Store) dequeue(e *entry) {
	if e.at >= 0 {
		e.class.service.jobs.remove(e)
	}
}
