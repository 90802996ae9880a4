package service

import (
	"errors"

	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// What an operation can fail with besides the errors of package supervise;
// errors.Is finds both kinds in whatever an operation returns.
var (
	ErrBadName      = errors.New("no process or group of that name")
	ErrBadSignal    = errors.New("no such signal")
	ErrNoLog        = errors.New("no log file")
	ErrBadArguments = errors.New("bad arguments")
	ErrShuttingDown = errors.New("shutting down")
	ErrCannotReread = errors.New("cannot reread the configuration") // wraps the fault of the files
)

// Error is how operations on something fail: a sentinel and what it is about.
// What is about nothing in particular fails with the sentinel alone.
type Error struct {
	// Subject is what Supervisor puts after the name of the fault: the
	// namespec as it was given, the path of a log, or a sentence such as
	// "can't find command 'x'". The namespec may be empty.
	Subject string
	Err     error
}

// Error gives subject and cause, as "web: already started".
func (e *Error) Error() string {
	if e.Subject == "" {
		return e.Err.Error()
	}
	return e.Subject + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

func fail(err error, subject string) error { return &Error{Subject: subject, Err: err} }

// processError says err, which an operation on the process called namespec
// returned, in the words of Supervisor's faults.
func processError(err error, namespec string) error {
	if err == nil {
		return nil
	}
	var (
		said    *Error
		command *supervise.CommandError
	)
	switch {
	case errors.As(err, &said):
		return err
	case errors.As(err, &command):
		return fail(command.Err, command.Text)
	case errors.Is(err, supervise.ErrUnknownState):
		return fail(err, namespec+" is in an unknown process state")
	case errors.Is(err, supervise.ErrShutdown):
		return ErrShuttingDown
	case errors.Is(err, supervise.ErrFailed):
		return &Error{Subject: err.Error(), Err: supervise.ErrFailed}
	}
	return fail(err, namespec)
}
