package runlog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
)

// Outputs say where the output of an attempt goes besides the slice.
type Outputs struct {
	Job            string // what its lines in the system log begin with
	Stdout, Stderr LogFile
	// StdoutPrefix and StderrPrefix stand before each line in the job's logs.
	StdoutPrefix, StderrPrefix string
	Apart                      bool // standard error comes by a pipe of its own
	StripANSI                  bool
	// SyslogStdout and SyslogStderr take lines for the system log; nil: none.
	SyslogStdout, SyslogStderr output.LineWriter
	Keep                       int // how many of the last bytes Text may give
}

// Slice is where one attempt of a run writes. Its methods may be called
// concurrently.
type Slice struct {
	logs           *Logs
	run            Run
	outputs        Outputs
	stdout, stderr *output.Log
	toOut, toErr   *jobLog // nil: none
	own            *sink

	mu   sync.Mutex
	tail output.Tail
}

// Begin opens the slice of a run, which goes on where the attempt before ended.
// It cannot fail. End must be called.
func (l *Logs) Begin(run Run, o Outputs) *Slice {
	s := &Slice{
		logs: l, run: run, outputs: o, tail: output.Tail{Keep: o.Keep},
		own: l.newOwn(l.path(run)), toOut: l.jobLog(o.Stdout, o.StdoutPrefix),
	}
	l.begins(run)
	s.own.prepare(l.disk)
	s.stdout = s.newLog("stdout", o.SyslogStdout, s.toOut)
	if o.Apart {
		s.toErr = l.jobLog(o.Stderr, o.StderrPrefix)
		s.stderr = s.newLog("stderr", o.SyslogStderr, s.toErr)
	}
	return s
}

func (s *Slice) newLog(channel string, syslog output.LineWriter, job *jobLog) *output.Log {
	c := output.Config{
		Name: s.outputs.Job, Channel: channel, File: s.own.file, StripANSI: s.outputs.StripANSI,
		OnData: func(p []byte) { s.write(p, job) },
	}
	if syslog != nil {
		c.Syslog = syslog
	}
	return output.NewLog(c)
}

// Stdout takes standard output; what it has to read is the slice.
func (s *Slice) Stdout() *output.Log { return s.stdout }

// Stderr takes standard error, nil unless that comes apart. What it has to read
// is the slice, too: both are in it, as they came.
func (s *Slice) Stderr() *output.Log { return s.stderr }

// Write takes output that comes by no pipe, such as that of a function; it
// counts as standard output and is borrowed for the call.
func (s *Slice) Write(p []byte) { s.write(p, s.toOut) }

func (s *Slice) write(p []byte, job *jobLog) {
	if len(p) == 0 {
		return
	}
	s.mu.Lock()
	s.tail.Write(p)
	s.mu.Unlock()
	s.own.append(s.logs.disk, p, s.logs.piece())
	if job != nil {
		job.write(p)
	}
}

// Text is the end of what the attempt wrote: see output.Tail.Text.
func (s *Slice) Text(limit int) (text string, dropped int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tail.Text(limit)
}

// Written is how many bytes the attempt wrote.
func (s *Slice) Written() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tail.Written()
}

// Lost is how many of them the disk refused.
func (s *Slice) Lost() int64 {
	s.own.mu.Lock()
	defer s.own.mu.Unlock()
	return s.own.lost
}

// End closes the slice. Of a run that wrote nothing no file stays.
func (s *Slice) End() {
	there := s.own.close(s.logs.disk)
	s.toOut.close()
	s.toErr.close()
	last := func() error { return nil }
	if there && s.Written() == 0 {
		last = s.removeEmpty
	}
	if err := s.logs.ends(s.run, last); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.logs.disk.log.Warn(fmt.Sprintf("remove the empty output of run %s: %v", s.run.ID, err))
	}
}

// removeEmpty removes the file unless an attempt before this has written to it.
func (s *Slice) removeEmpty() error {
	path := s.own.file.Path()
	info, err := os.Stat(path)
	if err != nil || info.Size() > 0 {
		return err
	}
	return os.Remove(path)
}
