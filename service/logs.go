package service

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// The channels of a process.
const (
	Stdout = "stdout"
	Stderr = "stderr"
)

// ReadLog reads a process's log; channel is Stdout or Stderr. With offset and
// length not negative it reads length bytes from offset, all up to the end
// when length is 0; with a negative offset, for which length must be 0, the
// last -offset bytes. Anything else is ErrBadArguments. ErrNoLog when there
// is no log; its subject is the path. Characters (of UTF-8) that the range
// cuts are left out.
func (s *Service) ReadLog(namespec, channel string, offset, length int64) ([]byte, error) {
	if err := s.open(); err != nil {
		return nil, err
	}
	path, err := s.logFile(namespec, channel)
	if err != nil {
		return nil, err
	}
	return readFile(path, offset, length)
}

// TailLog reads the end of a process's log by the rules of
// tailProcessStdoutLog: at most length bytes, where newOffset is always the
// size of the log, and overflow says that it has grown beyond offset plus
// length. Without a log there is nothing, and no error. Characters that the
// range cuts are left out; offsets are of bytes.
func (s *Service) TailLog(namespec, channel string, offset, length int64) (data []byte, newOffset int64, overflow bool, err error) {
	if err := s.open(); err != nil {
		return nil, 0, false, err
	}
	path, err := s.logFile(namespec, channel)
	switch {
	case errors.Is(err, ErrNoLog):
		return nil, 0, false, nil
	case err != nil:
		return nil, 0, false, err
	}
	data, newOffset, overflow, err = output.TailFile(path, offset, length)
	if err != nil {
		return nil, 0, false, supervise.ErrFailed
	}
	return wholeCharacters(data, newOffset > int64(len(data))), newOffset, overflow, nil
}

// ClearLog empties both logs of a process. ErrFailed when they cannot be.
func (s *Service) ClearLog(namespec string) error {
	if err := s.open(); err != nil {
		return err
	}
	process, err := s.one(namespec)
	if err != nil {
		return err
	}
	return clearLogs(process, namespec)
}

// ClearAllLogs empties the logs of all processes, in the order of StartAll.
func (s *Service) ClearAllLogs() ([]Result, error) {
	if err := s.open(); err != nil {
		return nil, err
	}
	results := []Result{}
	for _, m := range s.everyone() {
		results = append(results, Result{Group: m.group, Name: m.name, Err: clearLogs(m.process, m.namespec())})
	}
	return results, nil
}

// clearLogs tells of a failure what the original does, and keeps the cause.
func clearLogs(p *supervise.Process, namespec string) error {
	if err := p.ClearLogs(); err != nil {
		return fail(errors.Join(supervise.ErrFailed, err), namespec)
	}
	return nil
}

// ReadMainLog reads the daemon's own log by the rules of ReadLog.
func (s *Service) ReadMainLog(offset, length int64) ([]byte, error) {
	if err := s.open(); err != nil {
		return nil, err
	}
	path := s.parts.MainLog.Path()
	if !exists(path) {
		return nil, fail(ErrNoLog, s.files.Load().config.Daemon.Logfile)
	}
	return readFile(path, offset, length)
}

// ClearMainLog empties the daemon's own log. ErrNoLog, ErrFailed.
func (s *Service) ClearMainLog() error {
	if err := s.open(); err != nil {
		return err
	}
	if !exists(s.parts.MainLog.Path()) {
		return ErrNoLog
	}
	s.parts.Log.Info("reopening log file")
	if err := s.parts.MainLog.Clear(); err != nil {
		return errors.Join(supervise.ErrFailed, err)
	}
	return nil
}

// Tail follows a log on behalf of one client.
type Tail struct {
	Modified time.Time // of the file, when it was opened
	Offset   int64     // of the first byte that Next returns
	follower *output.Follower
	life     context.Context
}

// Next waits for bytes and returns them; the first are the end of the log.
// io.EOF says that the daemon is about to end.
func (t *Tail) Next(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(t.life, cancel)()
	data, err := t.follower.Next(ctx)
	if err != nil && t.life.Err() != nil {
		return nil, io.EOF
	}
	return data, err
}

// Close releases the file.
func (t *Tail) Close() error { return t.follower.Close() }

// FollowLog follows a process's log from its last tail bytes on. ErrNoLog,
// ErrBadName, also for a channel that there is not. It works during a shutdown.
func (s *Service) FollowLog(namespec, channel string, tail int64) (*Tail, error) {
	process, err := s.one(namespec)
	if err != nil {
		return nil, err
	}
	log, err := logOf(process, channel)
	if err != nil {
		return nil, err
	}
	if path := logPath(log); !exists(path) {
		return nil, fail(ErrNoLog, path)
	}
	return s.tail(log.Path(), func() (*output.Follower, error) { return log.Follow(tail) })
}

// FollowMainLog follows the daemon's own log. ErrNoLog. It works during a shutdown.
func (s *Service) FollowMainLog(tail int64) (*Tail, error) {
	path := s.parts.MainLog.Path()
	return s.tail(path, func() (*output.Follower, error) { return s.parts.MainLog.Follow(tail) })
}

func (s *Service) tail(path string, follow func() (*output.Follower, error)) (*Tail, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fail(ErrNoLog, path)
	}
	follower, err := follow()
	if err != nil {
		return nil, errors.Join(supervise.ErrFailed, err)
	}
	return &Tail{Modified: info.ModTime(), Offset: follower.Offset(), follower: follower, life: s.life}, nil
}

// logFile is the path of a log that is there.
func (s *Service) logFile(namespec, channel string) (string, error) {
	process, err := s.one(namespec)
	if err != nil {
		return "", err
	}
	log, err := logOf(process, channel)
	if err != nil {
		return "", err
	}
	switch path := logPath(log); {
	case path == "":
		return "", ErrNoLog
	case !exists(path):
		return "", fail(ErrNoLog, path)
	default:
		return path, nil
	}
}

func logOf(p *supervise.Process, channel string) (*output.Log, error) {
	switch channel {
	case Stdout:
		return p.Stdout(), nil
	case Stderr:
		return p.Stderr(), nil
	}
	return nil, fail(ErrBadName, channel)
}

func exists(path string) bool {
	if path == "" {
		return false
	}
	_, err := os.Stat(path)
	return err == nil
}

// readFile reads as readLog does; what is wrong has no subject, as there.
func readFile(path string, offset, length int64) ([]byte, error) {
	data, err := output.ReadFile(path, offset, length)
	switch {
	case err == nil:
		return wholeCharacters(data, offset != 0), nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, fail(ErrNoLog, path)
	case errors.Is(err, output.ErrBadArguments):
		return nil, ErrBadArguments
	}
	return nil, errors.Join(supervise.ErrFailed, err)
}
