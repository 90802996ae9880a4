package service_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/service/servicetest"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// launch starts a run of a job that does not heed TERM and lives for an hour. Its
// slice is at the path that is returned.
func launch(t *testing.T, d *servicetest.Daemon, job, run string) (*supervise.Process, string) {
	t.Helper()
	path := filepath.Join(d.Dir, job+run)
	if err := os.WriteFile(path, []byte("one\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := d.Supervisor.Run(supervise.Run{
		Program: supervise.Program{
			Group: job, Name: run, Command: `/bin/sh -c "trap '' TERM; sleep 3600"`, RedirectStderr: true,
			Child: supervise.ChildSpec{Umask: -1}, Stop: supervise.StopPolicy{Signal: syscall.SIGTERM, Wait: 5 * time.Second},
		},
		Stdout: output.NewLog(output.Config{File: output.NewFile(path, 0, 0)}),
	})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return p, path
}

func TestARunIsAddressedByNameWhileItLives(t *testing.T) {
	inBubble(t, mixed, func(t *testing.T, d *servicetest.Daemon) {
		p, path := launch(t, d, "nightly", "1774747800000250")
		const name = "nightly:1774747800000250"
		info, err := d.ProcessInfo(name)
		if err != nil {
			t.Fatal(err)
		}
		got := []any{info.Group, info.Name, info.Status.State, info.StdoutLogfile, info.StderrLogfile}
		if diff := cmp.Diff([]any{"nightly", "1774747800000250", supervise.Running, path, ""}, got); diff != "" {
			t.Errorf("info (-want +got):\n%s", diff)
		}
		data, offset, _, err := d.TailLog(name, service.Stdout, 0, 4)
		if string(data) != "two\n" || offset != 8 || err != nil {
			t.Errorf("the tail is %q up to %d, %v", data, offset, err)
		}
		if data, err := d.ReadLog(name, service.Stdout, 0, 3); string(data) != "one" || err != nil {
			t.Errorf("the log is %q, %v", data, err)
		}
		follower, err := d.FollowLog(name, service.Stdout, 4)
		if err != nil {
			t.Fatal(err)
		}
		if data, err := follower.Next(t.Context()); string(data) != "two\n" || err != nil {
			t.Errorf("it follows %q, %v", data, err)
		}
		if err := follower.Close(); err != nil {
			t.Error(err)
		}
		if results, err := d.Signal(t.Context(), name, "HUP"); results != nil || err != nil {
			t.Errorf("signal: %v, %v", results, err)
		}
		<-p.Gone()
		if exit, _ := p.Exit(); exit.Signal != syscall.SIGHUP {
			t.Errorf("it ended by %v", exit)
		}
		if _, err := d.ProcessInfo(name); !errors.Is(err, service.ErrBadName) {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestAStopOfARunWaitsForItsEnd(t *testing.T) {
	inBubble(t, mixed, func(t *testing.T, d *servicetest.Daemon) {
		p, _ := launch(t, d, "nightly", "1")
		began := time.Now()
		if results, err := d.Stop(t.Context(), "nightly:1", true); results != nil || err != nil {
			t.Errorf("stop: %v, %v", results, err)
		}
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("it took %v, want stopwaitsecs", took)
		}
		<-p.Gone()
		if _, err := d.Stop(t.Context(), "nightly:1", true); !errors.Is(err, service.ErrBadName) {
			t.Errorf("once more: %v", err)
		}
	})
}

// Old tools see what they saw.
func TestARunIsInNoListAndNotMeantByAll(t *testing.T) {
	inBubble(t, mixed, func(t *testing.T, d *servicetest.Daemon) {
		before := len(d.AllProcessInfo())
		p, path := launch(t, d, "nightly", "1")
		if after := len(d.AllProcessInfo()); after != before {
			t.Errorf("%d processes are listed, %d before", after, before)
		}
		for what, all := range map[string]func() ([]service.Result, error){
			"stop":  func() ([]service.Result, error) { return d.StopAll(t.Context(), true) },
			"start": func() ([]service.Result, error) { return d.StartAll(t.Context(), false) },
			"clear": d.ClearAllLogs,
			"kill":  func() ([]service.Result, error) { return d.SignalAll(t.Context(), "KILL") },
		} {
			results, err := all()
			if err != nil {
				t.Errorf("%s all: %v", what, err)
			}
			for _, r := range results {
				if r.Group == "nightly" {
					t.Errorf("%s all means the run", what)
				}
			}
		}
		synctest.Wait()
		if p.Status().State != supervise.Running {
			t.Errorf("the run is %v", p.Status().State)
		}
		if data, err := os.ReadFile(path); len(data) == 0 || err != nil {
			t.Errorf("its output is %q, %v", data, err)
		}
		for _, whole := range []string{"nightly", "nightly:*", "nightly:", "nightly:2"} {
			if _, err := d.Stop(t.Context(), whole, true); !errors.Is(err, service.ErrBadName) {
				t.Errorf("stop %s: %v", whole, err)
			}
		}
		if _, err := d.Start(t.Context(), "nightly:1", true); !errors.Is(err, supervise.ErrAlreadyStarted) {
			t.Errorf("start: %v", err)
		}
	})
}

func TestAProcessOfAGroupComesBeforeARun(t *testing.T) {
	inBubble(t, "[program:web]\ncommand=/bin/cat\n", func(t *testing.T, d *servicetest.Daemon) {
		launch(t, d, "web", "web")
		info, err := d.ProcessInfo("web")
		if err != nil || info.StdoutLogfile == filepath.Join(d.Dir, "webweb") {
			t.Errorf("web is %+v, %v", info, err)
		}
	})
}
