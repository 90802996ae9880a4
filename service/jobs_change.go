package service

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/jobspec"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

// parse reads the options of a job.
func (js *Jobs) parse(id string, options []config.JobOption) (config.Job, error) {
	c, err := js.config.Load().ParseJob(id, options)
	if err != nil {
		return config.Job{}, fmt.Errorf("%w: %w", ErrBadJob, err)
	}
	return c, nil
}

// compile makes a job of options.
func (js *Jobs) compile(id string, options []config.JobOption) (j job.Job, store string, err error) {
	c, err := js.parse(id, options)
	if err != nil {
		return job.Job{}, "", err
	}
	j, err = jobspec.Compile(c, time.Now(), js.parts.LogDir)
	if err != nil {
		return job.Job{}, "", fmt.Errorf("%w: %w", ErrBadJob, err)
	}
	return jobspec.WithOptions(j, options), c.Store, nil
}

// same says whether a job is the one with the revision that somebody has seen.
func same(j job.Job, seen int64) error {
	if now := jobspec.Revision(j); seen != 0 && seen != now {
		return fmt.Errorf("job %s %w: it has revision %d", j.ID, job.ErrChanged, now)
	}
	return nil
}

// Add adds a job with the options that a section [job:id] would have; with id ""
// it gets 32 hexadecimal digits. on says what happens when the id is taken; a job
// of a file is never written over (ErrDeclared), and Declare is Put.
func (js *Jobs) Add(ctx context.Context, id string, options []config.JobOption, on schedule.Conflict) (JobInfo, error) {
	if on == schedule.Declare && id != "" {
		info, _, err := js.Put(ctx, id, options, 0, false)
		return info, err
	}
	given := id
	if given == "" {
		given = "new"
	}
	j, store, err := js.compile(given, options)
	if err != nil {
		return JobInfo{}, err
	}
	if j.ID = id; id == "" && j.Name == "" {
		j.Name = j.Func
	}
	in, err := js.in(store)
	if err != nil {
		return JobInfo{}, err
	}
	if on != schedule.Fail {
		if err := js.ours(ctx, in, store, id); err != nil {
			return JobInfo{}, err
		}
	}
	added, err := in.Add(ctx, jobspec.Revised(j, job.Job{}, time.Now()), on)
	if err != nil {
		return JobInfo{}, js.taken(ctx, in, store, id, err)
	}
	return js.written(ctx, in, store, added)
}

// written is the job as it stands after it was written as j. One whose last time
// was now may be gone: it runs.
func (js *Jobs) written(ctx context.Context, in schedule.Jobs, store string, j job.Job) (JobInfo, error) {
	i, err := js.get(ctx, in, store, j.ID)
	if errors.Is(err, job.ErrNotFound) {
		i, err = infoOf(j, store), nil
		i.Text = in.Text(j, true)
	}
	return i, err
}

