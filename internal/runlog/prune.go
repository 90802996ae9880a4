package runlog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// pruneEvery is the least time between two prunings.
const pruneEvery = time.Minute

// askAtOnce is for how many runs a history is asked at once.
const askAtOnce = 500

// History tells which runs there are; a job.Store does.
type History interface {
	Runs(ctx context.Context, f job.RunFilter) ([]job.Run, error)
}

// Tend removes the slices of runs that no history has any more, at its start
// and then a while after runs have ended, until ctx is over. While no run ends
// it does nothing. What goes wrong is logged, and tried again with the next.
func (l *Logs) Tend(ctx context.Context, histories ...History) {
	for {
		if _, err := l.Prune(ctx, histories...); err != nil && ctx.Err() == nil {
			l.disk.log.Warn(fmt.Sprintf("prune the output of runs: %v", err))
		}
		pause := time.NewTimer(pruneEvery)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return
		}
		select {
		case <-l.ended:
		case <-ctx.Done():
			return
		}
	}
}

// Prune removes the slices of those runs that none of the histories has any
// more, and returns how many. When a history does not answer, nothing of what it
// was asked for is removed.
func (l *Logs) Prune(ctx context.Context, histories ...History) (removed int, err error) {
	kept, err := l.slices()
	if err != nil {
		return 0, fmt.Errorf("list slices: %w", err)
	}
	for batch := range slices.Chunk(kept, askAtOnce) {
		n, err := l.pruneThese(ctx, batch, histories)
		removed += n
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}

// slices are the IDs of all runs that have one.
func (l *Logs) slices() (runs []string, err error) {
	err = filepath.WalkDir(l.dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it has just been removed, or there were never any
		}
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(l.dir, path)
		if err != nil {
			return err
		}
		if run, ok := runOf(relative); ok {
			runs = append(runs, run)
		}
		return nil
	})
	return runs, err
}

func (l *Logs) pruneThese(ctx context.Context, runs []string, histories []History) (removed int, err error) {
	known := make(map[string]bool, len(runs))
	for _, h := range histories {
		found, err := h.Runs(ctx, job.RunFilter{IDs: runs})
		if err != nil {
			return 0, fmt.Errorf("ask for runs: %w", err)
		}
		for _, r := range found {
			known[r.ID] = true
		}
	}
	var errs []error
	for _, run := range runs {
		if known[run] || l.lives(run) {
			continue
		}
		removed++
		errs = append(errs, l.remove(run))
	}
	return removed, errors.Join(errs...)
}

// remove removes a slice, and the directories that it leaves empty.
func (l *Logs) remove(run string) error {
	path := l.path(run)
	for _, file := range []string{path + backup, path} {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for dir := filepath.Dir(path); dir != filepath.Clean(l.dir); dir = filepath.Dir(dir) {
		if os.Remove(dir) != nil {
			break // other runs have slices in it
		}
	}
	return nil
}
