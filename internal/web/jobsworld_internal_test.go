package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/history"
	"github.com/watchkeeper-go/watchkeeper/internal/runlog"
	"github.com/watchkeeper-go/watchkeeper/internal/usage"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/service/servicetest"
)

// someJobs begin at midnight UTC on 2000-01-01, when the clock of the bubble does.
const someJobs = `[supervisord]
logfile=$DIR/main.log
childlogdir=$DIR
[scheduler]
state_directory=$DIR
timezone=UTC
[job:bad<&>]
crontab=0 * * * *
command=fail
[job:berlin]
name=Backup of Berlin
crontab=0 3 * * *
timezone=Europe/Berlin
command=ok
environment=PASSWORD="secret"
timeout=90
[job:long]
crontab=0 6 * * *
command=long
[job:quarter]
crontab=*/15 * * * *
command=ok
`

// jobWorld is a daemon with jobs, in virtual time.
type jobWorld struct {
	*world
	runs *runlog.Logs
}

// trouble is what is wrong with the jobs of a world.
type trouble struct {
	down error // the scheduler cannot start
	away error // the store does not answer
}

// withJobs runs test in a world of these jobs, a minute after its start.
func withJobs(t *testing.T, conf string, test func(t *testing.T, w *jobWorld)) {
	t.Helper()
	withJobsIn(t, conf, trouble{}, test)
}

func withJobsIn(t *testing.T, conf string, wrong trouble, test func(t *testing.T, w *jobWorld)) {
	t.Helper()
	dir := servicetest.Dir(t, conf)
	synctest.Test(t, func(t *testing.T) {
		w := &jobWorld{world: newWorld(t), runs: runlog.New(runlog.Options{Dir: filepath.Join(dir, "runs"), Log: slog.New(slog.DiscardHandler)})}
		w.Daemon = servicetest.New(t, dir, func(p *service.Parts) {
			p.StartJobs = func(c *config.Config) (*service.Jobs, error) {
				return w.NewJobs(t, c, servicetest.Jobs{
					Executors: map[string]job.Executor{"default": work{w}}, Output: w.runs, Down: wrong.down, Away: wrong.away,
				})
			}
		})
		past := history.New(w.Bus)
		sampler := usage.New(func() []int { return nil }, func(int) (proc.Usage, bool) { return proc.Usage{}, false })
		w.site = newSite(Options{Service: w.Service, History: past, Usage: sampler})
		if err := w.StartJobs(); !errors.Is(err, wrong.down) {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		test(t, w)
		w.site.Close()
		sampler.Close()
		past.Close()
	})
}

// work is an executor: "fail" fails at once, "long" lives until it is told to go,
// all others take two seconds and write a line.
type work struct{ world *jobWorld }

func (e work) Execute(ctx context.Context, t job.Task) (json.RawMessage, error) {
	slice := e.world.runs.Begin(runlog.Run{Store: t.Store, ID: t.Run.ID}, runlog.Outputs{Job: t.Run.Job})
	defer slice.End()
	slice.Write([]byte("\x1b[32mrun\x1b[0m of <" + t.Run.Job + ">\n"))
	switch {
	case strings.Contains(t.Run.Work.Func, "fail"):
		return nil, errors.New("it <failed>")
	case strings.Contains(t.Run.Work.Func, "long"):
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	time.Sleep(2 * time.Second)
	return json.RawMessage(`{"exit":0}`), nil
}

// add adds a job over the service, as a person does.
func (w *jobWorld) add(id string, options ...string) {
	w.t.Helper()
	var all []config.JobOption
	for _, o := range options {
		key, value, _ := strings.Cut(o, "=")
		all = append(all, config.JobOption{Key: key, Value: value})
	}
	if _, err := w.Jobs().Add(w.t.Context(), id, all, schedule.Fail); err != nil {
		w.t.Fatal(err)
	}
}

// info is a job as it stands; nil when there is none.
func (w *jobWorld) info(id string) *service.JobInfo {
	w.t.Helper()
	i, err := w.Jobs().Get(w.t.Context(), service.Ref{ID: id})
	if errors.Is(err, job.ErrNotFound) {
		return nil
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return &i
}

// history are the runs of a job, the latest first.
func (w *jobWorld) history(id string) []service.RunInfo {
	w.t.Helper()
	runs, err := w.Jobs().Runs(w.t.Context(), service.RunFilter{RunFilter: job.RunFilter{Job: id}})
	if err != nil {
		w.t.Fatal(err)
	}
	return runs
}
