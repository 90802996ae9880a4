package service_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/runlog"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// succeed is an executor whose runs do nothing.
type succeed struct{}

func (succeed) Execute(context.Context, job.Task) (json.RawMessage, error) { return nil, nil }

// notes is a ledger in memory.
type notes struct{ declared []service.Declaration }

func (n *notes) Declared() ([]service.Declaration, error) { return slices.Clone(n.declared), nil }

func (n *notes) Note(these []service.Declaration, declared bool) error {
	for _, d := range these {
		n.declared = slices.DeleteFunc(n.declared, func(o service.Declaration) bool { return o == d })
		if declared {
			n.declared = append(n.declared, d)
		}
	}
	return nil
}

// files are a configuration of which only the jobs matter.
func files(t testing.TB, jobs string, scheduler ...string) *config.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "supervisord.conf")
	text := "[supervisord]\n[scheduler]\nstate_directory = /nonexistent\ntimezone = UTC\n" + strings.Join(scheduler, "\n") + "\n[executor:py]\ntype = python\n[program:web]\ncommand = web\n" + jobs
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, config.Portable(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// daemon is one that has jobs in a store, perhaps with others.
type jobDaemon struct {
	*service.Jobs
	service *service.Service
	load    func() *config.Config
}

// newJobDaemon starts a scheduler over store with the jobs of c.
func newJobDaemon(t testing.TB, name string, store job.Store, ledger service.Ledger, c *config.Config) *jobDaemon {
	t.Helper()
	return newJobDaemonWith(t, name, store, ledger, c, succeed{})
}

func newJobDaemonWith(t testing.TB, name string, store job.Store, ledger service.Ledger, c *config.Config, e job.Executor) *jobDaemon {
	t.Helper()
	s, err := schedule.New(schedule.Options{
		Store: store, Executors: map[string]job.Executor{"default": e, "py": succeed{}},
		StartPaused: c.Scheduler.Paused,
		Name:        name, Now: time.Now, Defaults: c.Scheduler.Defaults,
	})
	if err != nil {
		t.Fatal(err)
	}
	d := &jobDaemon{}
	d.Jobs = service.NewJobs(service.JobParts{
		Scheduler: s,
		Output:    runlog.New(runlog.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)}),
		Log:       slog.New(slog.NewTextHandler(t.Output(), nil)),
		Daemon:    name, LogDir: "/logs",
		Stores: func() (health []service.StoreHealth) {
			for _, name := range s.Stores() {
				health = append(health, service.StoreHealth{JobStore: config.JobStore{Name: name, Type: config.MemoryStore}})
			}
			return health
		},
		Adapt:  func(*config.Scheduler) error { return nil },
		Ledger: ledger,
	}, c)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	d.DeclareStore(t.Context(), "default")
	d.service = service.New(service.Parts{
		Supervisor: newSupervisor(t),
		Load:       func() (*config.Config, error) { return d.load(), nil },
		StartJobs:  func(*config.Config) (*service.Jobs, error) { return d.Jobs, nil },
		Stop:       func(bool, *config.Config) {},
	}, c)
	if err := d.service.StartJobs(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stopped, cancel := context.WithCancel(context.Background())
		cancel()
		if err := s.Shutdown(stopped); err != nil && !errors.Is(err, schedule.ErrNotRunning) {
			t.Error(err)
		}
	})
	return d
}

// update rereads and puts everything into force, as supervisorctl does.
func (d *jobDaemon) update(t *testing.T, c *config.Config) (added, changed, removed []string) {
	t.Helper()
	d.load = func() *config.Config { return c }
	added, changed, removed, err := d.service.Reread()
	if err != nil {
		t.Fatal(err)
	}
	jobsOnly := func(names []string) []string {
		return slices.DeleteFunc(names, func(n string) bool { return !strings.HasPrefix(n, "job:") })
	}
	added, changed, removed = jobsOnly(added), jobsOnly(changed), jobsOnly(removed)
	for _, name := range slices.Concat(removed, changed) {
		if err := d.service.RemoveGroup(name); err != nil {
			t.Errorf("remove %s: %v", name, err)
		}
	}
	for _, name := range slices.Concat(changed, added) {
		if err := d.service.AddGroup(name); err != nil {
			t.Errorf("add %s: %v", name, err)
		}
	}
	return added, changed, removed
}

func (d *jobDaemon) ids(t *testing.T) []string {
	t.Helper()
	infos, err := d.List(t.Context(), service.JobFilter{})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, i := range infos {
		ids = append(ids, i.Job.ID+" "+string(i.Source))
	}
	slices.Sort(ids)
	return ids
}

func TestJobsOfFilesComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New(memory.Options{})
		d := newJobDaemon(t, "a", store, &notes{}, files(t, `
[job:one]
trigger = interval
hours = 1
command = one
[job:two]
crontab = @daily
command = two
`))
		if diff := cmp.Diff([]string{"one file", "two file"}, d.ids(t)); diff != "" {
			t.Errorf("jobs (-want +got):\n%s", diff)
		}
		if _, err := d.Add(t.Context(), "posted", options("trigger", "interval", "hours", "2", "command", "x"), schedule.Fail); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Pause(t.Context(), service.Ref{ID: "two"}); err != nil {
			t.Fatal(err)
		}
		before, err := d.Get(t.Context(), service.Ref{ID: "one"})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Minute)
		added, changed, removed := d.update(t, files(t, `
[job:one]
trigger = interval
hours = 1
command = another
[job:two]
crontab = @daily
command = changed
timeout = 1m
[job:three]
crontab = @hourly
command = three
`))
		if diff := cmp.Diff([][]string{{"job:three"}, {"job:one", "job:two"}, nil}, [][]string{added, changed, removed}); diff != "" {
			t.Errorf("update (-want +got):\n%s", diff)
		}
		one, err := d.Get(t.Context(), service.Ref{ID: "one"})
		if err != nil {
			t.Fatal(err)
		}
		if one.Job.Func != "another" || !one.Job.State.Next.Equal(before.Job.State.Next) {
			t.Errorf("job one runs %q at %v, want the new command at the old time %v", one.Job.Func, one.Job.State.Next, before.Job.State.Next)
		}
		two, err := d.Get(t.Context(), service.Ref{ID: "two"})
		if err != nil {
			t.Fatal(err)
		}
		if !two.Job.State.Paused || two.Job.Policy.Timeout != time.Minute {
			t.Errorf("job two: paused %v, timeout %v", two.Job.State.Paused, two.Job.Policy.Timeout)
		}
		_, _, removed = d.update(t, files(t, "[job:three]\ncrontab = @hourly\ncommand = three\n"))
		if diff := cmp.Diff([]string{"job:one", "job:two"}, removed); diff != "" {
			t.Errorf("removed (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"posted api", "three file"}, d.ids(t)); diff != "" {
			t.Errorf("jobs (-want +got):\n%s", diff)
		}
	})
}

func TestRestartTakesBackWhatTheFilesHaveNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, ledger := memory.New(memory.Options{}), &notes{}
		one := files(t, "[job:old]\ncrontab = @daily\ncommand = x\n[job:kept]\ncrontab = @daily\ncommand = x\n")
		newJobDaemon(t, "a", store, ledger, one)
		other := newJobDaemon(t, "b", store, &notes{}, files(t, "[job:kept]\ncrontab = @daily\ncommand = x\n"))
		again := newJobDaemon(t, "a", store, ledger, files(t, "[job:new]\ncrontab = @daily\ncommand = x\n"))
		if diff := cmp.Diff([]string{"kept file", "new file"}, again.ids(t)); diff != "" {
			t.Errorf("jobs (-want +got):\n%s", diff)
		}
		kept, err := again.Get(t.Context(), service.Ref{ID: "kept"})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"b"}, kept.Daemons); diff != "" {
			t.Errorf("kept is declared by (-want +got):\n%s", diff)
		}
		other.update(t, files(t, ""))
		if diff := cmp.Diff([]string{"new file"}, again.ids(t)); diff != "" {
			t.Errorf("jobs (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]service.Declaration{{Store: "default", Job: "new"}}, ledger.declared); diff != "" {
			t.Errorf("ledger (-want +got):\n%s", diff)
		}
	})
}

func options(words ...string) []config.JobOption {
	var o []config.JobOption
	for i := 0; i < len(words); i += 2 {
		o = append(o, config.JobOption{Key: words[i], Value: words[i+1]})
	}
	return o
}

func TestJobsAreAddedChangedAndRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		d := newJobDaemon(t, "a", memory.New(memory.Options{}), &notes{}, files(t, "[job:filed]\ncrontab = @daily\ncommand = x\n"))
		added, err := d.Add(ctx, "", options("trigger", "interval", "minutes", "5", "func", "tasks:f", "args", `["x"]`), schedule.Fail)
		if err != nil {
			t.Fatal(err)
		}
		if len(added.Job.ID) != 32 || added.Job.Executor != "py" || added.Source != service.FromAPI {
			t.Errorf("added %+v", added)
		}
		_, err = d.Add(ctx, added.Job.ID, options("crontab", "@daily", "command", "x"), schedule.Fail)
		wantError(t, err, job.ErrExists, "Job identifier ("+added.Job.ID+") conflicts with an existing job")
		_, err = d.Add(ctx, "filed", options("crontab", "@daily", "command", "x"), schedule.Replace)
		wantError(t, err, service.ErrDeclared, "change it there")
		_, err = d.Add(ctx, "x", options("crontab", "@daily", "comand", "x"), schedule.Fail)
		wantError(t, err, service.ErrBadJob, "did you mean command?")

		put, created, err := d.Put(ctx, "put", options("trigger", "interval", "hours", "1", "command", "x", "environment", "SECRET=1"), 0, false)
		if err != nil || !created {
			t.Fatal(created, err)
		}
		if _, shown := put.Options["environment"]; shown {
			t.Error("the environment is shown")
		}
		time.Sleep(10 * time.Minute)
		again, created, err := d.Put(ctx, "put", options("trigger", "interval", "hours", "1", "command", "y"), put.Job.State.Rev, false)
		if err != nil || created || again.Job.Func != "y" || !again.Job.State.Next.Equal(put.Job.State.Next) {
			t.Errorf("put again: %+v, created %v, %v", again.Job, created, err)
		}
		declared, err := d.Add(ctx, "put", options("trigger", "interval", "hours", "1", "command", "z"), schedule.Declare)
		if err != nil || declared.Job.Func != "z" || !declared.Job.State.Next.Equal(put.Job.State.Next) {
			t.Errorf("declared: %+v, %v", declared.Job, err)
		}
		_, _, err = d.Put(ctx, "put", options("crontab", "@daily", "command", "y"), put.Job.State.Rev, false)
		wantError(t, err, job.ErrChanged, "")
		_, _, err = d.Put(ctx, "put", options("crontab", "@daily", "command", "y"), 0, true)
		wantError(t, err, job.ErrExists, "")

		value := "2"
		edited, err := d.Edit(ctx, service.Ref{ID: "put"}, map[string]*string{"hours": &value, "timeout": &value, "command": nil, "func": &[]string{"m:f"}[0]}, 0)
		if err != nil || edited.Job.Func != "m:f" || edited.Job.Policy.Timeout != 2*time.Second || edited.Options["hours"] != "2" {
			t.Errorf("edited: %+v, %v", edited, err)
		}
		_, err = d.Edit(ctx, service.Ref{ID: "filed"}, map[string]*string{"command": &value}, 0)
		wantError(t, err, service.ErrDeclared, "")
		wantError(t, d.Remove(ctx, service.Ref{ID: "filed"}, 0, false), service.ErrDeclared, "")
		wantError(t, d.Remove(ctx, service.Ref{ID: "none"}, 0, false), job.ErrNotFound, "No job by the id of none was found")
		if err := d.Remove(ctx, service.Ref{ID: "put"}, edited.Job.State.Rev, false); err != nil {
			t.Error(err)
		}

		run, err := d.RunNow(ctx, service.Ref{ID: "filed"})
		if err != nil {
			t.Fatal(err)
		}
		done, err := d.Wait(ctx, run.Run.ID)
		if err != nil || done.Run.Outcome.Kind != job.Succeeded {
			t.Errorf("run: %+v, %v", done, err)
		}
		_, err = d.Run(ctx, "none")
		wantError(t, err, job.ErrNotFound, "")
	})
}

func wantError(t *testing.T, err, want error, text string) {
	t.Helper()
	if !errors.Is(err, want) || !strings.Contains(err.Error(), text) {
		t.Errorf("error %v, want %v with %q", err, want, text)
	}
}

func TestJobsAreListedInPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newJobDaemon(t, "a", memory.New(memory.Options{}), &notes{}, files(t, ""))
		time.Sleep(time.Second) // the bubble begins at midnight, when @daily is due
		for _, id := range []string{"c", "a", "b"} {
			if _, err := d.Add(t.Context(), id, options("crontab", "@daily", "command", "x"), schedule.Fail); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		f := service.JobFilter{Limit: 2}
		for {
			page, err := d.List(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, i := range page {
				got = append(got, i.Job.ID)
			}
			f.After = page[len(page)-1].Cursor()
		}
		if diff := cmp.Diff([]string{"a", "b", "c"}, got); diff != "" {
			t.Errorf("pages (-want +got):\n%s", diff)
		}
	})
}

func TestPreview(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newJobDaemon(t, "a", memory.New(memory.Options{}), &notes{}, files(t, ""))
		from := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		p, err := d.Preview(options("trigger", "cron", "hour", "3", "command", "anything"), from, 2)
		if err != nil {
			t.Fatal(err)
		}
		want := []time.Time{time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC), time.Date(2026, 3, 3, 3, 0, 0, 0, time.UTC)}
		if diff := cmp.Diff(want, p.Times, cmp.Transformer("UTC", time.Time.UTC)); diff != "" || p.Ended || p.Description == "" {
			t.Errorf("preview %+v (-want +got):\n%s", p, diff)
		}
		_, err = d.Preview(options("trigger", "cron", "hour", "33"), from, 2)
		wantError(t, err, service.ErrBadJob, "hour")
	})
}

// newSupervisor is a supervisor without programs.
func newSupervisor(t testing.TB) *supervise.Supervisor {
	t.Helper()
	return supervise.New(supervise.Options{Starter: proctest.New(), Bus: event.NewBus(), Log: slog.New(slog.DiscardHandler)})
}
