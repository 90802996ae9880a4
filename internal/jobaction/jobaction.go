// Package jobaction carries out jobs that act on programs: a program that is
// restarted every night, started in the morning, or sent SIGHUP each hour.
//
// It knows no processes, only the operations that users have (package service),
// and waits for them as supervisorctl does.
package jobaction

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// Args are the arguments of a job that acts on a program, which is its Func: a
// namespec, or the name of a program with several processes.
type Args struct {
	Action string `json:"action"` // restart, start, stop or signal:NAME
}

// Result is the result of a run: what became of each process.
type Result struct {
	Processes []Process `json:"processes"`
}

// Process is what became of one process. Error is empty when the action was
// done, or when there was nothing to do; then Note says so.
type Process struct {
	Name  string `json:"name"` // its namespec
	Error string `json:"error,omitempty"`
	Note  string `json:"note,omitempty"` // such as "already started"
}

// Programs are the operations that an Executor needs; a service.Service has
// them.
type Programs interface {
	Start(ctx context.Context, namespec string, wait bool) ([]service.Result, error)
	Stop(ctx context.Context, namespec string, wait bool) ([]service.Result, error)
	Signal(ctx context.Context, namespec, signal string) ([]service.Result, error)
}

// Executor acts on programs, and leaves all other jobs to another executor.
//
// A program that is started and runs already, or stopped and does not run, is as
// it should be: the run has succeeded. When the context of a run ends, what was
// asked for goes on; only the waiting ends.
type Executor struct {
	programs Programs
	others   Commands
}

// Commands are what carries the other jobs out: those without an action.
type Commands interface {
	job.Bounded
	Check(j job.Job) error
}

// New returns an executor of actions on programs and, by others, of all that
// is no action.
func New(programs Programs, others Commands) *Executor { return &Executor{programs, others} }

// Workers implements job.Bounded.
func (e *Executor) Workers() int { return e.others.Workers() }

// Check implements job.Checker. Whether there is such a program it leaves to
// the time of the run.
func (e *Executor) Check(j job.Job) error {
	if !isAction(j.Args) {
		return e.others.Check(j)
	}
	_, err := read(j.Work())
	return err
}

// Execute implements job.Executor.
func (e *Executor) Execute(ctx context.Context, t job.Task) (json.RawMessage, error) {
	if !isAction(t.Run.Work.Args) {
		return e.others.Execute(ctx, t)
	}
	steps, err := read(t.Run.Work)
	if err != nil {
		return nil, err
	}
	var all Result
	var failures []string
	for _, s := range steps {
		results, err := e.do(ctx, s, t.Run.Work.Func)
		if err != nil {
			return nil, err
		}
		for _, r := range results {
			p := s.judge(r)
			all.add(p)
			if p.Error != "" {
				failures = append(failures, p.Error)
			}
		}
	}
	result, err := json.Marshal(all)
	if len(failures) > 0 {
		err = errors.Join(errors.New(strings.Join(failures, "; ")), err)
	}
	return result, err
}

// add puts what became of a process in the place of what was said of it before:
// of a restart the start counts, unless the stop has failed.
func (r *Result) add(p Process) {
	at := slices.IndexFunc(r.Processes, func(o Process) bool { return o.Name == p.Name })
	switch {
	case at < 0:
		r.Processes = append(r.Processes, p)
	case r.Processes[at].Error == "":
		r.Processes[at] = p
	}
}

// step is one operation.
type step struct {
	run func(ctx context.Context, p Programs, namespec string) ([]service.Result, error)
	// fine is the error that says that there is nothing to do; nil: none does.
	fine error
}

func start() step {
	return step{func(ctx context.Context, p Programs, n string) ([]service.Result, error) {
		return p.Start(ctx, n, true)
	}, supervise.ErrAlreadyStarted}
}

func stop() step {
	return step{func(ctx context.Context, p Programs, n string) ([]service.Result, error) { return p.Stop(ctx, n, true) }, supervise.ErrNotRunning}
}

func send(signal string) step {
	return step{run: func(ctx context.Context, p Programs, n string) ([]service.Result, error) {
		return p.Signal(ctx, n, signal)
	}}
}

// Parse says what is wrong with the word of an action.
func Parse(action string) error {
	_, err := parse(action)
	return err
}

func parse(action string) ([]step, error) {
	if name, ok := strings.CutPrefix(action, "signal:"); ok {
		if _, err := proc.ParseSignal(name); err != nil {
			return nil, fmt.Errorf("action: %w", err)
		}
		return []step{send(name)}, nil
	}
	switch action {
	case "start":
		return []step{start()}, nil
	case "stop":
		return []step{stop()}, nil
	case "restart":
		return []step{stop(), start()}, nil
	}
	return nil, fmt.Errorf("action: %q is none of restart, start, stop and signal:HUP (or another signal)", action)
}

// isAction reports whether the arguments of a job have an action. What cannot be
// read has none; whose it is then will say why.
func isAction(args json.RawMessage) bool {
	var given map[string]json.RawMessage
	if len(args) == 0 || json.Unmarshal(args, &given) != nil {
		return false
	}
	_, has := given["action"]
	return has
}

// read reads what a job wants.
func read(w job.Work) ([]step, error) {
	var args Args
	d := json.NewDecoder(bytes.NewReader(w.Args))
	d.DisallowUnknownFields()
	if err := d.Decode(&args); err != nil {
		return nil, fmt.Errorf("decode arguments: %w", err)
	}
	if w.Func == "" {
		return nil, errors.New("the program that the action is for is not named")
	}
	return parse(args.Action)
}

// do does one step. A name without a colon that no process has is that of all
// processes of the program.
func (e *Executor) do(ctx context.Context, s step, name string) ([]service.Result, error) {
	results, err := s.run(ctx, e.programs, name)
	if errors.Is(err, service.ErrBadName) && !strings.Contains(name, ":") {
		whole := service.Namespec{Group: name, Whole: true}.String()
		if all, e := s.run(ctx, e.programs, whole); !errors.Is(e, service.ErrBadName) {
			results, err = all, e
		}
	}
	switch {
	case errors.Is(err, service.ErrBadName), errors.Is(err, service.ErrShuttingDown), err != nil && ctx.Err() != nil:
		return nil, err
	case results == nil: // of one process
		n := service.ParseNamespec(name)
		results = []service.Result{{Group: n.Group, Name: n.Process, Err: err}}
	}
	return results, nil
}

// judge says what became of a process.
func (s step) judge(r service.Result) Process {
	p := Process{Name: service.Namespec{Group: r.Group, Process: r.Name}.String()}
	switch {
	case r.Err == nil:
	case s.fine != nil && errors.Is(r.Err, s.fine):
		p.Note = s.fine.Error()
	default:
		p.Error = r.Err.Error()
	}
	return p
}

var (
	_ job.Checker = (*Executor)(nil)
	_ job.Bounded = (*Executor)(nil)
	_ Programs    = (*service.Service)(nil)
)
