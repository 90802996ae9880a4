package supervise

import (
	"maps"
	"slices"
)

// Equal reports whether a reload sees no change from p to o: whether every
// option that a child or its supervision depends on is the same. As in
// ProcessConfig.__eq__, an AUTO log whose file is not made yet equals any
// other log file, the environment is compared as a mapping, a computed server
// URL is not compared, and where the program was declared does not matter.
func (p Program) Equal(o Program) bool {
	return p.Name == o.Name &&
		p.Command == o.Command &&
		p.Priority == o.Priority &&
		p.RedirectStderr == o.RedirectStderr &&
		p.Child.equal(o.Child) &&
		p.Start.equal(o.Start) &&
		p.Stop == o.Stop &&
		p.Stdout.equal(o.Stdout) &&
		p.Stderr.equal(o.Stderr) &&
		p.Socket.equal(o.Socket)
}

func (c ChildSpec) equal(o ChildSpec) bool {
	return c.Directory == o.Directory &&
		c.Umask == o.Umask &&
		c.ServerURLGiven == o.ServerURLGiven &&
		(!c.ServerURLGiven || c.ServerURL == o.ServerURL) &&
		(c.User == nil) == (o.User == nil) &&
		(c.User == nil || c.User.UID == o.User.UID) &&
		maps.Equal(mapping(c.Environment), mapping(o.Environment))
}

// mapping is what vars mean: of two with one name the later one counts.
func mapping(vars []Var) map[string]string {
	m := make(map[string]string, len(vars))
	for _, v := range vars {
		m[v.Name] = v.Value
	}
	return m
}

func (s StartPolicy) equal(o StartPolicy) bool {
	return s.Auto == o.Auto &&
		s.Autorestart == o.Autorestart &&
		s.Secs == o.Secs &&
		s.Retries == o.Retries &&
		s.Pause == o.Pause &&
		s.ExitOn == o.ExitOn &&
		slices.Equal(s.ExitCodes, o.ExitCodes) // in order, as the original's lists
}

func (l LogSpec) equal(o LogSpec) bool {
	if l.automatic() || o.automatic() {
		l.File, o.File = "", ""
	}
	l.Auto, o.Auto = false, false
	return l == o
}

// automatic reports whether the file is still to be generated. Once the group
// exists it has a path like any other, so that AUTO in the new files is no
// change, but a path in place of AUTO is.
func (l LogSpec) automatic() bool { return l.Auto && l.File == "" }

// Equal reports whether a reload sees no change from g to o: name, priority,
// kind, the processes in their order, and all of a listener pool and of a
// FastCGI socket. (SocketConfig.__eq__ looks at the URL alone, so that a changed
// mode would never take effect.)
func (g GroupSpec) Equal(o GroupSpec) bool {
	return g.Name == o.Name &&
		g.Priority == o.Priority &&
		g.Kind == o.Kind &&
		slices.EqualFunc(g.Programs, o.Programs, Program.Equal) &&
		g.Listener.equal(o.Listener) &&
		g.Socket.equal(o.Socket)
}

func (l *ListenerSpec) equal(o *ListenerSpec) bool {
	if l == nil || o == nil {
		return l == o
	}
	return l.BufferSize == o.BufferSize &&
		l.ResultHandler == o.ResultHandler &&
		slices.Equal(l.Events, o.Events) &&
		slices.Equal(l.JobEvents, o.JobEvents)
}

func (s *SocketSpec) equal(o *SocketSpec) bool {
	if s == nil || o == nil {
		return s == o
	}
	return *s == *o
}
