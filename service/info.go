package service

import (
	"cmp"
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// ProcessInfo is what getProcessInfo tells.
type ProcessInfo struct {
	Name, Group   string
	Status        supervise.Status
	Now           time.Time
	StdoutLogfile string // "" without one
	StderrLogfile string // "" without one, also when it goes down standard output
	Socket        string // URL of a FastCGI program's socket, "" without one
	Description   string
}

// roster is all processes sorted by group, then name, and what does not
// change about them. It is in force as long as the groups are the same, which
// saves a sort and a copy of each Program at every call.
type roster struct {
	groups  []*supervise.Group
	entries []entry
}

type entry struct {
	group, name    string
	stdout, stderr string
	socket         string
	process        *supervise.Process
}

func newRoster(groups []*supervise.Group) *roster {
	r := &roster{groups: groups}
	for _, g := range groups {
		for _, p := range g.Processes() {
			r.entries = append(r.entries, newEntry(g.Name(), p))
		}
	}
	slices.SortFunc(r.entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.name, b.name))
	})
	return r
}

func newEntry(group string, p *supervise.Process) entry {
	return entry{
		group:   group,
		name:    p.Program().Name,
		stdout:  logPath(p.Stdout()),
		stderr:  logPath(p.Stderr()),
		socket:  socketURL(p.Program().Socket),
		process: p,
	}
}

func socketURL(s *supervise.SocketSpec) string {
	if s == nil {
		return ""
	}
	return s.URL
}

func logPath(l *output.Log) string {
	if l == nil {
		return ""
	}
	return l.Path()
}

func (e entry) info(now time.Time) ProcessInfo {
	status := e.process.Status()
	return ProcessInfo{
		Name:          e.name,
		Group:         e.group,
		Status:        *status,
		Now:           now,
		StdoutLogfile: e.stdout,
		StderrLogfile: e.stderr,
		Socket:        e.socket,
		Description:   describe(e.name, status, now),
	}
}

// ProcessInfo tells about the process called namespec.
func (s *Service) ProcessInfo(namespec string) (ProcessInfo, error) {
	process, err := s.one(namespec)
	if err != nil {
		return ProcessInfo{}, err
	}
	return newEntry(process.Program().Group, process).info(time.Now()), nil
}

// AllProcessInfo tells about all processes, sorted by group, then name. It
// takes no lock of a process.
func (s *Service) AllProcessInfo() []ProcessInfo {
	groups := s.parts.Supervisor.Groups()
	r := s.processes.Load()
	if r == nil || !slices.Equal(r.groups, groups) {
		r = newRoster(slices.Clone(groups))
		s.processes.Store(r)
	}
	now := time.Now()
	all := make([]ProcessInfo, len(r.entries))
	for i := range r.entries {
		all[i] = r.entries[i].info(now)
	}
	return all
}

// ConfigInfo is what getAllConfigInfo tells of one process.
type ConfigInfo struct {
	Program       supervise.Program
	GroupPriority int
	InUse         bool // a group of that name runs
}

// AllConfigInfo tells what the files that were read last declare, sorted by
// process name. A log that is AUTO has its path where the process runs as
// those files declare it.
func (s *Service) AllConfigInfo() []ConfigInfo {
	now := s.files.Load()
	var all []ConfigInfo
	for _, declared := range now.config.Groups {
		group, inUse := s.parts.Supervisor.Group(declared.Name)
		programs := declared.Programs
		if inUse && now.active[declared.Name] {
			programs = group.Spec().Programs
		}
		for _, p := range programs {
			all = append(all, ConfigInfo{Program: p, GroupPriority: declared.Priority, InUse: inUse})
		}
	}
	slices.SortStableFunc(all, func(a, b ConfigInfo) int { return cmp.Compare(a.Program.Name, b.Program.Name) })
	return all
}