// ours says whether the job, if there is one, may be changed over the API.
func (js *Jobs) ours(ctx context.Context, in schedule.Jobs, store, id string) error {
	old, err := in.Get(ctx, id)
	if errors.Is(err, job.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if i := infoOf(old, store); i.Source != FromAPI {
		return notOurs(i)
	}
	return nil
}

// taken adds to err that the job which is in the way is one of a file.
func (js *Jobs) taken(ctx context.Context, in schedule.Jobs, store, id string, err error) error {
	if !errors.Is(err, job.ErrExists) {
		return err
	}
	if old, lookup := in.Get(ctx, id); lookup == nil && len(jobspec.Daemons(old)) > 0 {
		return fmt.Errorf("%w, which %w", err, ErrDeclared)
	}
	return err
}

// Put makes the job be as the options say, and reports whether it is new. Of a
// job that is there the trigger keeps its next time if it is the same, and a
// pause stays. With a revision other than 0 that must be the job's
// (job.ErrChanged); with mustBeNew there may be none (job.ErrExists).
func (js *Jobs) Put(ctx context.Context, id string, options []config.JobOption, revision int64, mustBeNew bool) (info JobInfo, created bool, err error) {
	j, store, err := js.compile(id, options)
	if err != nil {
		return JobInfo{}, false, err
	}
	in, err := js.in(store)
	if err != nil {
		return JobInfo{}, false, err
	}
	if revision == 0 {
		added, err := in.Add(ctx, jobspec.Revised(j, job.Job{}, time.Now()))
		switch {
		case err == nil:
			info, err = js.written(ctx, in, store, added)
			return info, true, err
		case !errors.Is(err, job.ErrExists) || mustBeNew:
			return JobInfo{}, false, js.taken(ctx, in, store, id, err)
		}
	}
	changed, err := js.modify(ctx, in, store, id, revision, func(old *job.Job) error { return merge(old, j) })
	if revision == 0 && errors.Is(err, job.ErrNotFound) { // it has just come to its end
		return js.Put(ctx, id, options, revision, mustBeNew)
	}
	if err != nil {
		return JobInfo{}, false, err
	}
	info, err = js.written(ctx, in, store, changed)
	return info, false, err
}

// merge makes old be as j says. Its next time stays while the trigger is the
// same, and dates that are relative are not resolved again. What the scheduler
// notes of its executor is not for j to say.
func merge(old *job.Job, j job.Job) error {
	j.State, j.Policy.Named = old.State, old.Policy.Named
	if jobspec.SameSchedule(*old, j) {
		j.Trigger = old.Trigger
	}
	*old = j
	return nil
}

// modify changes a job that was added over the API. What changes nothing writes
// nothing, so that the revision, which others may have seen, stays.
func (js *Jobs) modify(ctx context.Context, in schedule.Jobs, store, id string, revision int64, f func(*job.Job) error) (job.Job, error) {
	var before job.Job
	j, err := in.Modify(ctx, id, func(old *job.Job) error {
		if i := infoOf(*old, store); i.Source != FromAPI {
			return notOurs(i)
		}
		if err := same(*old, revision); err != nil {
			return err
		}
		before = *old
		if err := f(old); err != nil {
			return err
		}
		if *old = jobspec.SameRevision(*old, before); before.State.Parked == "" && reflect.DeepEqual(before, *old) {
			return errUnchanged
		}
		*old = jobspec.Revised(*old, before, time.Now())
		return nil
	})
	if errors.Is(err, errUnchanged) {
		return before, nil
	}
	return j, err
}

// Edit sets some options of a job that was added over the API and takes those
// away whose value is nil. A revision other than 0 must be the job's
// (job.ErrChanged).
func (js *Jobs) Edit(ctx context.Context, r Ref, changes map[string]*string, revision int64) (JobInfo, error) {
	in, store, err := js.place(ctx, r)
	if err != nil {
		return JobInfo{}, err
	}
	changed, err := js.modify(ctx, in, store, r.ID, revision, func(old *job.Job) error {
		options, _ := jobspec.Options(*old)
		j, kept, err := js.compile(r.ID, edited(options, changes))
		if err != nil {
			return err
		}
		if kept != store {
			return fmt.Errorf("%w: jobstore: a job stays in its store, %s; remove it and add it to %s", ErrBadJob, store, kept)
		}
		return merge(old, j)
	})
	if err != nil {
		return JobInfo{}, err
	}
	return js.written(ctx, in, store, changed)
}

// edited is options with some changes.
func edited(options []config.JobOption, changes map[string]*string) []config.JobOption {
	var next []config.JobOption
	seen := make(map[string]bool)
	for _, o := range options {
		seen[o.Key] = true
		value, changed := changes[o.Key]
		switch {
		case !changed:
			next = append(next, o)
		case value != nil:
			next = append(next, config.JobOption{Key: o.Key, Value: *value})
		}
	}
	for key, value := range changes {
		if !seen[key] && value != nil {
			next = append(next, config.JobOption{Key: key, Value: *value})
		}
	}
	return next
}

// Pause lets the times of a job go by until Resume. It works for jobs of files,
// too: it is an operator's wish, and update leaves it as it is.
func (js *Jobs) Pause(ctx context.Context, r Ref) (JobInfo, error) {
	return js.change(ctx, r, schedule.Jobs.PauseJob)
}

// Resume ends a pause: the job is due at its next time from now on.
func (js *Jobs) Resume(ctx context.Context, r Ref) (JobInfo, error) {
	return js.change(ctx, r, schedule.Jobs.ResumeJob)
}

func (js *Jobs) change(ctx context.Context, r Ref, f func(schedule.Jobs, context.Context, string) (job.Job, error)) (JobInfo, error) {
	in, store, err := js.place(ctx, r)
	if err != nil {
		return JobInfo{}, err
	}
	changed, err := f(in, ctx, r.ID)
	if err != nil {
		return JobInfo{}, err
	}
	return js.written(ctx, in, store, changed)
}

// Remove removes a job; its runs stay in the history. One that a file declares
// is removed with its section (ErrDeclared), unless force says that its daemon
// is no more. A revision other than 0 must be the job's (job.ErrChanged).
func (js *Jobs) Remove(ctx context.Context, r Ref, revision int64, force bool) error {
	in, store, err := js.place(ctx, r)
	if err != nil {
		return err
	}
	for {
		old, err := in.Get(ctx, r.ID)
		if err != nil {
			return err
		}
		if i := infoOf(old, store); i.Source == FromFile && !force {
			return notOurs(i)
		}
		if err := same(old, revision); err != nil {
			return err
		}
		if err := in.RemoveRevision(ctx, r.ID, old.State.Rev); !errors.Is(err, job.ErrChanged) {
			return err
		}
	}
}
