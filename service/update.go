package service

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// Check loads the files and tells which groups an update would add, change
// and remove, and puts nothing in force, not even for AddGroup. With a fault
// in the files it is ErrCannotReread.
func (s *Service) Check() (added, changed, removed []string, err error) {
	next, err := s.parts.Load()
	if err != nil {
		return nil, nil, nil, cannotReread(err)
	}
	added, changed, removed = s.diff(next)
	return added, changed, removed, nil
}

func (s *Service) runningSpecs() []supervise.GroupSpec {
	var running []supervise.GroupSpec
	for _, g := range s.parts.Supervisor.Groups() {
		running = append(running, g.Spec())
	}
	return running
}

// Update does what "update" of supervisorctl does: it rereads the files, stops
// and forgets the groups that are gone, starts over those that changed, and
// adds those that are new; with names only those of them, and ErrBadName when
// one is neither supervised nor in the files. It returns what it did, also
// with an error, after which the rest is left as it was. Cancelling ctx ends
// nothing.
func (s *Service) Update(ctx context.Context, only ...string) (added, changed, removed []string, err error) {
	return s.update(ctx, "", only)
}

// UpdateAs is Update if it does what Plan has told under the revision. Otherwise, as
// when somebody has written to a file since, it is ErrPlanChanged and nothing is
// done; when somebody rereads the files meanwhile, it is that as well, and the rest
// is left as it was.
func (s *Service) UpdateAs(ctx context.Context, revision string) (added, changed, removed []string, err error) {
	return s.update(ctx, revision, nil)
}

func (s *Service) update(ctx context.Context, revision string, only []string) (added, changed, removed []string, err error) {
	ctx = context.WithoutCancel(ctx)
	next, newer, differing, gone, err := s.reread(revision)
	if err != nil {
		return nil, nil, nil, err
	}
	if revision == "" {
		next = nil // whatever the files are
	}
	for _, name := range only {
		if !s.knows(name) {
			return nil, nil, nil, fail(ErrBadName, name)
		}
	}
	wanted := func(name string) bool { return len(only) == 0 || slices.Contains(only, name) }
	removed, err = each(gone, wanted, func(name string) error { return s.drop(ctx, name) })
	if err != nil {
		return nil, nil, removed, err
	}
	changed, err = each(differing, wanted, func(name string) error {
		if err := s.drop(ctx, name); err != nil {
			return err
		}
		return s.addGroup(name, next)
	})
	if err != nil {
		return nil, changed, removed, err
	}
	added, err = each(newer, wanted, func(name string) error {
		if err := s.addGroup(name, next); !errors.Is(err, supervise.ErrAlreadyAdded) { // somebody else's update
			return err
		}
		return nil
	})
	return added, changed, removed, err
}

// each does something with those names that are wanted, up to the first
// failure, and returns those that it was done with.
func each(names []string, wanted func(string) bool, do func(string) error) (done []string, err error) {
	for _, name := range names {
		if !wanted(name) {
			continue
		}
		if err := do(name); err != nil {
			return done, err
		}
		done = append(done, name)
	}
	return done, nil
}

// knows tells whether a group of that name is supervised or in the files.
func (s *Service) knows(name string) bool {
	if _, ok := s.parts.Supervisor.Group(name); ok {
		return true
	}
	if s.knowsJob(name) {
		return true
	}
	return slices.ContainsFunc(s.files.Load().config.Groups, func(g supervise.GroupSpec) bool { return g.Name == name })
}

// drop stops and forgets a group, or takes a job back, whose runs go on. What
// somebody else has removed meanwhile is gone, which is what was wanted.
func (s *Service) drop(ctx context.Context, name string) error {
	var err error
	if !strings.HasPrefix(name, jobPrefix) {
		_, err = s.StopGroup(ctx, name, true)
	}
	if err == nil {
		err = s.RemoveGroup(name)
	}
	if errors.Is(err, ErrBadName) {
		return nil
	}
	return err
}
