// Package jobpython carries out jobs that are Python functions in the daemon:
// executor.Python does the work, and what a run prints is kept as the slice of
// that run, with what listeners print about it after it.
package jobpython

import (
	"context"
	"encoding/json"
	"io"
	"sync"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/internal/runlog"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// Executor runs Python functions. Its methods may be called concurrently.
type Executor struct {
	*executor.Python

	output *runlog.Logs
	mu     sync.Mutex
	slices map[string]*runlog.Slice // of the runs that are carried out, by ID
}

// New returns an executor with these options, whose Output it sets.
func New(o executor.PythonOptions, output *runlog.Logs) *Executor {
	e := &Executor{output: output, slices: make(map[string]*runlog.Slice)}
	o.Output = e.writer
	e.Python = executor.NewPython(o)
	return e
}

// Execute implements job.Executor.
func (e *Executor) Execute(ctx context.Context, t job.Task) (json.RawMessage, error) {
	defer e.begin(t)()
	return e.Python.Execute(ctx, t)
}

// Notify calls a listener, which prints to the slice of the run that t names,
// if it names one.
func (e *Executor) Notify(ctx context.Context, t job.Task, listener string, about executor.PythonEvent) error {
	if t.Run.ID != "" {
		defer e.begin(t)()
	}
	_, err := e.Python.Notify(ctx, t, listener, about)
	return err
}

// begin opens the slice of a run; end closes it.
func (e *Executor) begin(t job.Task) (end func()) {
	s := e.output.Begin(runlog.Run{Store: t.Store, ID: t.Run.ID}, runlog.Outputs{Job: t.Run.Job})
	e.mu.Lock()
	e.slices[t.Run.ID] = s
	e.mu.Unlock()
	return func() {
		e.mu.Lock()
		if e.slices[t.Run.ID] == s {
			delete(e.slices, t.Run.ID)
		}
		e.mu.Unlock()
		s.End()
	}
}

// writer is executor.PythonOptions.Output.
func (e *Executor) writer(t job.Task) io.Writer {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s := e.slices[t.Run.ID]; s != nil {
		return sliceWriter{s}
	}
	return nil
}

type sliceWriter struct{ slice *runlog.Slice }

func (w sliceWriter) Write(p []byte) (int, error) {
	w.slice.Write(p)
	return len(p), nil
}

var (
	_ job.Bounded = (*Executor)(nil)
	_ job.Checker = (*Executor)(nil)
)
