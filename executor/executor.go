// Package executor carries runs of jobs out: registered Go functions (Funcs),
// commands (Command), HTTP requests (HTTP) and Python functions (Python).
//
// Each is a job.Executor that a scheduler is given under an alias. It does the
// work of one attempt and tells how that went; when to run, whether to try
// again, how long an attempt may take and what becomes of a panic is left to
// the scheduler. The work learns which run it is of: a function from its
// context (FromContext), a command from its environment, a server from the
// body of the request, a Python function from a module.
//
// Each is also a job.Checker: what it could not run is refused when the job is
// added, not when it is due.
package executor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Defaults of the executors' options.
const (
	DefaultWorkers  = 100              // runs at the same time
	DefaultStopWait = 10 * time.Second // between a command's stop signal and SIGKILL, as stopwaitsecs
	DefaultTimeout  = time.Minute      // of an HTTP request whose job has no timeout
)

// taskContext is a context that carries a Task.
type taskContext struct {
	context.Context
	task job.Task
}

// contextKey is the key under which a taskContext gives itself.
type contextKey struct{}

// Value implements context.Context.
func (c *taskContext) Value(key any) any {
	if key == (contextKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// NewContext returns a context that carries t. Funcs does this for its
// functions; executors of your own may, for what they call.
func NewContext(ctx context.Context, t job.Task) context.Context {
	return &taskContext{ctx, t}
}

// FromContext returns the attempt that ctx belongs to: the run with its job,
// its scheduled time and its attempt number, and the token to fence effects
// with. It is false outside of a run.
func FromContext(ctx context.Context) (job.Task, bool) {
	if c, ok := ctx.Value(contextKey{}).(*taskContext); ok {
		return c.task, true
	}
	return job.Task{}, false
}

// workers is n, or the default for 0 and less.
func workers(n int) int {
	if n <= 0 {
		return DefaultWorkers
	}
	return n
}

// resultLimit is how many bytes the JSON of a result may have to be kept.
func resultLimit(p job.Policy) int {
	if p.KeepResult <= 0 {
		return job.DefaultKeepResult
	}
	return p.KeepResult
}

// decode reads the arguments of a job into a T. None at all is the zero T.
// Names that T does not know are refused: an argument that is ignored is worse
// than a run that fails.
func decode[T any](args json.RawMessage) (T, error) {
	var into T
	if len(args) == 0 || wholeNumber(args, &into) {
		return into, nil
	}
	if err := unmarshal(args, &into); err != nil {
		return into, fmt.Errorf("decode arguments: %w", plain(err))
	}
	if v, ok := any(&into).(validator); ok {
		if err := v.Validate(); err != nil {
			return into, fmt.Errorf("check arguments: %w", err)
		}
	}
	return into, nil
}

// wholeNumber reads what is written as Go writes an int into an int: the ID of
// something is what most jobs are given, and needs no decoder. All else is left
// to unmarshal, with what is wrong about it.
func wholeNumber[T any](args json.RawMessage, into *T) bool {
	n, ok := any(into).(*int)
	if !ok || len(args) > 18 {
		return false
	}
	value, err := strconv.Atoi(string(args))
	var digits [20]byte
	if err != nil || string(strconv.AppendInt(digits[:0], int64(value), 10)) != string(args) {
		return false
	}
	*n = value
	return true
}

// unmarshal is json.Unmarshal, but strict about names. Where there can be none
// it saves the decoder.
func unmarshal[T any](args json.RawMessage, into *T) error {
	switch kind := reflect.TypeFor[T]().Kind(); {
	case kind >= reflect.Bool && kind <= reflect.Float64, kind == reflect.String:
		return json.Unmarshal(args, into)
	}
	d := json.NewDecoder(bytes.NewReader(args))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more follows the first value")
	}
	return nil
}

// validator is implemented by arguments that can be told wrong.
type validator interface{ Validate() error }

// plain gives the two errors that people cause words without Go in them.
func plain(err error) error {
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		return fmt.Errorf("%s: want %s, found %s", wrong.Field, wrong.Type, wrong.Value)
	case errors.As(err, &wrong):
		return fmt.Errorf("want %s, found %s", wrong.Type, wrong.Value)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the text ends too early")
	}
	return err
}
