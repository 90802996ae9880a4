package supervise

import (
	"fmt"
	"slices"
)

// Extend adds processes to the end of a group that is there, starts those that
// start by themselves, and does not wait for them. They are plain processes,
// also in a pool of listeners, which sends them no events. Nobody is told of a change of the group.
// ErrNoGroup; ErrAlreadyAdded when a name is taken; ErrShutdown.
func (s *Supervisor) Extend(name string, programs []Program) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	group, err := s.changeable(name)
	if err != nil {
		return err
	}
	longer, added, err := group.with(programs, s.parts)
	if err != nil {
		return err
	}
	s.exchange(group, longer)
	begin(added, &s.line)
	return nil
}

// Withdraw forgets one process of a group. ErrNoGroup; ErrNoProcess;
// ErrStillRunning when it is not in a stopped state; ErrShutdown.
func (s *Supervisor) Withdraw(name, process string) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	group, err := s.changeable(name)
	if err != nil {
		return err
	}
	leaving, there := group.Process(process)
	switch {
	case !there:
		return ErrNoProcess
	case !retire([]*Process{leaving}):
		return ErrStillRunning
	}
	s.exchange(group, group.without(leaving))
	s.parts.emptied()
	return nil
}

// changeable finds a group that is about to be changed. s.changing is held.
func (s *Supervisor) changeable(name string) (*Group, error) {
	if s.parts.stopping.Load() {
		return nil, ErrShutdown
	}
	group, there := s.Group(name)
	if !there {
		return nil, ErrNoGroup
	}
	return group, nil
}

// exchange puts a group into the place of another of its name and priority.
func (s *Supervisor) exchange(old, next *Group) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byName[next.Name()] = next
	s.sorted[slices.Index(s.sorted, old)] = next
}

// with is the group with further processes, which do not run yet.
func (g *Group) with(programs []Program, parts *parts) (longer *Group, added []*Process, err error) {
	longer = g.copy()
	for i := range programs {
		program := programs[i]
		if _, taken := longer.Process(program.Name); taken {
			return nil, nil, fmt.Errorf("process %q: %w", program.Name, ErrAlreadyAdded)
		}
		if err := nameLogs(&program, parts.AutoLog); err != nil {
			return nil, nil, err
		}
		p := newProcess(&program, parts, KindGroup)
		longer.processes = append(longer.processes, p)
		longer.spec.Programs = append(longer.spec.Programs, program)
		added = append(added, p)
	}
	return longer, added, nil
}

// without is the group without one of its processes.
func (g *Group) without(leaving *Process) *Group {
	shorter := g.copy()
	shorter.processes = slices.DeleteFunc(shorter.processes, func(p *Process) bool { return p == leaving })
	shorter.spec.Programs = slices.DeleteFunc(shorter.spec.Programs, func(p Program) bool { return p.Name == leaving.program.Name })
	return shorter
}

// copy is a group whose lists can be changed.
func (g *Group) copy() *Group {
	c := *g
	c.processes = slices.Clone(g.processes)
	c.spec.Programs = slices.Clone(g.spec.Programs)
	return &c
}
