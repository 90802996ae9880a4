package runlog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

const (
	// pruneEvery is the least time between two prunings.
	pruneEvery = time.Minute
	// askAtOnce is for how many runs a history is asked at once.
	askAtOnce = 500
	// askPatience is how long it may take to answer.
	askPatience = time.Minute
	// unaskedAge is how long slices of a store that cannot be asked are kept at
	// most, when Keep has no age.
	unaskedAge = 365 * 24 * time.Hour
)

// History tells which runs there are; schedule.Jobs of one store does. It fails
// when the store does not answer, or is not known.
type History interface {
	Runs(ctx context.Context, f job.RunFilter) ([]job.Run, error)
}

// Histories are those of the stores, by name.
type Histories func(store string) History

// Tend removes the slices of runs that their histories do not have any more, at
// its start and then a while after runs have ended, until ctx is over: see Prune.
// While no run ends it does nothing. What goes wrong is logged, and tried again
// with the next.
func (l *Logs) Tend(ctx context.Context, of Histories, k job.Keep) {
	for {
		k.Now = time.Now()
		if _, err := l.Prune(ctx, of, k); err != nil && ctx.Err() == nil {
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

// slice is what is kept of a run.
type slice struct {
	run     Run
	written time.Time // at last
}

// Prune removes the slices of runs that the history of their store does not have
// any more, and returns how many. A store that does not answer, or is not known,
// may have them still; of its slices those are kept that k keeps: the newest of
// each job, by when they were written, and none that is older than k says, or than
// a year.
func (l *Logs) Prune(ctx context.Context, of Histories, k job.Keep) (removed int, err error) {
	kept, err := l.slices()
	if err != nil {
		return 0, fmt.Errorf("list slices: %w", err)
	}
	var errs []error
	for _, store := range slices.Sorted(maps.Keys(kept)) {
		gone, err := l.gone(ctx, of(store), kept[store])
		if ctx.Err() != nil {
			return removed, context.Cause(ctx)
		}
		if err != nil {
			gone = beyond(kept[store], k)
		}
		n, err := l.removeAll(gone)
		removed += n
		errs = append(errs, err)
	}
	return removed, errors.Join(errs...)
}

// slices are all that there are, by store.
func (l *Logs) slices() (map[string][]slice, error) {
	kept := make(map[string][]slice)
	err := filepath.WalkDir(l.dir, func(path string, entry fs.DirEntry, err error) error {
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
		run, ok := runOf(relative)
		if !ok {
			return nil
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		kept[run.Store] = append(kept[run.Store], slice{run, info.ModTime()})
		return nil
	})
	return kept, err
}

// gone are those of the slices of a store whose runs it does not have.
func (l *Logs) gone(ctx context.Context, of History, kept []slice) (gone []slice, err error) {
	for batch := range slices.Chunk(kept, askAtOnce) {
		ids := make([]string, len(batch))
		for i, s := range batch {
			ids[i] = s.run.ID
		}
		limited, cancel := context.WithTimeout(ctx, askPatience)
		found, err := of.Runs(limited, job.RunFilter{IDs: ids})
		cancel()
		if err != nil {
			return nil, err
		}
		known := make(map[string]bool, len(found))
		for i := range found {
			known[found[i].ID] = true
		}
		for _, s := range batch {
			if !known[s.run.ID] {
				gone = append(gone, s)
			}
		}
	}
	return gone, nil
}

// beyond are those of the slices of a store that k does not keep.
func beyond(kept []slice, k job.Keep) (gone []slice) {
	oldest := k.Now.Add(-cmp.Or(k.Age, unaskedAge))
	newestFirst := slices.SortedFunc(slices.Values(kept), func(a, b slice) int { return b.written.Compare(a.written) })
	count := make(map[string]int)
	for _, s := range newestFirst {
		of, _ := split(s.run.ID)
		count[of]++
		if s.written.Before(oldest) || k.PerJob > 0 && count[of] > k.PerJob {
			gone = append(gone, s)
		}
	}
	return gone
}

// removeAll removes slices, but those of runs that may be writing.
func (l *Logs) removeAll(gone []slice) (removed int, err error) {
	var errs []error
	for _, s := range gone {
		if l.lives(s.run) {
			continue
		}
		removed++
		errs = append(errs, l.remove(s.run))
	}
	return removed, errors.Join(errs...)
}

// remove removes a slice, and the directories that it leaves empty.
func (l *Logs) remove(run Run) error {
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
