package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/jobrun"
	"github.com/watchkeeper-go/watchkeeper/internal/runlog"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

// RunInfo is a run, and where it is kept.
type RunInfo struct {
	Run    job.Run
	Store  string
	HasLog bool // its output is kept on this machine
}

// Present is what is known of the run as it is now. The row of one that is carried
// out has what became of the attempt before, and not when this one began; one
// that is planned for the next moment still waits.
func (i *RunInfo) Present(now time.Time) *job.Run {
	r := i.Run
	if r.Phase != job.Running {
		return &r
	}
	if r.Due.After(now) {
		r.Phase = job.Waiting
	}
	r.Attempt++
	r.Started, r.Outcome = time.Time{}, job.Outcome{}
	return &r
}

// RunFilter selects runs. The store of the zero value is any.
type RunFilter struct {
	Store string
	job.RunFilter
}

// RunNow asks for a run of a job beside its schedule, and returns it as it
// waits. It works for a paused job, too.
func (js *Jobs) RunNow(ctx context.Context, r Ref) (RunInfo, error) {
	in, store, err := js.place(ctx, r)
	if err != nil {
		return RunInfo{}, err
	}
	run, err := in.RunNow(ctx, r.ID)
	return RunInfo{Run: run, Store: store}, err
}

// Runs returns the history: runs and skips, the latest slot first. Stores that are
// away are passed over, unless f names one: see IncompleteError.
func (js *Jobs) Runs(ctx context.Context, f RunFilter) ([]RunInfo, error) {
	if f.Store != "" {
		in, err := js.in(f.Store)
		if err != nil {
			return nil, err
		}
		return js.runsOf(ctx, in, f.Store, f.RunFilter)
	}
	var (
		all     []RunInfo
		missing = js.unopened("")
	)
	for _, store := range js.parts.Scheduler.Stores() {
		if js.inTrouble(store) {
			missing = append(missing, store)
			continue
		}
		runs, err := js.runsOf(ctx, js.parts.Scheduler.In(store), store, f.RunFilter)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			missing = append(missing, store)
			continue
		}
		all = latestFirst(all, runs)
	}
	if f.Limit > 0 && len(all) > f.Limit {
		all = all[:f.Limit]
	}
	return all, incomplete(missing)
}

func (js *Jobs) runsOf(ctx context.Context, in schedule.Jobs, store string, f job.RunFilter) ([]RunInfo, error) {
	runs, err := in.Runs(ctx, f)
	if err != nil {
		return nil, err
	}
	infos := make([]RunInfo, len(runs))
	for i := range runs {
		infos[i] = RunInfo{Run: runs[i], Store: store}
	}
	return infos, nil
}

// latestFirst merges two lists of runs, each with the latest slot first.
func latestFirst(a, b []RunInfo) []RunInfo {
	if len(a) == 0 || len(b) == 0 {
		return append(a, b...)
	}
	merged := make([]RunInfo, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0].Run.Slot.Before(b[0].Run.Slot) {
			merged, b = append(merged, b[0]), b[1:]
		} else {
			merged, a = append(merged, a[0]), a[1:]
		}
	}
	return append(append(merged, a...), b...)
}

// Run returns one run (job.ErrNotFound). A store that does not answer counts
// only if no other one has it.
func (js *Jobs) Run(ctx context.Context, id string) (RunInfo, error) {
	i, err := js.find(ctx, id)
	if err != nil {
		return i, err
	}
	text, err := js.OpenLog(i)
	if err == nil {
		i.HasLog = text.Size() > 0
		err = text.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return i, fmt.Errorf("output of run %s: %w", id, err)
	}
	return i, nil
}

func (js *Jobs) find(ctx context.Context, id string) (RunInfo, error) {
	missing := noRun(id)
	for _, store := range js.parts.Scheduler.Stores() {
		runs, err := js.runsOf(ctx, js.parts.Scheduler.In(store), store, job.RunFilter{IDs: []string{id}})
		switch {
		case err != nil:
			missing = err
		case len(runs) > 0:
			return runs[0], nil
		}
	}
	return RunInfo{}, missing
}

func noRun(id string) error { return fmt.Errorf("run %s %w", id, job.ErrNotFound) }

// Wait returns the run when it is over, or as it is when ctx is.
func (js *Jobs) Wait(ctx context.Context, id string) (RunInfo, error) {
	w := js.waits.join(id)
	defer js.waits.leave(w)
	for {
		news := js.waits.news(w) // taken before the look, so that nothing is missed
		i, err := js.Run(context.WithoutCancel(ctx), id)
		if err != nil || i.Run.Phase == job.Done {
			return i, err
		}
		js.waits.in(w, i.Store)
		select {
		case <-news:
		case <-ctx.Done():
			return i, nil
		}
	}
}

// CancelRun ends a run: one that waits is cancelled, one that runs is stopped,
// wherever it runs. job.ErrNotFound; job.ErrFenced when it is over.
func (js *Jobs) CancelRun(ctx context.Context, id string) (RunInfo, error) {
	if err := js.parts.Scheduler.CancelRun(ctx, id); err != nil {
		return RunInfo{}, err
	}
	return js.Run(ctx, id)
}

// OpenLog opens what is kept of the output of a run (fs.ErrNotExist).
func (js *Jobs) OpenLog(i RunInfo) (*runlog.Text, error) {
	return js.parts.Output.Open(runlog.Run{Store: i.Store, ID: i.Run.ID})
}

// LiveName is the name by which the process of a run that is carried out here
// is known to FollowLog.
func LiveName(r job.Run) string { return jobrun.Namespec(r) }
