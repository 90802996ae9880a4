package web

import (
	"context"
	"errors"
	"fmt"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// jobActions are the rows of the table of actions about jobs and runs. The roles
// are those of the API.
func jobActions() []action {
	return []action{
		{"run-job", auth.Operator, false, (*Site).runJobs},
		{"pause-job", auth.Operator, false, (*Site).pauseJobs},
		{"resume-job", auth.Operator, false, (*Site).resumeJobs},
		{"remove-job", auth.Admin, true, (*Site).removeJobs},
		{"cancel-run", auth.Operator, true, (*Site).cancelRuns},
	}
}

func (s *Site) runJobs(r *request) (said, error) {
	return s.withJobs(r, "run-job", func(ctx context.Context, js *service.Jobs, ref service.Ref) error {
		_, err := js.RunNow(ctx, ref)
		return err
	})
}

func (s *Site) pauseJobs(r *request) (said, error) {
	return s.withJobs(r, "pause-job", func(ctx context.Context, js *service.Jobs, ref service.Ref) error {
		_, err := js.Pause(ctx, ref)
		return err
	})
}

func (s *Site) resumeJobs(r *request) (said, error) {
	return s.withJobs(r, "resume-job", func(ctx context.Context, js *service.Jobs, ref service.Ref) error {
		_, err := js.Resume(ctx, ref)
		return err
	})
}

func (s *Site) removeJobs(r *request) (said, error) {
	return s.withJobs(r, "remove-job", func(ctx context.Context, js *service.Jobs, ref service.Ref) error {
		return js.Remove(ctx, ref, 0, false)
	})
}

func (s *Site) cancelRuns(r *request) (said, error) {
	return s.withJobs(r, "cancel-run", func(ctx context.Context, js *service.Jobs, ref service.Ref) error {
		_, err := js.CancelRun(ctx, ref.ID)
		return err
	})
}

// withJobs does something with each job, or run, that the form names as STORE/ID.
func (s *Site) withJobs(r *request, name string, do func(context.Context, *service.Jobs, service.Ref) error) (said, error) {
	return s.operate(r, name, func(ctx context.Context, text string) ([]service.Result, error) {
		ref := refOf(text)
		result := service.Result{Group: ref.ID, Name: ref.ID}
		js := s.Service.Jobs()
		if js == nil {
			result.Err = s.Service.NoJobs()
			return []service.Result{result}, nil
		}
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if result.Err = do(ctx, js, ref); result.Err != nil {
			result.Err = s.ofJobs(name, ref, result.Err)
		}
		return []service.Result{result}, nil
	})
}

// errStore stands for what the driver of a store says, which may have its address
// in it, and a password in that.
var errStore = errors.New("the job store does not answer")

// ofJobs is an error that may be told. What is none of those that people know goes
// to the log.
func (s *Site) ofJobs(name string, ref service.Ref, err error) error {
	for _, known := range []error{
		job.ErrNotFound, job.ErrFenced, job.ErrChanged, service.ErrDeclared, service.ErrNoScheduler, service.ErrSchedulerDown,
	} {
		if errors.Is(err, known) {
			return err
		}
	}
	s.Log.Error(fmt.Sprintf("page: %s of %s/%s: %v", name, ref.Store, ref.ID, err))
	return errStore
}
