package service

import "errors"

// What an operation can fail with besides the errors of package supervise.
var (
	ErrBadName      = errors.New("no process or group of that name")
	ErrBadSignal    = errors.New("no such signal")
	ErrNoLog        = errors.New("no log file")
	ErrBadArguments = errors.New("bad arguments")
	ErrShuttingDown = errors.New("shutting down")
	ErrCannotReread = errors.New("cannot reread the configuration") // wraps the fault of the files
)
