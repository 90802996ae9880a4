// Package jobrun carries out jobs that are commands as processes of the
// supervisor: spawned, stopped, logged and recorded as those of programs are,
// once a run.
//
// While it lives a run can be addressed as JOB:RUN (Namespec). What it writes
// goes to its slice in internal/runlog, and the end of that into its result. When
// to run, and what becomes of one that failed, is left to the scheduler; jobs
// that act on programs to internal/jobaction.
package jobrun

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/internal/runlog"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// Options are the parts that an Executor works with.
type Options struct {
	Supervisor *supervise.Supervisor
	Output     *runlog.Logs
	Log        *slog.Logger
	Base       Base // over which the options of a job are laid
	// FindUser finds whom a job names as its user; nil lets none choose one.
	FindUser func(name string) (*proc.User, error)
	// LastSuccess tells the scheduled time of the last run of the job that
	// succeeded before the given one; zero: there is none. With nil, or an error,
	// the run is not told.
	LastSuccess func(ctx context.Context, t job.Task) (time.Time, error)
	// Stopped is told of a run that was stopped by its name, or by the end of the
	// supervisor, before Execute returns: whoever keeps runs may note that it was
	// cancelled. May be nil.
	Stopped func(r job.Run)
	Workers int // runs at the same time; 0: executor.DefaultWorkers
}

// Executor runs each job as a process of the supervisor. The job's Func is the
// command line, split as command= of a program is; its Args are Args. The result
// is Result, beside an error too.
type Executor struct{ options Options }

// New returns an executor of commands.
func New(o Options) *Executor { return &Executor{o} }

// Result is the result of a run.
type Result struct {
	executor.CommandResult

	Lost int64 `json:"lost,omitempty"` // bytes that the disk refused: they are not in the slice
}

// ErrStopped is why a run failed that was stopped by its name. One that was
// stopped with its context fails with the cause of that, too.
var ErrStopped = errors.New("stopped")

// Namespec is the name by which the run lives in the supervisor: the job, and
// what follows it in the ID of the run.
func Namespec(r job.Run) string { return r.Job + ":" + name(r) }

// name is the last part of the Namespec.
func name(r job.Run) string {
	if len(r.ID) > len(r.Job)+1 && strings.HasPrefix(r.ID, r.Job) {
		return r.ID[len(r.Job)+1:]
	}
	return r.ID
}

// Check implements job.Checker. Whether program and user exist it leaves to the
// machine that will run it.
func (e *Executor) Check(j job.Job) error {
	_, err := e.order(j.Work())
	return err
}

// Workers implements job.Bounded.
func (e *Executor) Workers() int {
	if e.options.Workers > 0 {
		return e.options.Workers
	}
	return executor.DefaultWorkers
}

// Execute implements job.Executor.
func (e *Executor) Execute(ctx context.Context, t job.Task) (json.RawMessage, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	o, err := e.order(t.Run.Work)
	if err != nil {
		return nil, err
	}
	if o.user != "" {
		if o.program.Child.User, err = e.options.FindUser(o.user); err != nil {
			return nil, fmt.Errorf("find user %q: %w", o.user, err)
		}
	}
	o.program.Group, o.program.Name = t.Run.Job, name(t.Run)
	o.program.Child.Environment = append(o.program.Child.Environment, e.identity(ctx, t)...)
	limit := t.Run.Work.Policy.KeepResult
	if limit <= 0 {
		limit = job.DefaultKeepResult
	}
	o.outputs.Job, o.outputs.Keep = t.Run.Job, limit
	slice := e.options.Output.Begin(runlog.Run{Store: t.Store, ID: t.Run.ID}, o.outputs)
	defer slice.End()
	l := life{run: t.Run, slice: slice, limit: limit, success: o.program.Start.ExitCodes}
	l.process, err = e.start(ctx, supervise.Run{
		Program: o.program, Stdout: slice.Stdout(), Stderr: slice.Stderr(), Log: runLogger(e.options.Log, t.Run.Job),
	})
	if err != nil {
		return nil, err
	}
	return e.follow(ctx, &l)
}

