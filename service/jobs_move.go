package service

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/jobspec"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

// putBackTime is how long it is tried to put a job back that could not be moved.
const putBackTime = 10 * time.Second

// move brings a job of the files from one store into another one, in which it is
// to be as j says: due when it was due, paused if it was paused, in one of the
// stores at a time. It reports false if there is nothing to move: the job is not
// there, is here already, or cannot be read.
//
// Where files of other daemons declare it in the old store still, it stays there
// as well until the last of them has it no more.
func (js *Jobs) move(ctx context.Context, from string, to schedule.Jobs, j job.Job) (moved bool, err error) {
	if _, err := to.Get(ctx, j.ID); !errors.Is(err, job.ErrNotFound) {
		return false, err
	}
	in := js.parts.Scheduler.In(from)
	for {
		old, err := in.Get(ctx, j.ID)
		switch {
		case errors.Is(err, job.ErrNotFound):
			return false, nil
		case err != nil:
			return false, err
		}
		daemons := jobspec.Daemons(old)
		if old.State.Parked != "" || !slices.Contains(daemons, js.parts.Daemon) {
			return false, nil
		}
		if len(daemons) > 1 {
			_, err := to.Add(ctx, continued(j, old))
			return err == nil, err
		}
		if err := in.Take(ctx, j.ID, old.State.Rev); errors.Is(err, job.ErrChanged) {
			continue
		} else if err != nil {
			return false, err
		}
		if _, err := to.Add(ctx, continued(j, old)); err != nil {
			return false, js.putBack(ctx, in, old, err)
		}
		return true, nil
	}
}

// continued is j, which goes on where old is if its trigger is the same.
func continued(j, old job.Job) job.Job {
	j.State.Paused = old.State.Paused
	if jobspec.SameSchedule(old, j) {
		j.Trigger = old.Trigger
		j.State = job.State{Next: old.State.Next, Slot: old.State.Slot, Last: old.State.Last, Paused: old.State.Paused}
	}
	return j
}

// putBack adds a job again that was taken for nothing, and returns why that was.
func (js *Jobs) putBack(ctx context.Context, in schedule.Jobs, j job.Job, why error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), putBackTime)
	defer cancel()
	if _, err := in.Add(ctx, j); err != nil {
		return fmt.Errorf("%w; and it could not be put back: %w", why, err)
	}
	return why
}
