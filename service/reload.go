package service

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// Shutdown begins to stop the daemon and returns at once. A restart that is
// under way becomes a shutdown. ErrShuttingDown when one has begun already.
func (s *Service) Shutdown() error {
	s.hurry() // an update may wait for a store that does not answer
	s.reload.Lock()
	defer s.reload.Unlock()
	if s.State() == StateShutdown {
		return ErrShuttingDown
	}
	s.state.Store(int32(StateShutdown))
	s.parts.Stop(false, nil)
	return nil
}

// Restart reads all files and begins to start the daemon over with them; it
// returns at once. With a fault in the files, or an address that cannot be
// had, it changes nothing, logs every fault and returns ErrCannotReread. ErrShuttingDown when the daemon is about
// to end already.
func (s *Service) Restart() error {
	s.reload.Lock()
	defer s.reload.Unlock()
	if err := s.open(); err != nil {
		return err
	}
	next, err := s.parts.Load()
	if err == nil && s.parts.Reserve != nil {
		err = s.parts.Reserve(next)
	}
	if err != nil {
		s.logFaults(err)
		return cannotReread(err)
	}
	s.state.Store(int32(StateRestarting))
	s.parts.Stop(true, next)
	return nil
}

func (s *Service) logFaults(err error) {
	s.parts.Log.Error("the configuration has faults, so nothing is restarted")
	var faults config.Errors
	if !errors.As(err, &faults) {
		s.parts.Log.Error(err.Error())
		return
	}
	for _, fault := range faults {
		s.parts.Log.Error(fault.Error())
	}
}

// cannotReread keeps both the sentinel and what the files' fault is; its
// subject is the fault's text.
func cannotReread(err error) error {
	return &Error{Subject: err.Error(), Err: fmt.Errorf("%w: %w", ErrCannotReread, err)}
}

// Reread loads the files and tells which groups differ from what runs, and as
// "job:NAME" which jobs differ from those in force. They
// are put in force one by one by RemoveGroup and AddGroup; until then running
// processes keep the configuration that they have. With a fault in the files,
// which is ErrCannotReread, nothing changes.
func (s *Service) Reread() (added, changed, removed []string, err error) {
	_, added, changed, removed, err = s.reread("")
	return added, changed, removed, err
}

// reread is Reread, if what is read is of the given revision of a Plan, or that is
// "". It also returns the files, which are then those that were read last.
func (s *Service) reread(wanted string) (next *config.Config, added, changed, removed []string, err error) {
	s.reload.Lock()
	defer s.reload.Unlock()
	if err := s.open(); err != nil {
		return nil, nil, nil, nil, err
	}
	next, err = s.parts.Load()
	if err != nil {
		return nil, nil, nil, nil, cannotReread(err)
	}
	if wanted != "" && s.plan(next).Revision != wanted {
		return nil, nil, nil, nil, ErrPlanChanged
	}
	s.files.Store(&files{config: next})
	added, changed, removed = s.diff(next)
	return next, added, changed, removed, nil
}

// AddGroup makes a group of the files that were read last run: it creates
// its processes and starts those that start by themselves. ErrBadName when
// the files have no such group, ErrAlreadyAdded when it runs. With "job:NAME"
// it puts that job into force, also one that is there already: its next time
// stays while its trigger is the same.
func (s *Service) AddGroup(name string) error { return s.addGroup(name, nil) }

// addGroup is AddGroup, if the files that were read last are those, or nil is given.
func (s *Service) addGroup(name string, those *config.Config) error {
	s.reload.Lock()
	defer s.reload.Unlock()
	if err := s.open(); err != nil {
		return err
	}
	if those != nil && s.files.Load().config != those {
		return ErrPlanChanged
	}
	if job, ok := strings.CutPrefix(name, jobPrefix); ok {
		return s.applyJob(job)
	}
	now := s.files.Load()
	for _, g := range now.config.Groups {
		if g.Name != name {
			continue
		}
		if err := s.add(g); err != nil {
			return groupError(err, name)
		}
		s.setActive(now, name, true)
		return nil
	}
	return fail(ErrBadName, name)
}

// add adds a group whose sockets can be had.
func (s *Service) add(g supervise.GroupSpec) error {
	if _, there := s.parts.Supervisor.Group(g.Name); there {
		return supervise.ErrAlreadyAdded
	}
	if err := s.parts.Supervisor.TrySockets(g); err != nil {
		return err
	}
	return s.parts.Supervisor.Add(g)
}

// RemoveGroup forgets a group. ErrBadName when there is none of that name,
// ErrStillRunning when not all of its processes are stopped. With "job:NAME" it
// takes that job back, unless the files have it: who removes such a group is
// about to add it again.
func (s *Service) RemoveGroup(name string) error {
	s.reload.Lock()
	defer s.reload.Unlock()
	if err := s.open(); err != nil {
		return err
	}
	if job, ok := strings.CutPrefix(name, jobPrefix); ok {
		if s.keptJob(job) {
			return nil
		}
		return s.applyJob(job)
	}
	if err := s.parts.Supervisor.Remove(name); err != nil {
		return groupError(err, name)
	}
	s.setActive(s.files.Load(), name, false)
	return nil
}

// setActive notes whether the group runs as now declares it.
func (s *Service) setActive(now *files, name string, active bool) {
	next := &files{config: now.config, active: maps.Clone(now.active)}
	if next.active == nil {
		next.active = map[string]bool{}
	}
	next.active[name] = active
	s.files.Store(next)
}

// groupError says err in the words of Supervisor's faults. What the original
// does not know, such as a log that cannot be made, is ErrFailed with its text.
func groupError(err error, name string) error {
	switch {
	case errors.Is(err, supervise.ErrNoGroup):
		return fail(ErrBadName, name)
	case errors.Is(err, supervise.ErrAlreadyAdded), errors.Is(err, supervise.ErrStillRunning):
		return fail(err, name)
	case errors.Is(err, supervise.ErrShutdown):
		return ErrShuttingDown
	}
	return &Error{Subject: err.Error(), Err: supervise.ErrFailed}
}
