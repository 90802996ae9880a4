package executor

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
)

// write sends the program, and once the worker has said hello what is queued.
// An error means that the worker has gone, which is told otherwise.
func (w *pythonWorker) write(to io.Writer) {
	program := pythonValues + pythonMain
	if _, err := fmt.Fprintf(to, "%d\n%s", len(program), program); err != nil {
		return
	}
	select {
	case <-w.greeted:
	case <-w.over:
		return
	}
	for {
		select {
		case <-w.wake:
		case <-w.over:
			return
		}
		for m, ok := w.next(); ok; m, ok = w.next() {
			n, err := to.Write(m.line)
			w.wrote += n
			if err != nil {
				return
			}
			if m.call != nil {
				m.call.sent = w.wrote
			}
		}
	}
}

// next takes a message out of the queue.
func (w *pythonWorker) next() (m pythonMessage, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		return m, false
	}
	m = w.queue[0]
	w.queue[0] = pythonMessage{}
	if w.queue = w.queue[1:]; len(w.queue) == 0 {
		w.queue = nil
	}
	return m, true
}

// read takes the worker's answers. One that breaks the protocol is killed.
func (w *pythonWorker) read(from *os.File) {
	err := readPython(from, w.answer)
	switch {
	case err != nil && !errors.Is(err, os.ErrDeadlineExceeded):
		w.kill("it broke the protocol: " + err.Error())
	case err == nil && !w.goes():
		w.kill("it closed the descriptor of its answers")
	}
}

// goes reports whether the process ends, now that its answers have: a process
// that ends closes its descriptors a moment before.
func (w *pythonWorker) goes() bool {
	patience := time.NewTimer(pythonRest)
	defer patience.Stop()
	select {
	case <-w.over:
		return true
	case <-patience.C:
		return false
	}
}

// answer takes one answer.
func (w *pythonWorker) answer(a pythonAnswer) error {
	switch a.Type {
	case "hello":
		return w.hello(a)
	case "output":
		c, err := w.callOf(a)
		if err != nil {
			return err
		}
		c.write(a.Text)
	case "where":
		if c, err := w.callOf(a); err == nil { // it may just have ended
			c.where = a.Detail
		}
	case "result", "error":
		c, err := w.callOf(a)
		if err != nil {
			return err
		}
		if limit := w.pool.options.MaxMemory; limit > 0 && a.RSS > limit {
			w.pool.retire(w)
		}
		w.answered(c, a)
	case "leaving":
		w.pool.retire(w)
	}
	return nil // others are of a later version, which may say more
}

// hello takes the worker's first answer.
func (w *pythonWorker) hello(a pythonAnswer) error {
	if a.Protocol != pythonProtocol {
		return fmt.Errorf("it speaks version %d, we speak %d", a.Protocol, pythonProtocol)
	}
	if isClosed(w.greeted) {
		return errors.New("it says hello twice")
	}
	w.pool.isReady(w)
	close(w.greeted)
	w.pool.logLine(fmt.Appendf(nil, "python worker %d is ready (Python %s)\n", w.child.PID(), a.Python))
	return nil
}

// callOf finds the call that is answered.
func (w *pythonWorker) callOf(a pythonAnswer) (*pythonCall, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.calls[a.ID]
	if c == nil {
		return nil, fmt.Errorf("there is no call %d to answer", a.ID)
	}
	return c, nil
}

// answered ends a call.
func (w *pythonWorker) answered(c *pythonCall, a pythonAnswer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.answer = a
	w.finish(c)
}

// pythonLog is what a worker writes past its answers. It is of the goroutine
// that reads it.
type pythonLog struct {
	tail output.Tail
	line []byte // the last one, with its mark, until it is whole
}

// readLog passes on what the worker writes past its answers.
func (w *pythonWorker) readLog() {
	for {
		err := w.child.Stdout().Next(func(p []byte) {
			w.log.tail.Write(p)
			w.toLog(p)
		})
		if err != nil { // its end; it can be read no more in any case
			break
		}
	}
	if len(w.log.line) > 0 {
		w.toLog([]byte("\n"))
	}
}

// longestLine is where a line of the log is broken.
const longestLine = 64 << 10

// toLog gives whole lines to the log.
func (w *pythonWorker) toLog(p []byte) {
	for len(p) > 0 {
		line, rest, whole := bytes.Cut(p, []byte{'\n'})
		if len(w.log.line) == 0 {
			w.log.line = fmt.Appendf(w.log.line, "python worker %d: ", w.child.PID())
		}
		w.log.line = append(w.log.line, line...)
		if whole || len(w.log.line) > longestLine {
			w.pool.logLine(append(w.log.line, '\n'))
			w.log.line = w.log.line[:0]
		}
		p = rest
	}
}

// logLine writes one line, for one worker at a time.
func (p *Python) logLine(line []byte) {
	p.logging.Lock()
	defer p.logging.Unlock()
	_, _ = p.options.Log.Write(line) // see PythonOptions.Log
}
