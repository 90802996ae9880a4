package jobrun_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/internal/jobrun"
	"github.com/watchkeeper-go/watchkeeper/internal/record"
	"github.com/watchkeeper-go/watchkeeper/internal/runlog"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// crashVar names the directory of a daemon that is going to be killed.
const crashVar = "JOBRUN_TEST_CRASH"

// The binary of this test is the stand-in of children that cannot be executed,
// and a daemon that is killed.
func TestMain(m *testing.M) {
	if code, ok := proc.RunStandIn(os.Args); ok {
		os.Exit(code)
	}
	if dir := os.Getenv(crashVar); dir != "" {
		os.Exit(beDaemon(dir))
	}
	os.Exit(m.Run())
}

// world is an Executor with all that it works with.
type world struct {
	*jobrun.Executor

	sup    *supervise.Supervisor
	slices *runlog.Logs
	dir    string // of the slices
	lines  *lines // of the main log
	events *heard
}

// newWorld makes a world over a starter; change may be nil.
func newWorld(t *testing.T, starter proc.Starter, change func(*jobrun.Options)) *world {
	t.Helper()
	w := makeWorld(t, starter, change)
	t.Cleanup(func() {
		if err := w.sup.Shutdown(context.WithoutCancel(t.Context())); err != nil && err != supervise.ErrShutdown {
			t.Error(err)
		}
	})
	return w
}

// makeWorld leaves the end of it to the caller.
func makeWorld(t testing.TB, starter proc.Starter, change func(*jobrun.Options)) *world {
	w := &world{dir: filepath.Join(t.TempDir(), "runs"), lines: &lines{}, events: &heard{}}
	log, bus := slog.New(w.lines), event.NewBus()
	bus.Subscribe(w.events, event.Any)
	w.sup = supervise.New(supervise.Options{
		Starter: starter, Bus: bus, Log: log, Environ: []string{"PATH=/usr/bin:/bin", "HOME=/"},
	})
	w.slices = runlog.New(runlog.Options{Dir: w.dir, Log: log})
	o := jobrun.Options{Supervisor: w.sup, Output: w.slices, Log: log}
	if change != nil {
		change(&o)
	}
	w.Executor = jobrun.New(o)
	return w
}

// heard keeps events. Whoever made them is over when they are read.
type heard struct{ all []event.Event }

func (h *heard) Accept(e event.Event) { h.all = append(h.all, e) }

// newReal is a world with children of the system.
func newReal(t *testing.T, change func(*jobrun.Options)) *world {
	t.Helper()
	starter, err := proc.NewOS(proc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := starter.Close(); err != nil {
			t.Error(err)
		}
	})
	return newWorld(t, starter, change)
}

// inBubble has children that play scripts, in virtual time.
func inBubble(t *testing.T, script proctest.Script, test func(t *testing.T, w *world, s *proctest.Starter)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		starter := proctest.New(script)
		test(t, newWorld(t, starter, nil), starter)
	})
}

// lines is a slog.Handler that keeps messages of INFO and above.
type lines struct {
	mu   sync.Mutex
	text []string
}

func (l *lines) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }
func (l *lines) WithAttrs([]slog.Attr) slog.Handler               { return l }
func (l *lines) WithGroup(string) slog.Handler                    { return l }

func (l *lines) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, fmt.Sprintf("%v %s", r.Level, r.Message))
	return nil
}

func (l *lines) all() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.text, "\n")
}

var slot = time.Date(2026, 3, 29, 1, 30, 0, 250_000, time.UTC)

// task is the second attempt of a run of a job called nightly.
func task(line string, args jobrun.Args) job.Task {
	text, err := json.Marshal(args)
	if err != nil {
		panic(err)
	}
	return job.Task{Token: 42, Run: job.Run{
		ID: job.RunID("nightly", slot), Job: "nightly", Slot: slot, Due: slot, Attempt: 2,
		Work: job.Work{Func: line, Args: text},
	}}
}

// shell runs a script.
func shell(script string, args jobrun.Args) job.Task {
	args.Argv = append([]string{"-c", script}, args.Argv...)
	return task("/bin/sh", args)
}

// execute runs a task to its end.
func (w *world) execute(t *testing.T, task job.Task) (jobrun.Result, error) {
	t.Helper()
	data, err := w.Execute(t.Context(), task)
	return result(t, data), err
}

func result(t *testing.T, data json.RawMessage) (r jobrun.Result) {
	t.Helper()
	if data == nil {
		return r
	}
	if err := json.Unmarshal(data, &r); err != nil {
		t.Errorf("the result %s: %v", data, err)
	}
	return r
}

// command is a Result without losses.
func command(r executor.CommandResult) jobrun.Result { return jobrun.Result{CommandResult: r} }

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case err == nil && want == "":
	case err == nil || want == "":
		t.Errorf("the error is %v, want %q", err, want)
	case err.Error() != want:
		t.Errorf("the error is %q, want %q", err, want)
	}
}

// awaitRun waits until a run lives and its slice has the text.
func (w *world) awaitRun(t *testing.T, id, text string) *supervise.Process {
	t.Helper()
	group, name, _ := strings.Cut(id, ":")
	for {
		p, err := w.sup.FindRun(group, name)
		if err != nil {
			pause(t)
			continue
		}
		f, err := p.Stdout().Follow(1 << 20)
		if err != nil {
			pause(t)
			continue
		}
		defer f.Close()
		for got := ""; !strings.Contains(got, text); {
			data, err := f.Next(t.Context())
			if err != nil {
				t.Fatalf("%v after %q", err, got)
			}
			got += string(data)
		}
		return p
	}
}

// pause is between two looks at what tells nobody when it changes.
func pause(t *testing.T) {
	t.Helper()
	select {
	case <-time.After(5 * time.Millisecond):
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	}
}

// beDaemon starts a run and waits to be killed.
func beDaemon(dir string) int {
	starter, err := proc.NewOS(proc.Options{})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	log := slog.New(slog.NewTextHandler(os.Stdout, nil))
	sup := supervise.New(supervise.Options{
		Starter: starter, Bus: event.NewBus(), Log: log, Environ: os.Environ(),
		Record: record.Create(filepath.Join(dir, "children"), log),
	})
	e := jobrun.New(jobrun.Options{
		Supervisor: sup, Log: log, Output: runlog.New(runlog.Options{Dir: filepath.Join(dir, "runs"), Log: log}),
	})
	_, err = e.Execute(context.Background(), shell("exec sleep 1000", jobrun.Args{}))
	fmt.Println(err)
	return 1
}
