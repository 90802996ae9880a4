package runlog

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
)

// sink is a file that takes what it can. It is opened by the first write, and
// by each one after that for as long as that fails.
type sink struct {
	file *output.File
	key  string // what the ledger knows it by
	own  bool   // a slice, whose directory is ours to make

	users int // of a job's log; guarded by Logs.mu

	mu       sync.Mutex
	open     bool
	refusing bool  // the last write lost something
	lost     int64 // bytes, ever
}

// prepare opens the file beforehand, so that it can be followed from the start.
func (s *sink) prepare(disk *ledger) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.opened(); err != nil {
		disk.note(s.key, 1, 0, refusal(s.file.Path(), err))
		s.refusing = true
	}
}

// append writes p, in pieces of the given size, or counts what is lost of it.
func (s *sink) append(disk *ledger, p []byte, piece int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.opened(); err != nil {
		s.lost += int64(len(p))
		disk.note(s.key, len(p), int64(len(p)), refusal(s.file.Path(), err))
		s.refusing = true
		return
	}
	before := s.file.Lost()
	notice := ""
	for len(p) > 0 {
		n := min(len(p), int(piece))
		if told := s.file.Append(p[:n]); told != "" {
			notice = told
		}
		p = p[n:]
	}
	lost := s.file.Lost() - before
	s.lost += lost
	if s.refusing && lost == 0 {
		notice = "" // that it is written to again; the ledger says so for all
	}
	s.refusing = lost > 0
	disk.note(s.key, 0, lost, notice)
}

// opened makes sure that the file is open. Pruning may remove the directory
// between our making it and our using it, once.
func (s *sink) opened() error {
	if s.open {
		return nil
	}
	err := s.tryOpen()
	if s.own && errors.Is(err, fs.ErrNotExist) {
		err = s.tryOpen()
	}
	s.open = err == nil
	return err
}

func (s *sink) tryOpen() error {
	if s.own {
		if err := os.MkdirAll(filepath.Dir(s.file.Path()), 0o700); err != nil {
			return err
		}
	}
	return s.file.Open()
}

// takesLines reports whether the file is to be given whole lines, and whether it
// could be opened, before which that is not known.
func (s *sink) takesLines() (lines, open bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opened() != nil { // append tells it
		return false, false
	}
	return s.file.TakesLines(), true
}

// close closes the file, and ends a write that hangs; it reports whether it was
// open. What the file says of bytes that were dropped is known.
func (s *sink) close(disk *ledger) (wasOpen bool) {
	if _, err := s.file.Close(); err != nil {
		disk.log.Warn(fmt.Sprintf("close %s: %v", s.file.Path(), err))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	wasOpen, s.open = s.open, false
	return wasOpen
}

func refusal(path string, err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return fmt.Sprintf("%s: %v; output is dropped until it can be written", path, err)
}

// ledger counts what is lost and tells of it: once when it begins and once when
// it is over, for all slices together and for each log of a job.
type ledger struct {
	log *slog.Logger

	mu       sync.Mutex
	troubles map[string]*trouble
	dropped  int64 // bytes, ever
}

// trouble is a time in which something takes no bytes.
type trouble struct{ dropped int64 }

// note takes note of a write of which so many bytes were lost, or of an opening
// that failed. notice is what the file had to say.
func (l *ledger) note(key string, failed int, lost int64, notice string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dropped += lost
	t := l.troubles[key]
	switch {
	case failed > 0 || lost > 0:
		if t == nil {
			t = &trouble{}
			l.troubles[key] = t
			l.log.Warn("output of runs: " + notice)
		}
		t.dropped += lost
	case t != nil:
		delete(l.troubles, key)
		l.log.Warn(fmt.Sprintf("output of runs: %s: written to again; %d bytes were dropped", key, t.dropped))
	case notice != "":
		l.log.Warn("output of runs: " + notice) // it cannot be rotated
	}
}

func (l *ledger) total() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dropped
}
