package service

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// ErrBeyondLog says that an offset lies beyond the end of a log, which was
// rotated or emptied since the offset was right.
var ErrBeyondLog = errors.New("beyond the end of the log")

// LogRange is a piece of a log.
type LogRange struct {
	Data   []byte // as it is in the file; a character at an edge may be cut
	Offset int64  // of the first byte
	Size   int64  // of the log
}

// LogRange reads at most limit bytes of a process's log from offset on, a
// negative one so many bytes before the end, or less where the log is shorter.
// At the end there is nothing. ErrBadName, also for a channel that there is
// not, ErrNoLog, ErrBeyondLog. It works during a shutdown.
func (s *Service) LogRange(namespec, channel string, offset, limit int64) (LogRange, error) {
	path, err := s.logFile(namespec, channel)
	if err != nil {
		return LogRange{}, err
	}
	return readRange(path, offset, limit)
}

// LogBefore reads the last most bytes before a mark in a process's log. ErrBadName,
// ErrNoLog, and ErrBeyondLog when they were rotated away or cleared.
func (s *Service) LogBefore(namespec, channel string, mark output.Mark, most int64) (LogRange, error) {
	process, err := s.one(namespec)
	if err != nil {
		return LogRange{}, err
	}
	log, err := logOf(process, channel)
	if err != nil {
		return LogRange{}, err
	}
	path := logPath(log)
	switch {
	case !exists(path):
		return LogRange{}, fail(ErrNoLog, path)
	case !log.Has(mark):
		return LogRange{}, fail(ErrBeyondLog, path)
	}
	from := max(0, mark.Offset-most)
	return readRange(path, from, mark.Offset-from)
}

// MainLogRange reads the daemon's own log by the rules of LogRange.
func (s *Service) MainLogRange(offset, limit int64) (LogRange, error) {
	path := s.parts.MainLog.Path()
	if !exists(path) {
		return LogRange{}, fail(ErrNoLog, path)
	}
	return readRange(path, offset, limit)
}

func readRange(path string, offset, limit int64) (LogRange, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() { // a pipe would not answer
		return LogRange{}, fail(ErrNoLog, path)
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return LogRange{}, fail(ErrNoLog, path)
	}
	if err != nil {
		return LogRange{}, errors.Join(supervise.ErrFailed, err)
	}
	defer file.Close() // opened for reading: nothing to lose
	size := info.Size()
	if offset < 0 {
		offset = max(0, size+offset)
	}
	if offset > size {
		return LogRange{}, fail(ErrBeyondLog, path)
	}
	data := make([]byte, min(limit, size-offset))
	n, err := file.ReadAt(data, offset)
	if err != nil && !errors.Is(err, io.EOF) { // it may have been cut short meanwhile
		return LogRange{}, errors.Join(supervise.ErrFailed, err)
	}
	return LogRange{Data: data[:n], Offset: offset, Size: size}, nil
}
