package memory

import "github.com/watchkeeper-go/watchkeeper/job"

// classKey is what the work of many jobs and runs has in common.
type classKey struct {
	executor string
	function string // where it is named, and so one of a few; else ""
	policy   job.Policy
}

// class is the one copy of a classKey.
type class struct {
	classKey
	service *service
	users   int // jobs and runs
}

// service is what a scheduler must have (job.Work.Needs), and what is there to
// do for those that have it.
type service struct {
	needs   string
	jobs    queue[*entry] // those that have a next time
	waiting queue[*row]
	users   int // classes
}

func classOf(executor, function string, p *job.Policy) classKey {
	k := classKey{executor: executor, policy: *p}
	if p.Named {
		k.function = function
	}
	return k
}

// join is the class with a key, with one user more.
func (s *Store) join(k classKey) *class {
	c := s.latest // mostly it is the same one again, and comparing is cheaper than hashing
	if c == nil || c.classKey != k {
		c = s.classes[k]
	}
	if c == nil {
		c = s.newClass(k)
	}
	c.users++
	s.latest = c
	return c
}

func (s *Store) newClass(k classKey) *class {
	w := job.Work{Executor: k.executor, Func: k.function, Policy: k.policy}
	needs := w.Needs()
	v := s.services[needs]
	if v == nil {
		v = &service{needs: needs}
		s.services[needs] = v
	}
	v.users++
	c := &class{classKey: k, service: v}
	s.classes[k] = c
	return c
}

// leave ends what join began.
func (s *Store) leave(c *class) {
	if c.users--; c.users > 0 {
		return
	}
	delete(s.classes, c.classKey)
	if s.latest == c {
		s.latest = nil
	}
	if c.service.users--; c.service.users == 0 {
		delete(s.services, c.service.needs)
	}
}
