package executor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/pyvalue"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

// Defaults of PythonOptions.
const (
	DefaultPythonWorkers     = 4
	DefaultPythonConcurrency = 250
)

// ErrPythonClosed: Shutdown was called.
var ErrPythonClosed = errors.New("the Python workers are shut down")

// Python runs Python functions as they are, in warm worker processes. The
// job's Func names one as "package.module:function", its Args are a list of
// arguments, [1, "a"], or {"args": [1, "a"], "kwargs": {"b": 2}} where either
// may be missing; {"$py": "datetime", "value": "2030-01-31T12:30:00Z"} and the
// like in them are Python's values, as docs/python-workers.md has them. The result is a PythonResult, beside an error too; an
// exception is a PythonError.
//
// A worker is a process that leads a group of its own; it is started when it is
// first needed. Coroutine functions run on its event loop and all others in its
// threads, up to Concurrency runs together. Modules are imported once, from
// Directory and what else the interpreter finds; so they see what earlier
// runs left in them, and a change of their text is seen by later workers only.
//
// When the context ends, a coroutine function is cancelled. A plain function
// cannot be: it may look at watchkeeper_run.cancelled(). The worker of a run
// that goes on for more than a second gets no new runs, and after StopWait its
// group is killed, with all other runs in it: they fail and say why.
type Python struct {
	options PythonOptions
	ids     atomic.Int64
	places  chan struct{}  // one for each run
	closing chan struct{}  // closed by Shutdown
	lives   sync.WaitGroup // of the workers
	logging sync.Mutex     // while a line is written to the log

	mu      sync.Mutex // before a worker's mu
	workers []*pythonWorker
	retired map[*pythonWorker]bool // they end when their runs have
	closed  bool
}

// PythonOptions are what the workers of one Python have in common. Starter is
// needed.
type PythonOptions struct {
	Starter     proc.Starter // see NewCommand
	Python      string       // the interpreter, 3.8 or newer, a path or found in the PATH of Environment; "": python3
	Directory   string       // where workers start, and the first place that modules are looked for in; "": our own directory
	Environment []string     // the whole environment of workers, as os.Environ gives it
	User        *proc.User   // whom they run as; nil: as we do
	Umask       *int         // nil: ours

	Workers     int // processes; 0: DefaultPythonWorkers
	Concurrency int // runs at the same time in each; 0: DefaultPythonConcurrency
	// MaxCalls and MaxMemory replace a worker once it has got so many calls, or
	// has more bytes resident at the end of one. Its runs end in peace. 0: never.
	MaxCalls  int
	MaxMemory int64
	StopWait  time.Duration // from the end of a run's context to SIGKILL; 0: DefaultStopWait

	// Log is the workers' log: what they write past sys.stdout and sys.stderr,
	// or outside of a run, marked "python worker PID: ", and when they are ready
	// and have ended. Each Write is one line, one after another. nil drops it. An
	// error ends nothing.
	Log io.Writer
	// Output makes a writer for what a run prints, beside the end of it that
	// PythonResult keeps. It is written to until Execute returns, by one
	// goroutine; all runs of a worker wait while it blocks. May be nil, and return nil.
	Output func(job.Task) io.Writer
}

// NewPython returns an executor without any worker yet. Shutdown ends those
// that it will have.
func NewPython(o PythonOptions) *Python {
	if o.Python == "" {
		o.Python = "python3"
	}
	if o.Workers <= 0 {
		o.Workers = DefaultPythonWorkers
	}
	if o.Concurrency <= 0 {
		o.Concurrency = DefaultPythonConcurrency
	}
	if o.StopWait <= 0 {
		o.StopWait = DefaultStopWait
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	return &Python{
		options: o,
		places:  make(chan struct{}, o.Workers*o.Concurrency),
		closing: make(chan struct{}),
		retired: make(map[*pythonWorker]bool),
	}
}

// Workers implements job.Bounded.
func (p *Python) Workers() int { return cap(p.places) }

// Check implements job.Checker. Whether the function exists only a worker can
// tell, and so of a class that an argument names.
func (p *Python) Check(j job.Job) error {
	args, err := pythonArguments(j.Work())
	if err != nil {
		return err
	}
	return pyvalue.Arguments(args).Check()
}

// Execute implements job.Executor.
func (p *Python) Execute(ctx context.Context, t job.Task) (json.RawMessage, error) {
	args, err := pythonArguments(t.Run.Work)
	if err != nil {
		return nil, err
	}
	return p.run(ctx, t, pythonRequest{Func: t.Run.Work.Func, Args: args.Args, Kwargs: args.Kwargs})
}

// run has a worker do what r asks for, for the attempt t.
func (p *Python) run(ctx context.Context, t job.Task, r pythonRequest) (json.RawMessage, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	select {
	case p.places <- struct{}{}:
		defer func() { <-p.places }()
	case <-p.closing:
		return nil, ErrPythonClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	c, err := p.newCall(t, r)
	if err != nil {
		return nil, err
	}
	for {
		if again, err := p.attempt(ctx, c); err != nil {
			return nil, err
		} else if !again {
			return c.result()
		}
	}
}

// attempt has a worker make the call. Again says that the worker was gone
// before it could have begun with it.
func (p *Python) attempt(ctx context.Context, c *pythonCall) (again bool, err error) {
	w, err := p.take()
	if err != nil {
		return false, err
	}
	defer p.release(w)
	w.call(c)
	select {
	case <-c.done:
	case <-ctx.Done():
		p.stop(ctx, w, c)
	}
	return c.again(w), nil
}

// stop ends a call whose context is over, and its worker if there is no other
// way.
func (p *Python) stop(ctx context.Context, w *pythonWorker, c *pythonCall) {
	if !w.cancel(c, context.Cause(ctx)) {
		return // it ended in the same moment
	}
	soon := min(time.Second, p.options.StopWait/2)
	if c.endsWithin(soon) {
		return
	}
	p.retire(w)
	if c.endsWithin(p.options.StopWait - soon) {
		return
	}
	w.kill(fmt.Sprintf("run %s of job %q did not end within %v", c.task.Run.ID, c.task.Run.Job, p.options.StopWait))
	<-c.done
}

// Shutdown takes no new runs, waits for those that there are and ends the
// workers. When ctx is over first it kills them, with their groups, and returns
// its cause. When it returns no worker is left.
func (p *Python) Shutdown(ctx context.Context) error {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.closing)
	}
	for _, w := range slices.Clone(p.workers) {
		p.retireLocked(w)
	}
	p.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		p.lives.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	for w := range p.retired {
		w.kill("the scheduler ends")
	}
	p.mu.Unlock()
	<-ended
	return fmt.Errorf("shut down Python workers: %w", context.Cause(ctx))
}

var (
	_ job.Bounded = (*Python)(nil)
	_ job.Checker = (*Python)(nil)
)
