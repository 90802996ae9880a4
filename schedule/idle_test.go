package schedule_test

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
	"github.com/watchkeeper-go/watchkeeper/store/sqlite"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// A scheduler whose jobs are due tomorrow asks its store once, at its start, and
// then waits for one moment: shortly before the first of them. bench/idle counts
// what a real process does with a million.
func TestIdle(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) job.Store{
		"memory": func(*testing.T) job.Store { return memory.New(memory.Options{}) },
		"sqlite": func(t *testing.T) job.Store {
			s, err := sqlite.Open(filepath.Join(t.TempDir(), "jobs.db"), sqlite.Options{Fast: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			return silent{s}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &counted{Store: open(t)}
				w := begin(t, func(o *schedule.Options) { o.Store = store })
				all := make([]job.Job, 1000)
				for i := range all {
					all[i] = job.Job{ID: strconv.Itoa(i), Trigger: trigger.EveryFrom(second(24*3600), 24*time.Hour)}
				}
				if errs, err := w.AddMany(t.Context(), all); err != nil || errs != nil {
					t.Fatal(errors.Join(errs...), err)
				}
				w.start()
				wait(time.Minute)
				atStart := store.calls.Load()
				if atStart == 0 || atStart > 4 {
					t.Errorf("the start asked %d times, want at least once and at most 4 times", atStart)
				}
				wait(22 * time.Hour)
				if n := store.calls.Load() - atStart; n != 0 {
					t.Errorf("idle, it asked %d times in 22 hours", n)
				}
				wait(2 * time.Hour)
				if n := len(w.exec.took()); n != len(all) {
					t.Errorf("then %d runs began, want %d", n, len(all))
				}
				w.end()
			})
		})
	}
}

// silent is a store that nobody else changes: virtual time stands still while
// the file's own watch waits for the system.
type silent struct{ job.Store }

// Watch implements job.Watcher.
func (silent) Watch(context.Context) <-chan struct{} { return make(chan struct{}) }
