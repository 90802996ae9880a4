// Package record keeps note, in <pidfile>.children, of the children that a
// daemon started, so that the next one finds those that a killed daemon left.
//
// The file has one slot of fixed size a child, written in place and never
// synced: it has to outlive the daemon, not the machine. A child is named by
// pid and start time, valid within one boot and one pid namespace, so that a
// pid that was given away again is never taken for it. Only Linux tells
// enough; elsewhere there is no record.
package record

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"

	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// Record implements supervise.Recorder. A nil Record keeps no note. All
// methods may be called concurrently.
type Record struct {
	path string
	log  *slog.Logger

	mu    sync.Mutex
	file  *os.File // nil once it could not be written
	slots map[proc.Child]int
	free  []int // slots that were used and are empty
}

// Path is where the daemon with the given pidfile keeps its record.
func Path(pidfile string) string { return pidfile + ".children" }

// Create begins an empty record at path. When it cannot be kept it says so,
// with one warning, and returns nil; the daemon works without. What an old
// record says is to be read (Find) before.
func Create(path string, log *slog.Logger) *Record {
	us, err := whoWeAre()
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	r := &Record{path: path, log: log, slots: make(map[proc.Child]int)}
	if err == nil {
		err = r.create(us)
	}
	if err != nil {
		r.warn(err)
		return nil
	}
	return r
}

// create replaces the file: whoever reads it finds the old one or a whole
// header, and a file of another user at the path is not written to.
func (r *Record) create(us header) error {
	if err := os.Remove(r.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(r.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(us.slot(), 0); err != nil {
		return errors.Join(err, f.Close(), os.Remove(r.path))
	}
	r.file = f
	return nil
}

// warn says that there is no record, or no more.
func (r *Record) warn(err error) {
	r.log.Warn(fmt.Sprintf("children that a crash leaves behind will not be found: %v", err))
}

// Started implements supervise.Recorder.
func (r *Record) Started(p supervise.Program, child proc.Child) {
	if r == nil {
		return
	}
	entry := Child{PID: child.PID(), Started: child.Started(), Group: p.Group, Name: p.Name}
	if entry.Started == 0 {
		return // it has ended already
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	at := len(r.slots) + len(r.free) + 1 // the header has slot 0
	if n := len(r.free); n > 0 {
		at, r.free = r.free[n-1], r.free[:n-1]
	}
	r.slots[child] = at
	r.write(at, entry.slot())
}

// Ended implements supervise.Recorder.
func (r *Record) Ended(_ supervise.Program, child proc.Child) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	at, noted := r.slots[child]
	if !noted {
		return
	}
	delete(r.slots, child)
	r.free = append(r.free, at)
	r.write(at, emptySlot())
}

// write puts a slot in its place; the first time that fails is the last. The
// lock is held.
func (r *Record) write(at int, slot []byte) {
	if r.file == nil {
		return
	}
	if _, err := r.file.WriteAt(slot, int64(at)*slotSize); err != nil {
		r.warn(errors.Join(err, r.file.Close()))
		r.file = nil
	}
}

// Close ends the record. The file is removed, unless children still live.
func (r *Record) Close() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	r.file = nil
	if len(r.slots) == 0 {
		err = errors.Join(err, os.Remove(r.path))
	}
	return err
}

var _ supervise.Recorder = (*Record)(nil)
