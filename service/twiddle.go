package service

import (
	"context"
	"errors"
	"log/slog"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// ErrBadProgram wraps what is wrong with the options of a program that no file declares.
var ErrBadProgram = errors.New("bad options of a program")

// ProgramOption is an option of a program and its value, as a file would say it.
type ProgramOption = config.ProgramOption

// GroupNames are the names of all groups, in the order in which they start.
func (s *Service) GroupNames() []string {
	names := []string{}
	for _, g := range s.parts.Supervisor.Groups() {
		names = append(names, g.Name())
	}
	return names
}

// AddProgram adds the processes of a program that no file declares to a group
// that runs, and starts those that start by themselves. They are there until
// the group is removed or the daemon starts over; a reread sees the group as
// changed. ErrBadName for an unknown group or the name of a process that is
// taken, ErrBadProgram.
func (s *Service) AddProgram(group, name string, options []ProgramOption) error {
	s.reload.Lock()
	defer s.reload.Unlock()
	if err := s.open(); err != nil {
		return err
	}
	g, err := s.group(group)
	if err != nil {
		return err
	}
	programs, notes, err := s.files.Load().config.ParseProgram(group, name, options)
	if err != nil {
		return &Error{Subject: err.Error(), Err: ErrBadProgram}
	}
	for _, p := range programs {
		if _, taken := g.Process(p.Name); taken {
			return fail(ErrBadName, p.Name)
		}
	}
	for _, note := range notes {
		s.parts.Log.Warn(note.Error())
	}
	if err := s.parts.Supervisor.Extend(group, programs); err != nil {
		return groupError(err, group)
	}
	return nil
}

// RemoveProcess forgets one process of a group, whoever declared it. ErrBadName,
// ErrStillRunning when it is not in a stopped state.
func (s *Service) RemoveProcess(group, process string) error {
	s.reload.Lock()
	defer s.reload.Unlock()
	if err := s.open(); err != nil {
		return err
	}
	if _, err := s.group(group); err != nil {
		return err
	}
	err := s.parts.Supervisor.Withdraw(group, process)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, supervise.ErrNoProcess):
		return fail(ErrBadName, process)
	}
	return groupError(err, process)
}

// group finds a group for a method that takes one by its bare name.
func (s *Service) group(name string) (*supervise.Group, error) {
	g, ok := s.parts.Supervisor.Group(name)
	if !ok {
		return nil, fail(ErrBadName, "group: "+name)
	}
	return g, nil
}

// Note writes a message of a client to the main log.
func (s *Service) Note(level slog.Level, message string) error {
	if err := s.open(); err != nil {
		return err
	}
	s.parts.Log.Log(context.Background(), level, message)
	return nil
}
