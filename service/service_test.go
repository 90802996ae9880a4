package service_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/service/servicetest"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// inBubble runs test on a daemon of the given programs, in virtual time.
func inBubble(t *testing.T, programs string, test func(t *testing.T, d *servicetest.Daemon)) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, programs)
	synctest.Test(t, func(t *testing.T) {
		d := servicetest.New(t, dir)
		synctest.Wait()
		test(t, d)
	})
}

func write(t *testing.T, dir, programs string) {
	t.Helper()
	conf := "[supervisord]\nlogfile=$DIR/main.log\nchildlogdir=$DIR\n" + programs
	err := os.WriteFile(filepath.Join(dir, "supervisord.conf"), []byte(strings.ReplaceAll(conf, "$DIR", dir)), 0o644)
	if err != nil {
		t.Fatal(err)
	}
}

func mainLog(t *testing.T, d *servicetest.Daemon) string {
	t.Helper()
	log, err := os.ReadFile(d.Log.Path())
	if err != nil {
		t.Fatal(err)
	}
	return string(log)
}

// outcome writes results as "a b! c", where b failed.
func outcome(results []service.Result) string {
	var words []string
	for _, r := range results {
		word := service.Namespec{Group: r.Group, Process: r.Name}.String()
		if r.Err != nil {
			word += "!"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

const mixed = `[program:slow]
command=/bin/cat
autostart=false
startsecs=3
priority=1
[program:fast]
command=/bin/cat
autostart=false
startsecs=1
priority=2
[program:also]
command=/bin/cat
autostart=false
startsecs=1
priority=3
[program:missing]
command=/nonexistent
autostart=false
[program:running]
command=/bin/cat
startsecs=0
`

func TestStartAll(t *testing.T) {
	inBubble(t, mixed, func(t *testing.T, d *servicetest.Daemon) {
		results, err := d.StartAll(t.Context(), true)
		if got, want := outcome(results), "missing! fast also slow"; got != want || err != nil {
			t.Errorf("in the order of completion: %s, %v, want %s", got, err, want)
		}
		var order []string
		for line := range strings.Lines(mainLog(t, d)) {
			if _, spawned, ok := strings.Cut(line, "spawned: '"); ok {
				order = append(order, spawned[:strings.Index(spawned, "'")])
			}
		}
		if diff := cmp.Diff([]string{"running", "slow", "fast", "also"}, order); diff != "" {
			t.Errorf("started by priority (-want +got):\n%s", diff)
		}
	})
}

func TestStartAllWithoutWaiting(t *testing.T) {
	inBubble(t, mixed, func(t *testing.T, d *servicetest.Daemon) {
		start := time.Now()
		results, err := d.StartAll(t.Context(), false)
		if got, want := outcome(results), "slow fast also missing!"; got != want || err != nil {
			t.Errorf("in the order of priority: %s, %v, want %s", got, err, want)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("it took %v", took)
		}
	})
}

func TestStopAllStopsAtOnce(t *testing.T) {
	inBubble(t, `[program:stubborn]
command=/bin/sh -c "trap '' TERM; sleep 100"
startsecs=0
stopwaitsecs=5
priority=1
[program:other]
command=/bin/sh -c "trap '' TERM; sleep 100"
startsecs=0
stopwaitsecs=4
[program:idle]
command=/bin/cat
autostart=false
`, func(t *testing.T, d *servicetest.Daemon) {
		start := time.Now()
		results, err := d.StopAll(t.Context(), true)
		if got, want := outcome(results), "other stubborn"; got != want || err != nil {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
		if took := time.Since(start); took < 5*time.Second || took > 6*time.Second {
			t.Errorf("it took %v, want the longer of both", took)
		}
	})
}

// TestAStopCancelsARestartThatIsPending: the process is EXITED, but would run
// again without anybody asking for it.
func TestAStopCancelsARestartThatIsPending(t *testing.T) {
	const again = "[program:again]\ncommand=/bin/true\nautorestart=true\nstartsecs=0\nrestartpause=30\n"
	for name, stop := range map[string]func(context.Context, *servicetest.Daemon) ([]service.Result, error){
		"Stop": func(ctx context.Context, d *servicetest.Daemon) ([]service.Result, error) {
			return d.Stop(ctx, "again", true)
		},
		"StopGroup": func(ctx context.Context, d *servicetest.Daemon) ([]service.Result, error) {
			return d.StopGroup(ctx, "again", true)
		},
		"StopAll": func(ctx context.Context, d *servicetest.Daemon) ([]service.Result, error) {
			return d.StopAll(ctx, true)
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, again, func(t *testing.T, d *servicetest.Daemon) {
				time.Sleep(time.Second) // it is over by then
				before, err := d.ProcessInfo("again")
				if err != nil || before.Status.State != supervise.Exited || before.Status.Next.IsZero() {
					t.Fatalf("before: %+v, %v, want it EXITED and a restart to come", before.Status, err)
				}
				results, err := stop(t.Context(), d)
				if err != nil || name != "Stop" && outcome(results) != "again" {
					t.Errorf("got %s, %v, want it stopped", outcome(results), err)
				}
				time.Sleep(time.Hour)
				after, err := d.ProcessInfo("again")
				if err != nil || !after.Status.Start.Equal(before.Status.Start) {
					t.Errorf("it was started again at %v, %v", after.Status.Start, err)
				}
			})
		})
	}
}

// TestACallerWhoLeavesCancelsNothing: as under Supervisor.
func TestACallerWhoLeavesCancelsNothing(t *testing.T) {
	inBubble(t, mixed, func(t *testing.T, d *servicetest.Daemon) {
		ctx, leave := context.WithCancel(t.Context())
		time.AfterFunc(time.Second/2, leave)
		start := time.Now()
		if _, err := d.Start(ctx, "slow", true); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
		if took := time.Since(start); took != time.Second/2 {
			t.Errorf("it waited for %v after the caller had left", took)
		}
		leave()
		if _, err := d.StartGroup(ctx, "fast", true); err != nil {
			t.Error(err)
		}
		time.Sleep(4 * time.Second)
		for _, name := range []string{"slow", "fast"} {
			if info, err := d.ProcessInfo(name); err != nil || info.Status.State != supervise.Running {
				t.Errorf("%s is %v, %v, want it RUNNING", name, info.Status.State, err)
			}
		}
	})
}

func TestErrors(t *testing.T) {
	inBubble(t, mixed, func(t *testing.T, d *servicetest.Daemon) {
		ctx := t.Context()
		for _, c := range []struct {
			name    string
			do      func() error
			want    error
			subject string
		}{
			{"start what runs", func() error { _, err := d.Start(ctx, "running", true); return err }, supervise.ErrAlreadyStarted, "running"},
			{"start what is not there", func() error { _, err := d.Start(ctx, "x:y", true); return err }, service.ErrBadName, "x:y"},
			{"start what cannot be found", func() error { _, err := d.Start(ctx, "missing", true); return err }, supervise.ErrNoFile, "can't find command '/nonexistent'"},
			{"stop what is stopped", func() error { _, err := d.Stop(ctx, "slow", true); return err }, supervise.ErrNotRunning, "slow"},
			{"an unknown signal", func() error { _, err := d.Signal(ctx, "running", "NOPE"); return err }, service.ErrBadSignal, "NOPE"},
			{"signal what is stopped", func() error { _, err := d.Signal(ctx, "slow", "HUP"); return err }, supervise.ErrNotRunning, "slow"},
			{"a group in place of a process", func() error { _, err := d.ProcessInfo("slow:*"); return err }, service.ErrBadName, "slow:*"},
			{"text for what is stopped", func() error { return d.SendStdin(ctx, "slow", "x") }, supervise.ErrNotRunning, "slow"},
			{"a channel that is none", func() error { _, err := d.ReadLog("slow", "x", 0, 0); return err }, service.ErrBadName, "x"},
			{"a group that is there", func() error { return d.AddGroup("slow") }, supervise.ErrAlreadyAdded, "slow"},
			{"a group that no file has", func() error { return d.AddGroup("x") }, service.ErrBadName, "x"},
			{"a group that runs", func() error { return d.RemoveGroup("running") }, supervise.ErrStillRunning, "running"},
			{"a group that is not there", func() error { return d.RemoveGroup("x") }, service.ErrBadName, "x"},
		} {
			err := c.do()
			var said *service.Error
			if !errors.Is(err, c.want) || !errors.As(err, &said) || said.Subject != c.subject {
				t.Errorf("%s: got %v, want %v about %q", c.name, err, c.want, c.subject)
			}
		}
	})
}

func TestRestartWithFaultsStopsNothing(t *testing.T) {
	inBubble(t, mixed, func(t *testing.T, d *servicetest.Daemon) {
		write(t, d.Dir, "[program:a]\ncommand=/bin/cat\nstartsecs=soon\n[program:b]\ncommand=/bin/cat\nautorestart=perhaps\n")
		err := d.Restart()
		var faults config.Errors
		if !errors.Is(err, service.ErrCannotReread) || !errors.As(err, &faults) || len(faults) != 2 {
			t.Fatalf("got %v, want %v with two faults", err, service.ErrCannotReread)
		}
		log := mainLog(t, d)
		for _, fault := range faults {
			if !strings.Contains(log, " ERRO "+fault.Error()+"\n") {
				t.Errorf("the log lacks %q:\n%s", fault, log)
			}
		}
		if d.State() != service.StateRunning || d.Next.Load() != nil {
			t.Errorf("the state is %v", d.State())
		}
		if info, err := d.ProcessInfo("running"); err != nil || info.Status.State != supervise.Running {
			t.Errorf("running is %v, %v", info.Status.State, err)
		}
		if _, err := d.Start(t.Context(), "fast", true); err != nil {
			t.Errorf("start after the refusal: %v", err)
		}
	})
}

func TestRestart(t *testing.T) {
	inBubble(t, mixed, func(t *testing.T, d *servicetest.Daemon) {
		write(t, d.Dir, "[program:a]\ncommand=/bin/cat\n")
		if err := d.Restart(); err != nil {
			t.Fatal(err)
		}
		if got, want := d.State(), service.StateRestarting; got != want {
			t.Errorf("the state is %v, want %v", got, want)
		}
		if next := d.Next.Load(); next == nil || len(next.Groups) != 1 || next.Groups[0].Name != "a" {
			t.Errorf("it goes on with %+v, want what the files say now", next)
		}
		if err := d.Restart(); !errors.Is(err, service.ErrShuttingDown) {
			t.Errorf("a second restart: %v, want %v", err, service.ErrShuttingDown)
		}
		if err := d.Shutdown(); err != nil || d.State() != service.StateShutdown {
			t.Errorf("a shutdown during a restart: %v, the state is %v", err, d.State())
		}
		if err := d.Shutdown(); !errors.Is(err, service.ErrShuttingDown) {
			t.Errorf("a second shutdown: %v, want %v", err, service.ErrShuttingDown)
		}
	})
}

// TestDuringAShutdownOperationsAreRefused: all but what only looks, and events.
func TestDuringAShutdownOperationsAreRefused(t *testing.T) {
	inBubble(t, mixed, func(t *testing.T, d *servicetest.Daemon) {
		heard := event.NewQueue(1)
		defer d.Bus.Subscribe(heard, event.RemoteCommunication)()
		if err := d.Shutdown(); err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		for name, do := range map[string]func() error{
			"Start":         func() error { _, err := d.Start(ctx, "fast", true); return err },
			"StartGroup":    func() error { _, err := d.StartGroup(ctx, "fast", true); return err },
			"StartAll":      func() error { _, err := d.StartAll(ctx, true); return err },
			"Stop":          func() error { _, err := d.Stop(ctx, "fast", true); return err },
			"StopAll":       func() error { _, err := d.StopAll(ctx, true); return err },
			"SignalAll":     func() error { _, err := d.SignalAll(ctx, "HUP"); return err },
			"SendStdin":     func() error { return d.SendStdin(ctx, "running", "x") },
			"Reread":        func() error { _, _, _, err := d.Reread(); return err },
			"AddGroup":      func() error { return d.AddGroup("x") },
			"RemoveGroup":   func() error { return d.RemoveGroup("fast") },
			"Restart":       d.Restart,
			"ReadLog":       func() error { _, err := d.ReadLog("fast", service.Stdout, 0, 0); return err },
			"TailLog":       func() error { _, _, _, err := d.TailLog("fast", service.Stdout, 0, 0); return err },
			"ClearLog":      func() error { return d.ClearLog("fast") },
			"ClearAllLogs":  func() error { _, err := d.ClearAllLogs(); return err },
			"ReadMainLog":   func() error { _, err := d.ReadMainLog(0, 0); return err },
			"ClearMainLog":  d.ClearMainLog,
			"Restart again": d.Restart,
		} {
			if err := do(); !errors.Is(err, service.ErrShuttingDown) {
				t.Errorf("%s: %v, want %v", name, err, service.ErrShuttingDown)
			}
		}
		if err := d.SendRemoteEvent("kind", "data"); err != nil {
			t.Errorf("SendRemoteEvent: %v", err)
		}
		got, _, err := heard.Next(ctx)
		if want := (event.Remote{Kind: "kind", Data: "data"}); got != want || err != nil {
			t.Errorf("the event is %+v, %v, want %+v", got, err, want)
		}
	})
}

func TestRereadFault(t *testing.T) {
	inBubble(t, mixed, func(t *testing.T, d *servicetest.Daemon) {
		before := d.AllConfigInfo()
		write(t, d.Dir, "[program:a]\nautostart=true\n")
		if _, _, _, err := d.Reread(); !errors.Is(err, service.ErrCannotReread) ||
			!strings.HasPrefix(err.Error(), "program section program:a does not specify a command") {
			t.Errorf("got %v", err)
		}
		if diff := cmp.Diff(before, d.AllConfigInfo()); diff != "" {
			t.Errorf("the configuration has changed (-before +after):\n%s", diff)
		}
	})
}

// TestARunningGroupKeepsItsConfiguration until it is removed and added again.
func TestARunningGroupKeepsItsConfiguration(t *testing.T) {
	inBubble(t, "[program:a]\ncommand=/bin/cat\nstartsecs=0\n", func(t *testing.T, d *servicetest.Daemon) {
		before, err := d.ProcessInfo("a")
		if err != nil {
			t.Fatal(err)
		}
		write(t, d.Dir, "[program:a]\ncommand=/bin/cat\nstartsecs=0\nstdout_logfile=$DIR/new.log\n")
		added, changed, removed, err := d.Reread()
		if len(added)+len(removed) > 0 || cmp.Diff([]string{"a"}, changed) != "" || err != nil {
			t.Fatalf("added %v, changed %v, removed %v, %v", added, changed, removed, err)
		}
		if after, err := d.ProcessInfo("a"); err != nil || after.StdoutLogfile != before.StdoutLogfile {
			t.Errorf("after the reread the log is %s, %v, want %s", after.StdoutLogfile, err, before.StdoutLogfile)
		}
		if _, err := d.Stop(t.Context(), "a", true); err != nil {
			t.Fatal(err)
		}
		if err := d.RemoveGroup("a"); err != nil {
			t.Fatal(err)
		}
		if all := d.AllProcessInfo(); len(all) != 0 {
			t.Errorf("after the removal there is %+v", all)
		}
		if err := d.AddGroup("a"); err != nil {
			t.Fatal(err)
		}
		all := d.AllProcessInfo()
		if want := filepath.Join(d.Dir, "new.log"); len(all) != 1 || all[0].StdoutLogfile != want {
			t.Errorf("added again: %+v, want the log %s", all, want)
		}
	})
}

// TestATailEndsWithTheService, not with a shutdown: clients see all of it.
func TestATailEndsWithTheService(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, mixed)
	d := servicetest.New(t, dir)
	tail, err := d.FollowMainLog(0)
	if err != nil {
		t.Fatal(err)
	}
	defer tail.Close()
	if err := d.Shutdown(); err != nil {
		t.Fatal(err)
	}
	<-d.Ended
	d.Log.Logger().Info("all have stopped")
	for seen := ""; !strings.Contains(seen, "all have stopped"); {
		data, err := tail.Next(t.Context())
		if err != nil {
			t.Fatalf("after the shutdown: %v", err)
		}
		seen += string(data)
	}
	d.Close()
	if _, err := tail.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %v, want %v", err, io.EOF)
	}
}
