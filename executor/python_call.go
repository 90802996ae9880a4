package executor

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// PythonArgs are the arguments of a job for Python. A list alone is Args.
type PythonArgs struct {
	Args   []json.RawMessage          `json:"args,omitempty"`
	Kwargs map[string]json.RawMessage `json:"kwargs,omitempty"`
}

// PythonResult is the result of a run.
type PythonResult struct {
	Value   json.RawMessage `json:"value,omitempty"`   // what the function returned; none when it failed or Repr is there
	Repr    string          `json:"repr,omitempty"`    // Python's repr of a value that is not kept as JSON, or its beginning
	Why     string          `json:"why,omitempty"`     // it is not
	Output  string          `json:"output"`            // the last of what the run wrote on either stream, in order
	Dropped int64           `json:"dropped,omitempty"` // bytes that came before that
}

// PythonError says why a function has failed.
type PythonError struct {
	Text   string // one line: "ValueError: no such user", or what happened to its worker
	Detail string // the traceback, or the last of the worker's log; may be empty
	cause  error
}

// Error implements error. The detail follows the first line.
func (e *PythonError) Error() string {
	if e.Detail == "" {
		return e.Text
	}
	return e.Text + "\n" + e.Detail
}

// Unwrap returns why the run was stopped, if it was.
func (e *PythonError) Unwrap() error { return e.cause }

// pythonArguments reads what a job wants.
func pythonArguments(w job.Work) (PythonArgs, error) {
	if err := checkPythonName(w.Func); err != nil {
		return PythonArgs{}, err
	}
	text := bytes.TrimSpace(w.Args)
	switch {
	case len(text) == 0 || string(text) == "null":
		return PythonArgs{}, nil
	case text[0] == '[':
		list, err := decode[[]json.RawMessage](w.Args)
		return PythonArgs{Args: list}, err
	case text[0] != '{':
		return PythonArgs{}, errors.New(`decode arguments: want a list, or {"args": [...], "kwargs": {...}}`)
	}
	args, err := decode[PythonArgs](w.Args)
	if err != nil {
		return PythonArgs{}, fmt.Errorf(`%w (want a list, or {"args": [...], "kwargs": {...}})`, err)
	}
	return args, nil
}

// checkPythonName says what is wrong with the name of a function.
func checkPythonName(name string) error {
	module, path, found := strings.Cut(name, ":")
	switch {
	case module == "__main__":
		return fmt.Errorf("function %q: a worker cannot import __main__; name the module that has it", name)
	case found && isPythonPath(module) && isPythonPath(path):
		return nil
	}
	if dot := strings.LastIndexByte(name, '.'); !found && isPythonPath(name) && dot > 0 {
		return fmt.Errorf("function %q: want package.module:function, perhaps %s:%s", name, name[:dot], name[dot+1:])
	}
	return fmt.Errorf("function %q: want package.module:function", name)
}

// isPythonPath reports whether s is made of identifiers with dots between.
func isPythonPath(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		for i, r := range part {
			if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.In(r, unicode.Nd, unicode.M)) {
				return false
			}
		}
		if part == "" {
			return false
		}
	}
	return true
}

// pythonCall is one call of a function.
type pythonCall struct {
	id      int64
	task    job.Task
	request []byte // the line that asks for it
	limit   int    // bytes of the result

	// These are of the reader of the worker's answers until done is closed.
	output  output.Tail
	copy    io.Writer // may be nil
	copyErr error
	answer  pythonAnswer
	where   string // what it did when it was told to end

	sent int           // where its request ends in what its worker was sent; 0: it was not. Of the goroutine that sends it.
	done chan struct{} // closed when it has ended
	// These are guarded by the mu of the worker until then.
	finished bool
	wish     error // why it is to end; nil: it is not
	failure  error // of the worker
	tries    int   // workers that were gone before they could begin
	begun    bool  // the worker can have begun with it; only beside failure
}

