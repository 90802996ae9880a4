package daemon

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/internal/jobaction"
	"github.com/watchkeeper-go/watchkeeper/internal/jobpython"
	"github.com/watchkeeper-go/watchkeeper/internal/jobrun"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// newExecutor makes the executor that a section describes.
func (j *jobs) newExecutor(c config.JobExecutor) job.Executor {
	workers := c.Workers
	if workers == 0 {
		workers = j.config.Workers
	}
	switch c.Type {
	case config.PythonExecutor:
		p := j.newPython(c)
		j.pythons = append(j.pythons, p)
		return p
	case config.RemoteExecutor:
		r := executor.NewRemote(executor.RemoteOptions{Lease: c.Lease, Runs: c.Workers})
		j.remotes.Store(c.Name, r)
		return r
	}
	return jobaction.New(j.instance.service, jobrun.New(jobrun.Options{
		Supervisor: j.instance.supervisor,
		Output:     j.output,
		Log:        j.instance.log,
		Base: jobrun.Base{
			ServerURL: j.instance.config.ServerURL,
			StripANSI: j.instance.config.Daemon.Flags.StripANSI,
			Syslog:    j.instance.syslog,
		},
		FindUser:    config.FindUser,
		LastSuccess: jobrun.LastSuccess(j.history),
		Stopped:     j.stopped,
		Workers:     workers,
	}))
}

// remote is the service's JobParts.Remote.
func (j *jobs) remote(name string) *executor.Remote {
	r, _ := j.remotes.Load(name)
	remote, _ := r.(*executor.Remote)
	return remote
}

// stopped notes that somebody stopped a run by its name: it is cancelled, and
// not tried again.
func (j *jobs) stopped(r job.Run) {
	ctx, cancel := context.WithTimeout(context.Background(), openTime)
	defer cancel()
	if err := j.scheduler.CancelRun(ctx, r.ID); err != nil {
		j.instance.log.Warn(fmt.Sprintf("note that run %s was stopped: %v", r.ID, err))
	}
}

// newPython makes an executor of Python functions.
func (j *jobs) newPython(c config.JobExecutor) *jobpython.Executor {
	w := c.Python
	o := executor.PythonOptions{
		Starter:     recordedStarter{j.instance.starter, j.instance.record, supervise.Program{Group: "executor", Name: c.Name}},
		Python:      w.Interpreter,
		Directory:   w.Child.Directory,
		Environment: (&supervise.Program{Name: c.Name, Group: c.Name, Child: w.Child}).Environ(j.instance.options.Environ),
		User:        w.Child.User,
		Workers:     c.Workers,
		Concurrency: w.Concurrency,
		MaxCalls:    w.MaxCalls,
		MaxMemory:   w.MaxMemory,
		Log:         &lineLog{log: j.instance.log, prefix: "executor " + c.Name + ": "},
	}
	if w.Child.Umask >= 0 {
		o.Umask = &w.Child.Umask
	}
	return jobpython.New(o, j.output)
}

// lineLog writes lines into the main log.
type lineLog struct {
	log    *slog.Logger
	prefix string
}

func (l *lineLog) Write(line []byte) (int, error) {
	l.log.Info(l.prefix + string(bytes.TrimRight(line, "\n")))
	return len(line), nil
}

var _ io.Writer = (*lineLog)(nil)

// stopPythons ends the workers of all executors. Those that do not end in time
// are killed.
func (j *jobs) stopPythons() {
	ctx, cancel := context.WithTimeout(context.Background(), pythonTime)
	defer cancel()
	var ends sync.WaitGroup
	for _, p := range j.pythons {
		ends.Go(func() {
			if err := p.Shutdown(ctx); err != nil {
				j.instance.log.Warn(fmt.Sprintf("stop Python workers: %v", err))
			}
		})
	}
	ends.Wait()
}

// pythonTime is how long Python workers without runs may take to end.
const pythonTime = 5 * time.Second
