package ctl

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/watchkeeper-go/watchkeeper/client"
)

// Exit codes of supervisorctl, which are those of an init script.
const (
	exitGeneric      = 1
	exitInvalidArgs  = 2
	exitUnsupported  = 3 // the server lacks supervisor's own methods
	exitRefused      = 4
	exitNotInstalled = 5 // another API version
	exitNotRunning   = 7

	// Of status only.
	exitStatusStopped = 3
	exitStatusUnknown = 4

	exitInterrupted = 130
)

var (
	errNoAnswer    = errors.New("no answer")   // to the first call
	errInterrupted = errors.New("interrupted") // by Ctrl-C, outside of tail -f and fg
)

// session is one run of supervisorctl. It belongs to the goroutine that runs
// it; only stdout is shared, with the streams of tail -f and fg.
type session struct {
	env    Env
	table  []command
	stdout *shared       // below out
	out    *bufio.Writer // flushed before anything that waits
	in     input         // nil: nothing has been asked yet

	client   *client.Client // nil: not made yet
	answered bool           // the daemon has answered once
	code     int            // exit code so far; never reset by a later success

	known []client.ProcessInfo // for completion, until the next command; nil: not asked yet
}

func newSession(env Env) *session {
	stdout := &shared{w: env.Stdout}
	return &session{env: env, table: table(), stdout: stdout, out: bufio.NewWriter(stdout)}
}

// shared lets several goroutines write, one at a time.
type shared struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

func (s *session) println(text string) { s.printf("%s\n", text) }

// printf buffers; what a write error spoils shows at flush.
func (s *session) printf(format string, args ...any) { fmt.Fprintf(s.out, format, args...) }

func (s *session) flush() {
	if s.out.Flush() != nil {
		s.code = exitGeneric // stdout is gone: there is nowhere left to say so
	}
}

// connection is the client for the server that options, open and the password
// prompt have settled on.
func (s *session) connection() (*client.Client, error) {
	if s.client != nil {
		return s.client, nil
	}
	options, err := Options(s.env.Client)
	if err != nil {
		return nil, &exception{"OSError", err.Error()} // that a file is missing says nothing of the daemon
	}
	s.client, err = client.New(options)
	return s.client, err
}

func (s *session) disconnect() {
	if s.client != nil {
		s.client.Close()
		s.client = nil
	}
}

// call calls a method of the daemon. The first call of a session has to be
// answered in time, or errNoAnswer is returned.
func (s *session) call(ctx context.Context, method string, params ...any) (any, error) {
	s.flush()
	c, err := s.connection()
	if err != nil {
		return nil, err
	}
	if !s.answered {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, s.env.Patience, errNoAnswer)
		defer cancel()
	}
	v, err := c.Call(ctx, "supervisor."+method, params...)
	if err == nil || faultCode(err) != 0 || httpStatus(err) != 0 {
		s.answered = true
	}
	return v, err
}

// text calls a method that answers with a string or a number.
func (s *session) text(ctx context.Context, method string, params ...any) (string, error) {
	v, err := s.call(ctx, method, params...)
	return fmt.Sprint(v), err
}

// results calls a method that answers for several processes.
func (s *session) results(ctx context.Context, method string, params ...any) ([]client.Result, error) {
	v, err := s.call(ctx, method, params...)
	if err != nil {
		return nil, err
	}
	return client.ParseResults(v)
}

func (s *session) processes(ctx context.Context) ([]client.ProcessInfo, error) {
	v, err := s.call(ctx, "getAllProcessInfo")
	if err != nil {
		return nil, err
	}
	return client.ParseProcesses(v)
}

// faultCode is the code of the fault in err, 0 without one.
func faultCode(err error) int {
	if f, ok := errors.AsType[*client.Fault](err); ok {
		return f.Code
	}
	return 0
}

// httpStatus is the status in err, 0 without one.
func httpStatus(err error) int {
	if e, ok := errors.AsType[*client.HTTPError](err); ok {
		return e.Code
	}
	if e, ok := errors.AsType[*client.Problem](err); ok {
		return e.Status
	}
	return 0
}
