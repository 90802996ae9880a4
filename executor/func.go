package executor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// ErrUnknown: no function is registered under the name.
var ErrUnknown = errors.New("unknown function")

// Funcs runs registered Go functions. A job names its function in Func and has
// the arguments as JSON in Args; nothing that is stored is ever executed.
//
// All methods and registrations may be used concurrently. The zero Funcs is
// ready to use.
type Funcs struct {
	workers int // runs at the same time; 0: DefaultWorkers

	mu       sync.RWMutex
	funcs    map[string]function
	watchers map[*func()]bool // called when a function comes
}

// function is what is known of a name.
type function struct {
	check func(args json.RawMessage) error
	// call decodes, calls and encodes; nil when the function lives elsewhere.
	call func(ctx context.Context, args json.RawMessage) (json.RawMessage, error)
}

// NewFuncs returns an empty registry that runs at most so many functions at a
// time; 0 is DefaultWorkers.
func NewFuncs(workers int) *Funcs { return &Funcs{workers: workers} }

// None is the type of the arguments of a function without any.
type None struct{}

// Func is a registered function with arguments of type A; it makes the jobs
// that call it.
type Func[A any] struct{ name string }

// Name is what the function is registered as.
func (f Func[A]) Name() string { return f.name }

// Job returns a job that calls the function with args. When it is due, its
// policy if not the default one, and on which executor if not the default one,
// are to be filled in.
func (f Func[A]) Job(id string, args A) (job.Job, error) {
	data, err := json.Marshal(args)
	if err == nil {
		_, err = decode[A](data)
	}
	if err != nil {
		return job.Job{}, fmt.Errorf("make job %q of function %q: %w", id, f.name, err)
	}
	if _, none := any(args).(None); none {
		data = nil
	}
	return job.Job{ID: id, Func: f.name, Args: data}, nil
}

// Register makes fn known as name. A is decoded from the job's arguments, and
// may have a method Validate() error; names that it has no field for are
// refused. R is the result, encoded as JSON. It may be done at any time: jobs that
// wait for the function run then. One that was only declared becomes one that
// runs here; a name that is empty or taken is a mistake in the program: Register
// panics.
//
// The context ends with the job's timeout, a cancellation, the end of the
// scheduler or the loss of its lease; context.Cause tells which.
func Register[A, R any](f *Funcs, name string, fn func(context.Context, A) (R, error)) Func[A] {
	return register[A](f, name, func(ctx context.Context, args A) (json.RawMessage, error) {
		result, err := fn(ctx, args)
		if err != nil {
			return nil, err
		}
		data, err := json.Marshal(result)
		if err != nil {
			return nil, fmt.Errorf("encode result: %w", err)
		}
		return data, nil
	})
}

// RegisterNoResult is Register for a function without a result.
func RegisterNoResult[A any](f *Funcs, name string, fn func(context.Context, A) error) Func[A] {
	return register[A](f, name, func(ctx context.Context, args A) (json.RawMessage, error) {
		return nil, fn(ctx, args)
	})
}

// RegisterNoArgs is Register for a function without arguments.
func RegisterNoArgs[R any](f *Funcs, name string, fn func(context.Context) (R, error)) Func[None] {
	return Register(f, name, func(ctx context.Context, _ None) (R, error) { return fn(ctx) })
}

// RegisterPlain is Register for a function with neither.
func RegisterPlain(f *Funcs, name string, fn func(context.Context) error) Func[None] {
	return RegisterNoResult(f, name, func(ctx context.Context, _ None) error { return fn(ctx) })
}

// Declare makes a function known that other processes run: its jobs can be
// added here, with checked arguments, and are claimed where it is registered.
func Declare[A any](f *Funcs, name string) Func[A] { return register[A](f, name, nil) }

// register enters a function; without call it is only declared.
func register[A any](f *Funcs, name string, call func(context.Context, A) (json.RawMessage, error)) Func[A] {
	entry := function{check: func(args json.RawMessage) error {
		_, err := decode[A](args)
		return err
	}}
	if call != nil {
		entry.call = func(ctx context.Context, raw json.RawMessage) (json.RawMessage, error) {
			args, err := decode[A](raw)
			if err != nil {
				return nil, err
			}
			return call(ctx, args)
		}
	}
	f.enter(name, entry)
	return Func[A]{name}
}

// enter makes a function known and tells who waits for it.
func (f *Funcs) enter(name string, entry function) {
	f.mu.Lock()
	old, taken := f.funcs[name]
	if name == "" || taken && (old.call != nil || entry.call == nil) {
		f.mu.Unlock()
		panic(fmt.Sprintf("executor: register a function as %q: the name is empty or taken", name))
	}
	if f.funcs == nil {
		f.funcs = make(map[string]function)
	}
	f.funcs[name] = entry
	watchers := slices.Collect(maps.Keys(f.watchers))
	f.mu.Unlock()
	for _, w := range watchers {
		(*w)()
	}
}

// OnChange implements job.Changer.
func (f *Funcs) OnChange(call func()) (stop func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.watchers == nil {
		f.watchers = make(map[*func()]bool)
	}
	f.watchers[&call] = true
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.watchers, &call)
	}
}

// Execute implements job.Executor: it calls the function in the caller's
// goroutine. A panic passes through.
func (f *Funcs) Execute(ctx context.Context, t job.Task) (json.RawMessage, error) {
	entry, err := f.find(t.Run.Work.Func)
	if err != nil {
		return nil, err
	}
	if entry.call == nil {
		return nil, fmt.Errorf("function %q runs in other processes: it is only declared here", t.Run.Work.Func)
	}
	return entry.call(NewContext(ctx, t), t.Run.Work.Args)
}

// Check implements job.Checker. ErrUnknown.
func (f *Funcs) Check(j job.Job) error {
	entry, err := f.find(j.Func)
	if err != nil {
		return err
	}
	if err := entry.check(j.Args); err != nil {
		return fmt.Errorf("function %q: %w", j.Func, err)
	}
	return nil
}

// find returns the function or an error that names those there are.
func (f *Funcs) find(name string) (function, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if entry, ok := f.funcs[name]; ok {
		return entry, nil
	}
	known := slices.Sorted(maps.Keys(f.funcs))
	if len(known) == 0 {
		return function{}, fmt.Errorf("%w %q (none is registered)", ErrUnknown, name)
	}
	return function{}, fmt.Errorf("%w %q (registered: %s)", ErrUnknown, name, strings.Join(known, ", "))
}

// Names implements job.Namer: the functions that run here, sorted.
func (f *Funcs) Names() []string {
	f.mu.RLock()
	defer f.mu.RUnlock()
	names := make([]string, 0, len(f.funcs))
	for name, entry := range f.funcs {
		if entry.call != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Workers implements job.Bounded.
func (f *Funcs) Workers() int { return workers(f.workers) }

var (
	_ job.Changer = (*Funcs)(nil)
	_ job.Bounded = (*Funcs)(nil)
	_ job.Checker = (*Funcs)(nil)
)
