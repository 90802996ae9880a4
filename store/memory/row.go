package memory

import (
	"slices"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// row is a run as it is kept.
type row struct {
	run job.Run
	due micros // of run, while it waits
	at  int32  // in its queue, while it waits; else -1
}

func (r *row) before(o *row) bool { return r.due < o.due || r.due == o.due && r.run.ID < o.run.ID }

func (r *row) place() *int32 { return &r.at }

// past is the runs of a job, whether or not the job is still there.
type past struct {
	live []*row // those that wait or run, in the order in which they were written
	done []*row // in the order in which they ended
}

// node is a scheduler as its last Beat told.
type node struct {
	expires micros
	until   micros // it begins nothing that is due later
	running map[*row]struct{}
}

// pastOf is the past of a job, made if there is none.
func (s *Store) pastOf(id string) *past {
	p := s.pasts[id]
	if p == nil {
		p = &past{}
		s.pasts[id] = p
		if e := s.jobs[id]; e != nil {
			e.past = p
		}
	}
	return p
}

// insert writes a new run.
func (s *Store) insert(run job.Run) *row {
	r := &row{run: run, at: -1}
	s.runs[run.ID] = r
	p := s.pastOf(run.Job)
	if run.Phase == job.Done {
		p.done = append(p.done, r)
		return r
	}
	p.live = append(p.live, r)
	if run.Phase == job.Waiting {
		s.wait(r)
	}
	return r
}

// wait puts r where claims find it.
func (s *Store) wait(r *row) {
	r.due = microsOf(r.run.Due)
	needs := r.run.Work.Needs()
	q := s.waiting[needs]
	if q == nil {
		q = &queue[*row]{}
		s.waiting[needs] = q
	}
	q.push(r)
}

func (s *Store) unwait(r *row) {
	needs := r.run.Work.Needs()
	q := s.waiting[needs]
	q.remove(r)
	if q.len() == 0 {
		delete(s.waiting, needs)
	}
}

// give makes a node the owner of r, with a new token.
func (s *Store) give(r *row, name string, n *node) {
	s.token++
	r.run.Phase = job.Running
	r.run.Owner = job.Owner{Node: name, Token: s.token}
	n.running[r] = struct{}{}
}

// hold takes the unique records that r names.
func (s *Store) hold(r *row) {
	if r.run.Place < 0 {
		return
	}
	group := r.run.Work.Policy.Group
	if s.groups[group] == nil {
		s.groups[group] = make(map[int]*row)
	}
	s.groups[group][r.run.Place] = r
}

// release lets go of the owner and the unique records of r.
func (s *Store) release(r *row) {
	if n := s.nodes[r.run.Owner.Node]; n != nil {
		delete(n.running, r)
	}
	if r.run.Place >= 0 {
		group := r.run.Work.Policy.Group
		delete(s.groups[group], r.run.Place)
		if len(s.groups[group]) == 0 {
			delete(s.groups, group)
		}
	}
	r.run.Instance, r.run.Place = -1, -1
}

// end moves r from the live runs to the past ones.
func (s *Store) end(r *row) {
	p := s.pasts[r.run.Job]
	p.live = slices.DeleteFunc(p.live, func(o *row) bool { return o == r })
	p.done = append(p.done, r)
	r.run.Phase = job.Done
}

// cancelWaiting ends a run that waits.
func (s *Store) cancelWaiting(r *row) {
	s.unwait(r)
	r.run.Outcome = job.Outcome{Kind: job.Cancelled, Finished: s.clock().time()}
	s.end(r)
}

// holds reports whether a live run of p holds an instance.
func (p *past) holds(instance int) bool {
	return slices.ContainsFunc(p.live, func(r *row) bool { return r.run.Instance == instance })
}

// instances is how many are held.
func (p *past) instances() (n int) {
	for _, r := range p.live {
		if r.run.Instance >= 0 {
			n++
		}
	}
	return n
}