// newCall makes the call that r asks for, for the attempt t.
func (p *Python) newCall(t job.Task, r pythonRequest) (*pythonCall, error) {
	c := &pythonCall{
		id: p.ids.Add(1), task: t, limit: resultLimit(t.Run.Work.Policy), done: make(chan struct{}),
	}
	r.Type, r.ID, r.Keep = "call", c.id, c.limit
	r.Run = &pythonRun{
		Job: t.Run.Job, Run: t.Run.ID, Scheduled: stamp(t.Run.Slot), Attempt: t.Run.Attempt,
		Token: t.Token, Node: t.Run.Owner.Node,
	}
	var err error
	if c.request, err = r.line(); err != nil {
		return nil, err
	}
	c.output.Keep = c.limit
	if p.options.Output != nil {
		c.copy = p.options.Output(t)
	}
	return c, nil
}

// again prepares c for another worker, if w has ended before it can have begun
// with c. Where w could not even be started, another would do no better, nor
// where one after another goes.
func (c *pythonCall) again(w *pythonWorker) bool {
	const most = 5
	if c.tries++; c.tries == most || c.failure == nil || c.begun || c.wish != nil || !isClosed(w.greeted) {
		return false
	}
	c.done, c.finished, c.failure, c.sent = make(chan struct{}), false, nil, 0
	return true
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// write takes what the run has printed.
func (c *pythonCall) write(text string) {
	data := []byte(text)
	c.output.Write(data)
	if c.copy != nil && c.copyErr == nil {
		_, c.copyErr = c.copy.Write(data)
	}
}

// endsWithin reports whether the call ends in time.
func (c *pythonCall) endsWithin(d time.Duration) bool {
	patience := time.NewTimer(d)
	defer patience.Stop()
	select {
	case <-c.done:
		return true
	case <-patience.C:
		return false
	}
}

// result is what Execute returns of a call that is done.
func (c *pythonCall) result() (json.RawMessage, error) {
	if c.failure != nil && !c.begun && c.wish == nil {
		return nil, c.failure // nothing has happened
	}
	r := PythonResult{Value: c.answer.Value, Why: c.answer.Why}
	if c.answer.Why != "" {
		r.Repr = c.answer.Repr[:output.JSONPrefix([]byte(c.answer.Repr), c.limit/2)]
	}
	result, err := r.fit(&c.output, c.limit)
	switch {
	case c.wish != nil:
		return result, c.stopped()
	case c.failure != nil:
		return result, c.failure
	case c.answer.Error != "":
		return result, &PythonError{Text: c.answer.Error, Detail: c.answer.Detail}
	case c.copyErr != nil:
		return result, fmt.Errorf("write output: %w", c.copyErr)
	}
	return result, err
}

// stopped is the error of a run that was to end.
func (c *pythonCall) stopped() error {
	e := &PythonError{cause: fmt.Errorf("%w: %w", errStopped, c.wish), Detail: c.answer.Detail}
	e.Text = e.cause.Error()
	if e.Detail == "" {
		e.Detail = c.where
	}
	if c.failure != nil {
		e.Text = fmt.Sprintf("%v (%v)", errStopped, c.failure)
		var worker *PythonError
		if errors.As(c.failure, &worker) {
			e.Text = fmt.Sprintf("%v (%s)", errStopped, worker.Text)
			e.Detail = cmp.Or(e.Detail, worker.Detail)
		}
		e.Text += ": " + c.wish.Error()
	}
	return e
}

// fit is the JSON of r with as much of the output as there is room for.
func (r PythonResult) fit(printed *output.Tail, limit int) (json.RawMessage, error) {
	r.Dropped = printed.Written() // the longest that the frame can be
	frame, err := r.encode()
	if err != nil {
		return nil, err
	}
	if len(frame) > limit && r.Value != nil {
		r.Why = fmt.Sprintf("its JSON has %d bytes, and with the output %d are kept", len(r.Value), limit)
		r.Value = nil
		return r.fit(printed, limit)
	}
	r.Output, r.Dropped = printed.Text(limit - len(frame))
	return r.encode()
}

// encode leaves <, > and & as they are: they are as long as Python says then.
func (r PythonResult) encode() (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return nil, fmt.Errorf("encode result: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}
