package service

import (
	"strings"

	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// A Namespec names one process, or all of a group.
type Namespec struct {
	Group   string
	Process string
	Whole   bool // the whole group; Process is empty
}

// ParseNamespec reads "group:process", "group:*", "group:", or "name" for the
// process called like its group, as the original's split_namespec. Every text
// means something; whether there is such a process is another question.
func ParseNamespec(s string) Namespec {
	group, process, ok := strings.Cut(s, ":")
	switch {
	case !ok:
		return Namespec{Group: s, Process: s}
	case process == "" || process == "*":
		return Namespec{Group: group, Whole: true}
	}
	return Namespec{Group: group, Process: process}
}

// String is the short form that Supervisor prints: "name" for a process
// called like its group, "group:*" for a whole group.
func (n Namespec) String() string {
	switch {
	case n.Whole:
		return n.Group + ":*"
	case n.Process == n.Group:
		return n.Group
	}
	return n.Group + ":" + n.Process
}

// find looks a namespec up; without a process name the process is nil. A
// process that belongs to a run of a job, called "job:run", is found while it
// lives and has no group.
func (s *Service) find(namespec string) (*supervise.Group, *supervise.Process, error) {
	name := ParseNamespec(namespec)
	group, ok := s.parts.Supervisor.Group(name.Group)
	if ok && name.Whole {
		return group, nil, nil
	}
	process, err := s.parts.Supervisor.Process(name.Group, name.Process)
	if err == nil {
		return group, process, nil
	}
	if run, err := s.parts.Supervisor.FindRun(name.Group, name.Process); err == nil {
		return nil, run, nil
	}
	return nil, nil, fail(ErrBadName, namespec)
}

// one looks up a namespec that must name a single process.
func (s *Service) one(namespec string) (*supervise.Process, error) {
	_, process, err := s.find(namespec)
	if err == nil && process == nil {
		err = fail(ErrBadName, namespec)
	}
	return process, err
}
