package service

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// Jobs are the operations on jobs; nil while the daemon has no scheduler.
func (s *Service) Jobs() *Jobs { return s.jobs.Load() }

// NoJobs says why Jobs is nil: ErrNoScheduler, or ErrSchedulerDown with what
// keeps the scheduler from starting.
func (s *Service) NoJobs() error {
	if fault := s.jobsFault.Load(); fault != nil {
		return fmt.Errorf("%w: %w", ErrSchedulerDown, *fault)
	}
	return ErrNoScheduler
}

// StartJobs starts the scheduler if the configuration in force wants one. The
// daemon calls it once the groups have been added, and again when that was an error.
func (s *Service) StartJobs() error {
	s.reload.Lock()
	defer s.reload.Unlock()
	if err := s.open(); err != nil {
		return err
	}
	c := s.files.Load().config
	if c.Scheduler == nil {
		s.jobsFault.Store(nil) // it is not wanted any more
		return nil
	}
	if s.Jobs() != nil || s.parts.StartJobs == nil {
		return nil
	}
	return s.startJobs(c)
}

func (s *Service) startJobs(c *config.Config) error {
	js, err := s.parts.StartJobs(c)
	if err != nil {
		s.jobsFault.Store(&err)
		return err
	}
	s.jobs.Store(js)
	s.jobsFault.Store(nil)
	return nil
}

// diff adds to the groups that differ the jobs that do.
func (s *Service) diff(next *config.Config) (added, changed, removed []string) {
	added, changed, removed = config.Diff(s.runningSpecs(), next.Groups)
	jobsAdded, jobsChanged, jobsRemoved := s.Jobs().diff(next.Scheduler)
	return append(added, jobsAdded...), append(changed, jobsChanged...), append(removed, jobsRemoved...)
}

// applyJob puts the job of the files that were read last into force, or takes
// it back when they have it no more. The first job of a daemon starts its
// scheduler. The caller holds s.reload.
func (s *Service) applyJob(name string) error {
	next := s.files.Load().config
	js := s.Jobs()
	if js == nil {
		if next.Scheduler == nil || s.parts.StartJobs == nil {
			return fail(ErrBadName, jobPrefix+name)
		}
		if _, ok := next.Scheduler.Job(name); !ok {
			return fail(ErrBadName, jobPrefix+name)
		}
		if err := s.startJobs(s.firstConfig(next)); err != nil {
			return jobError(err)
		}
		js = s.Jobs()
	}
	ctx, cancel := context.WithTimeout(s.patience, declareTime)
	defer cancel()
	err := js.apply(ctx, next, name)
	if s.patience.Err() != nil && errors.Is(err, context.Canceled) {
		return ErrShuttingDown
	}
	return jobError(err)
}

// firstConfig is what the scheduler is started with by the first job of next:
// without jobs, which come into force one by one. A scheduler that could not be
// started before has jobs in force already: as it starts, those that are not in
// the configuration are taken back, and would be due anew.
func (s *Service) firstConfig(next *config.Config) *config.Config {
	if s.jobsFault.Load() != nil {
		return next
	}
	bare, scheduler := *next, *next.Scheduler
	scheduler.Jobs = nil
	bare.Scheduler = &scheduler
	return &bare
}

// jobError says err, which is in our words, as a fault of Supervisor's.
func jobError(err error) error {
	if err == nil || errors.Is(err, ErrBadName) {
		return err
	}
	return &Error{Subject: err.Error(), Err: supervise.ErrFailed}
}

// keptJob reports whether the files that were read last have the job, so that
// removing it is only the first half of changing it.
func (s *Service) keptJob(name string) bool {
	next := s.files.Load().config.Scheduler
	if next == nil {
		return false
	}
	_, ok := next.Job(name)
	return ok
}

// knowsJob reports whether a name is that of a job of the files, with jobPrefix.
func (s *Service) knowsJob(group string) bool {
	name, ok := strings.CutPrefix(group, jobPrefix)
	if !ok {
		return false
	}
	if js := s.Jobs(); js != nil {
		if _, ok := js.inForce(name); ok {
			return true
		}
	}
	return s.keptJob(name)
}
