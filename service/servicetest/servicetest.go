// Package servicetest makes a Service for the tests of front ends: over a
// real supervisor and a configuration file, with children that exist in
// memory only, so that it works in virtual time.
package servicetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/mainlog"
	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// PID is what the daemon says its process id is.
const PID = 4711

// Daemon is a Service and what stands behind it.
type Daemon struct {
	*service.Service
	Dir        string // of the configuration file and all logs
	Log        *mainlog.Log
	Bus        *event.Bus
	Supervisor *supervise.Supervisor
	// Ended is closed when a shutdown or restart that was asked for has
	// stopped all processes.
	Ended chan struct{}
	// Next is the configuration that a restart is to go on with.
	Next atomic.Pointer[config.Config]

	stopping atomic.Bool
}

// New makes a daemon of supervisord.conf in dir and starts what starts by
// itself. At the end of the test everything is stopped. What the service works
// with can be changed before it is made.
func New(t testing.TB, dir string, changes ...func(*service.Parts)) *Daemon {
	t.Helper()
	d := &Daemon{Dir: dir, Bus: event.NewBus(), Ended: make(chan struct{})}
	conf, err := d.load()
	if err != nil {
		t.Fatal(err)
	}
	d.Log, err = mainlog.Open(mainlog.Config{Path: filepath.Join(dir, "main.log"), Level: mainlog.Blather})
	if err != nil {
		t.Fatal(err)
	}
	var logs atomic.Int64
	d.Supervisor = supervise.New(supervise.Options{
		Starter: proctest.NewFor(scriptOf),
		Bus:     d.Bus,
		Log:     d.Log.Logger(),
		AutoLog: func(process, channel string) (string, error) {
			name := fmt.Sprintf("%s-%s---supervisor-%08d.log", process, channel, logs.Add(1))
			path := filepath.Join(dir, name)
			return path, os.WriteFile(path, nil, 0o600)
		},
	})
	parts := service.Parts{
		Supervisor: d.Supervisor,
		Bus:        d.Bus,
		Log:        d.Log.Logger(),
		MainLog:    d.Log,
		Load:       d.load,
		Stop:       d.stop,
		PID:        PID,
	}
	for _, change := range changes {
		change(&parts)
	}
	d.Service = service.New(parts, conf)
	for _, g := range conf.Groups {
		if err := d.Supervisor.Add(g); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { d.close(t) })
	return d
}

func (d *Daemon) load() (*config.Config, error) {
	return config.Load(filepath.Join(d.Dir, "supervisord.conf"), config.System(), nil)
}

// stop is what the daemon does when it is asked to end, short of ending.
func (d *Daemon) stop(_ bool, next *config.Config) {
	d.Next.Store(next)
	if d.stopping.Swap(true) {
		return // a restart became a shutdown
	}
	go func() {
		defer close(d.Ended)
		_ = d.Supervisor.Shutdown(context.Background()) // without a deadline it does not fail
	}()
}

func (d *Daemon) close(t testing.TB) {
	if !d.stopping.Load() {
		d.stop(false, nil)
	}
	<-d.Ended
	d.Service.Close()
	if err := d.Log.Close(); err != nil {
		t.Errorf("close the log: %v", err)
	}
}
