package executor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

// How a group is watched after its leader has gone: the system tells nobody
// when a process that is not its child ends.
const (
	lookSoon   = 10 * time.Millisecond
	lookSeldom = 160 * time.Millisecond
	killGrace  = time.Second // for the last of them to go after SIGKILL
)

// lastWords is how much of the last line of the output an error quotes.
const lastWords = 240

// life is one child from its start to its end.
type life struct {
	child  proc.Child
	order  order
	output output.Tail // only the reader touches it until follow returns
}

// follow waits for the end of the child, brings it about when ctx ends, and
// returns why the run has failed, if it has.
func (l *life) follow(ctx context.Context) error {
	// A child that reads finds the end; that it has closed it first is as well.
	_ = l.child.Stdin().Close()
	var reading sync.WaitGroup
	var readErr error
	reading.Go(func() { readErr = l.read() })
	stopped := l.wait(ctx)
	reading.Wait()
	closeErr := l.child.Stdout().Close()
	exit := l.child.Exit()
	switch {
	case stopped:
		return fmt.Errorf("%w (%s): %w", errStopped, exit, context.Cause(ctx))
	case exit.Signal != 0 || !slices.Contains(l.order.success, exit.Code):
		return l.failure(exit)
	case readErr != nil:
		return readErr
	}
	return closeErr
}

// wait returns when the child has ended. It reports whether it was stopped
// because ctx was over first.
func (l *life) wait(ctx context.Context) (stopped bool) {
	select {
	case <-l.child.Done():
		return false
	case <-ctx.Done():
	}
	select {
	case <-l.child.Done(): // in the same moment: it has done its work
		return false
	default:
		l.stop()
		return true
	}
}

// failure says how the child ended and what it said last, which most often is
// why.
func (l *life) failure(exit proc.Exit) error {
	text := lastLine(&l.output)
	if text == "" {
		return errors.New(exit.String())
	}
	return fmt.Errorf("%s: %s", exit, text)
}

// lastLine is the last line of an output that is not blank, or the end of it.
func lastLine(t *output.Tail) string {
	text, _ := t.Text(lastWords)
	text = strings.TrimSpace(text)
	text = strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
	return strings.ToValidUTF8(text, "\uFFFD")
}

// read collects the output until the child has ended.
func (l *life) read() error {
	for {
		switch err := l.child.Stdout().Next(l.output.Write); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read output: %w", err)
		}
	}
}

// stop ends the child and all of its group, and returns when it is gone.
func (l *life) stop() {
	until := time.Now().Add(l.order.stopWait)
	patience := time.NewTimer(l.order.stopWait)
	defer patience.Stop()
	l.signal(l.order.stop)
	select {
	case <-l.child.Done():
	case <-patience.C:
		l.signal(syscall.SIGKILL)
		<-l.child.Done()
	}
	l.outlive(until)
}

// outlive gives members of the group that outlived their leader what is left
// of the time, and then kills them.
func (l *life) outlive(until time.Time) {
	for pause := lookSoon; len(l.child.Group()) > 0; pause = min(2*pause, lookSeldom) {
		switch over := time.Since(until); {
		case over > killGrace:
			return // they hang in the kernel, and nothing more can be done
		case over >= 0:
			l.signal(syscall.SIGKILL)
		}
		time.Sleep(pause)
	}
}

// signal sends sig to what there is of the group. There may be nothing of it
// by now, and one that the system refuses could be sent no other way either.
func (l *life) signal(sig syscall.Signal) { _ = l.child.SignalGroup(sig) }

// result is the JSON of CommandResult within limit bytes.
func (l *life) result(limit int) (json.RawMessage, error) {
	exit := l.child.Exit()
	r := CommandResult{Exit: exit.Code, Dropped: l.output.Written()} // the longest that the frame can be
	if exit.Signal != 0 {
		r.Signal = proc.SignalName(exit.Signal)
	}
	frame, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	r.Output, r.Dropped = l.output.Text(limit - len(frame))
	return json.Marshal(r)
}