// start starts the run once no other one of its name lives: an attempt that was
// taken away from this daemon and given back may still be on its way out.
func (e *Executor) start(ctx context.Context, r supervise.Run) (*supervise.Process, error) {
	for {
		p, err := e.options.Supervisor.Run(r)
		if !errors.Is(err, supervise.ErrAlreadyAdded) {
			return p, err
		}
		former, err := e.options.Supervisor.FindRun(r.Program.Group, r.Program.Name)
		if err != nil {
			continue // it has just gone
		}
		select {
		case <-former.Gone():
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// life is one attempt from the start of its process to its end.
type life struct {
	run     job.Run
	process *supervise.Process
	slice   *runlog.Slice
	limit   int // bytes of the result
	success []int
}

// follow waits for the end of the process, brings it about when ctx ends, and
// says how it went.
func (e *Executor) follow(ctx context.Context, l *life) (json.RawMessage, error) {
	over := false // ctx was, before the process
	select {
	case <-l.process.Gone():
	case <-ctx.Done():
		over = l.stop(ctx)
	}
	exit, ended := l.process.Exit()
	status := l.process.Status()
	switch {
	case !ended && status.SpawnErr != "":
		return nil, errors.New(status.SpawnErr)
	case !ended && status.State == supervise.Unknown:
		return nil, fmt.Errorf("%w, but process %d cannot be ended and lives on", ErrStopped, status.PID)
	case !ended:
		return nil, supervise.ErrShutdown
	}
	result, err := l.result(exit)
	switch {
	case over:
		return result, errors.Join(fmt.Errorf("%w (%s): %w", ErrStopped, exit, context.Cause(ctx)), err)
	case status.State == supervise.Stopped:
		if e.options.Stopped != nil {
			e.options.Stopped(l.run)
		}
		return result, errors.Join(fmt.Errorf("%w (%s)", ErrStopped, exit), err)
	case exit.Signal != 0 || !slices.Contains(l.success, exit.Code):
		return result, errors.Join(l.failure(exit), err)
	}
	return result, err
}

// stop ends the process and returns when it is gone. It reports whether it has
// come first: a process that ends in the same moment has done its work.
func (l *life) stop(ctx context.Context) bool {
	// What it answers, the status will tell: there is nothing to stop any more, or
	// the signal was refused and its end is waited for.
	_ = l.process.Stop(context.WithoutCancel(ctx), false)
	<-l.process.Gone()
	return l.process.Status().State == supervise.Stopped
}

// lastWords is how much of the last line of the output an error quotes.
const lastWords = 240

// notSpawned is the last line of a child that could not become its program; why
// stands before it (proc.RunStandIn).
const notSpawned = "supervisor: child process was not spawned"

// failure says how the process ended and what it said last, which most often is
// why.
func (l *life) failure(exit proc.Exit) error {
	text, _ := l.slice.Text(lastWords)
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), notSpawned))
	text = strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
	if text == "" {
		return errors.New(exit.String())
	}
	return fmt.Errorf("%s: %s", exit, strings.ToValidUTF8(text, "\uFFFD"))
}

// result is the JSON of Result within the limit.
func (l *life) result(exit proc.Exit) (json.RawMessage, error) {
	r := Result{Lost: l.slice.Lost()}
	r.Exit, r.Dropped = exit.Code, l.slice.Written() // the longest that the frame can be
	if exit.Signal != 0 {
		r.Signal = proc.SignalName(exit.Signal)
	}
	frame, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	r.Output, r.Dropped = l.slice.Text(l.limit - len(frame))
	return json.Marshal(r)
}

var (
	_ job.Bounded = (*Executor)(nil)
	_ job.Checker = (*Executor)(nil)
)
