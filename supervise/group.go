package supervise

import "slices"

// Group is a group of processes. It does not change once it was added:
// Supervisor.Extend and Withdraw put another one in its place.
type Group struct {
	spec      GroupSpec
	processes []*Process // in start order
	pool      Pool       // nil: it is no pool of event listeners
}

// newGroup makes the processes of g. Of two with one name the later spec
// counts, in the place of the earlier (as in the original's dictionary).
func newGroup(g GroupSpec, parts *parts) (_ *Group, err error) {
	g.Programs = slices.Clone(g.Programs)
	group := &Group{}
	if g.Kind == KindListener && parts.NewPool != nil {
		if group.pool, err = parts.NewPool(g); err != nil {
			return nil, err
		}
		defer func() {
			if err != nil {
				group.closePool()
			}
		}()
	}
	places := make(map[string]int, len(g.Programs))
	for i := range g.Programs {
		program := &g.Programs[i]
		if err := nameLogs(program, parts.AutoLog); err != nil {
			return nil, err
		}
		p := newProcess(program, parts.in(group.pool, program), g.Kind)
		if place, taken := places[program.Name]; taken {
			group.processes[place] = p
			continue
		}
		places[program.Name] = len(group.processes)
		group.processes = append(group.processes, p)
	}
	group.spec = g
	return group, nil
}

// nameLogs gives the AUTO logs of p their files. Redirected standard error
// gets none.
func nameLogs(p *Program, generate func(process, channel string) (string, error)) error {
	for _, log := range []struct {
		spec    *LogSpec
		channel string
		unused  bool
	}{
		{&p.Stdout, "stdout", false},
		{&p.Stderr, "stderr", p.RedirectStderr},
	} {
		if !log.spec.automatic() || log.unused || generate == nil {
			continue
		}
		path, err := generate(p.Name, log.channel)
		if err != nil {
			return err
		}
		log.spec.File = path
	}
	return nil
}

// begin makes processes run, and start if they are to start by themselves.
func begin(processes []*Process, l *line) {
	for _, p := range processes {
		var t *turn
		if p.program.Start.Auto {
			t = l.enter()
		}
		go p.run(t)
	}
}

// Spec is the spec, with the paths of AUTO logs filled in.
func (g *Group) Spec() GroupSpec { return g.spec }

// Name is the name of the group.
func (g *Group) Name() string { return g.spec.Name }

// Processes are the processes in start order.
func (g *Group) Processes() []*Process { return slices.Clone(g.processes) }

// Process finds a process of the group by name.
func (g *Group) Process(name string) (*Process, bool) {
	for _, p := range g.processes {
		if p.program.Name == name {
			return p, true
		}
	}
	return nil, false
}

// retire ends the ownership of all processes of the group as the function
// retire does, and then its pool.
func (g *Group) retire() bool {
	if !retire(g.processes) {
		return false
	}
	g.closePool()
	return true
}

// retire ends the ownership of the given processes, if every one of them is in
// a stopped state at one and the same moment, and reports whether it did. All
// owners stand still while that is found out, so none can start meanwhile.
func retire(processes []*Process) bool {
	var (
		stopped = make(chan bool, len(processes))
		decided = make(chan struct{})
		all     = true
	)
	for _, p := range processes {
		p.asks <- func() {
			stopped <- p.now.State.IsStopped()
			<-decided
			p.retired = all
		}
	}
	for range processes {
		all = <-stopped && all
	}
	close(decided)
	if !all {
		return false
	}
	for _, p := range processes {
		<-p.gone
	}
	return true
}
