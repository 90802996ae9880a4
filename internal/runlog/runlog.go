// Package runlog keeps what runs of jobs write.
//
// Each run has a slice: a capped file of its own under the state directory,
// which is found by the run's store and ID for as long as the history has the
// run, whatever happens to the log of the job. While nobody can ask that history,
// the slice is kept within its limits. The same bytes are appended to the
// job's log, if it has one, which rotates as it says, and the last of them are
// kept in memory for the row of the history. All attempts of a run share its
// slice, one after another.
//
// A disk that is full costs output, never a run: bytes are dropped and counted,
// and the daemon's log has one line when that begins and one when it is over.
//
// Who starts the runs, and what a row looks like, is left to others.
package runlog

import (
	"cmp"
	"log/slog"
	"sync"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
)

// DefaultMaxBytes is what a slice takes on the disk at most.
const DefaultMaxBytes = 1 << 20

// pieceMost is how much is appended to a slice at once.
const pieceMost = 64 << 10

// Options are the parts that Logs work with.
type Options struct {
	Dir      string // of the slices; it is made when the first one is
	MaxBytes int64  // of one slice; 0: DefaultMaxBytes. What is cut off is the beginning.
	Log      *slog.Logger
	Devices  *output.Devices // that logs of jobs may lead to; nil: nobody else writes there
}

// Logs are the slices of all runs of a daemon, and the logs of its jobs. All
// methods may be called concurrently. Nothing is done while no run writes.
type Logs struct {
	dir      string
	maxBytes int64
	disk     *ledger
	devices  *output.Devices
	ended    chan struct{} // has a value when slices were ended since the last Prune

	mu   sync.Mutex
	live map[Run]int       // how many slices of a run are open
	jobs map[LogFile]*sink // the logs of jobs that are open
}

// New returns Logs; nothing is made or opened yet.
func New(o Options) *Logs {
	return &Logs{
		dir:      o.Dir,
		maxBytes: cmp.Or(o.MaxBytes, DefaultMaxBytes),
		disk:     &ledger{log: o.Log, troubles: make(map[string]*trouble)},
		devices:  cmp.Or(o.Devices, new(output.Devices)),
		ended:    make(chan struct{}, 1),
		live:     make(map[Run]int),
		jobs:     make(map[LogFile]*sink),
	}
}

// LogFile is the log of a job. The zero LogFile is none.
type LogFile struct {
	Path     string
	MaxBytes int64 // rotate at this size; 0 or less never does
	Backups  int
}

// Dropped is how many bytes the disk has refused so far.
func (l *Logs) Dropped() int64 { return l.disk.total() }

// Reopen opens the logs of jobs anew, as SIGUSR2 asks for.
func (l *Logs) Reopen() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.jobs {
		if err := s.file.Reopen(); err != nil {
			l.disk.log.Error("reopening " + s.file.Path() + ": " + err.Error())
		}
	}
}

// newOwn makes the sink of a slice. With its one backup it stays below MaxBytes,
// of which the last part, not quite a half, is there at any time.
func (l *Logs) newOwn(path string) *sink {
	rotateAt := max(1, l.maxBytes/2-l.piece())
	return &sink{file: output.NewFile(path, rotateAt, 1), key: l.dir, own: true}
}

// piece is how much is appended to a slice at once: after each, it may rotate.
func (l *Logs) piece() int64 { return max(1, min(pieceMost, l.maxBytes/4)) }

// borrow returns the sink of a job's log, which runs share.
func (l *Logs) borrow(f LogFile) *sink {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.jobs[f]
	if s == nil {
		s = &sink{file: l.devices.NewFile(f.Path, f.MaxBytes, f.Backups), key: f.Path}
		l.jobs[f] = s
	}
	s.users++
	return s
}

// giveBack closes the log of a job behind its last run.
func (l *Logs) giveBack(f LogFile, s *sink) {
	if l.isLast(f, s) {
		s.close(l.disk)
	}
}

// isLast takes one from the users of a sink and reports whether it was the last.
func (l *Logs) isLast(f LogFile, s *sink) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.users--
	if s.users == 0 {
		delete(l.jobs, f)
	}
	return s.users == 0
}

// begins and ends count the open slices of a run. What is to be done behind the
// last one is done before another can begin: it may be about the file that they
// share.
func (l *Logs) begins(run Run) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.live[run]++
}

func (l *Logs) ends(run Run, last func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.ended <- struct{}{}:
	default:
	}
	if l.live[run]--; l.live[run] > 0 {
		return nil
	}
	delete(l.live, run)
	return last()
}

// lives reports whether a run may be writing.
func (l *Logs) lives(run Run) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.live[run] > 0
}
