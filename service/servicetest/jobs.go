package servicetest

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/internal/runlog"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
)

// Dir makes a directory with a supervisord.conf, in which $DIR stands for it.
func Dir(t testing.TB, conf string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "supervisord.conf"), []byte(strings.ReplaceAll(conf, "$DIR", dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Jobs is what the jobs of a Daemon work with.
type Jobs struct {
	Executors map[string]job.Executor
	Output    *runlog.Logs
	Remote    func(name string) *executor.Remote // may be nil
	// Down is why the scheduler cannot start, and Away why the store does not
	// answer. Nil: nothing is wrong.
	Down, Away error
}

// NewJobs is for service.Parts.StartJobs: it starts a scheduler over a store in memory, the
// one called default. It stops with the test.
func (d *Daemon) NewJobs(t testing.TB, c *config.Config, j Jobs) (*service.Jobs, error) {
	if j.Down != nil {
		return nil, j.Down
	}
	s, err := schedule.New(schedule.Options{
		Executors: j.Executors, Name: "here", Now: time.Now, Defaults: c.Scheduler.Defaults, Bus: d.Bus,
	})
	if err != nil {
		return nil, err
	}
	if j.Away == nil {
		if err := s.AddStore("default", memory.New(memory.Options{})); err != nil {
			return nil, err
		}
	}
	js := service.NewJobs(service.JobParts{
		Scheduler: s, Output: j.Output, Log: slog.New(slog.DiscardHandler), Daemon: "here", LogDir: d.Dir, Ledger: &Ledger{},
		Stores: func() []service.StoreHealth {
			return []service.StoreHealth{{JobStore: config.JobStore{Name: "default", Type: config.MemoryStore}, Err: j.Away}}
		},
		Adapt:  func(*config.Scheduler) error { return nil },
		Remote: j.Remote,
	}, c)
	t.Cleanup(func() {
		stopped, cancel := context.WithCancel(context.Background())
		cancel()
		_ = s.Shutdown(stopped) // it may be down already
	})
	if err := s.Start(); err != nil {
		return nil, err
	}
	if j.Away == nil {
		js.DeclareStore(context.Background(), "default")
	}
	return js, nil
}

// Ledger is a service.Ledger in memory.
type Ledger struct{ declared []service.Declaration }

// Declared implements service.Ledger.
func (l *Ledger) Declared() ([]service.Declaration, error) { return slices.Clone(l.declared), nil }

// Note implements service.Ledger.
func (l *Ledger) Note(these []service.Declaration, declared bool) error {
	l.declared = slices.DeleteFunc(l.declared, func(d service.Declaration) bool { return slices.Contains(these, d) })
	if declared {
		l.declared = append(l.declared, these...)
	}
	return nil
}
