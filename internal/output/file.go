package output

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"syscall"
)

// ErrNotRegular is the answer to reading a log that is a device or a pipe.
var ErrNotRegular = errors.New("not a regular file")

// ErrNoFile is the answer to following a log that has no file at all. It is an
// fs.ErrNotExist.
var ErrNoFile = fmt.Errorf("no log file: %w", fs.ErrNotExist)

// minStride is how much is written at least before the size of a file is
// asked for again; see rotateIfDue.
const minStride = 64 << 10

// File is a log file that is appended to and kept below a size by rotation:
// after the write that reaches it, path becomes path.1, path.1 path.2 and so
// on. Others may write to the file, rename it and truncate it meanwhile. What
// cannot be written is dropped, counted and told once. A path that leads to no
// regular file is written to through Devices, and never rotates. All methods
// may be called concurrently.
type File struct {
	path     string
	maxBytes int64
	backups  int
	devices  *Devices

	mu       sync.Mutex // guards what follows; never held while a device may block
	at       target     // zero while closed
	size     int64      // of the file, as far as we know
	checkAt  int64      // the size at which to ask for the true one
	rotateAt int64
	stuck    bool // the last rotation failed, and it was told
	refusals refusals
	lineage  lineage
	wake     chan struct{} // closed at the next change; nil while nobody waits
}

// refusals are about bytes that could not be written.
type refusals struct {
	now     bool  // the last write failed, and it was told
	dropped int64 // bytes, since now
	ever    int64 // bytes
}

// target is what a File writes to: one of file and device, or none.
type target struct {
	file    *os.File      // a regular file, or the null device: a write does not wait
	capable bool          // file can be rotated and removed: it was opened by its own name
	lines   bool          // there may be other writers, so that it takes whole lines
	device  *device       // anything else
	given   chan struct{} // closed when the File is done with device
}

func (t target) isOpen() bool { return t.file != nil || t.device != nil }

// close is done with the target, if there is one. What a device has taken it goes
// on writing.
func (t target) close() error {
	switch {
	case t.device != nil:
		close(t.given)
		return t.device.home.release(t.device)
	case t.file != nil:
		return t.file.Close()
	}
	return nil
}

// NewFile makes a File; nothing is opened yet. With maxBytes of 0 or less it
// is never rotated; with backups of 0 or less it is truncated instead.
func NewFile(path string, maxBytes int64, backups int) *File {
	return new(Devices).NewFile(path, maxBytes, backups)
}

// Lost is how many bytes were dropped since NewFile.
func (f *File) Lost() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.refusals.ever
}

// Path is the path of the file.
func (f *File) Path() string { return f.path }

// Open opens the file for appending and creates it with 0666 less the umask.
// It does nothing when the File is open.
func (f *File) Open() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.at.isOpen() {
		return nil
	}
	_, err := f.renew(nil)
	return err
}

// TakesLines reports whether the File is open and is to be given whole lines,
// since there may be others that write to the same place.
func (f *File) TakesLines() bool { return f.target().lines }

// Same reports whether both are open, take whole lines and lead to one place.
func (f *File) Same(o *File) bool {
	ours, theirs := f.target(), o.target()
	if !ours.lines || !theirs.lines || ours.device != theirs.device {
		return false
	}
	return ours.device != nil || sameFile(ours.file, theirs.file)
}

func (f *File) target() target {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at
}

func sameFile(a, b *os.File) bool {
	first, err := a.Stat()
	if err != nil {
		return false
	}
	second, err := b.Stat()
	return err == nil && os.SameFile(first, second)
}

// Close closes the file. The notice, if there is one, is for the log of the
// daemon: how much was dropped of what was written to the end.
func (f *File) Close() (notice string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.at.isOpen() {
		return "", nil
	}
	if f.at.device != nil {
		f.refused(f.at.device.tell())
	}
	err = f.at.close()
	f.at = target{}
	if f.refusals.now {
		notice = fmt.Sprintf("%s: closed; %d bytes were dropped", f.path, f.refusals.dropped)
		f.refusals.now, f.refusals.dropped = false, 0
	}
	f.changed()
	return notice, err
}

// Reopen closes the file and opens the path anew. It does nothing when the
// File is closed. If the path cannot be opened the old file stays in use.
func (f *File) Reopen() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.at.isOpen() {
		return nil
	}
	return f.reopen(nil)
}

// Clear removes the file and makes it anew, with the permissions it had.
// What is no regular file is left alone, and so is a file that is not there
// while the File is closed.
func (f *File) Clear() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if throughDevice(f.path) {
		return nil
	}
	info, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !f.at.isOpen():
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case err == nil && !info.Mode().IsRegular():
		return nil
	}
	if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f.lineage.cleared()
	if f.at.isOpen() {
		return f.reopen(info)
	}
	defer f.changed()
	made, err := create(f.path, info)
	if err != nil {
		return err
	}
	return made.Close()
}

// reopen is renew, and closes the file of before.
func (f *File) reopen(like fs.FileInfo) error {
	old, err := f.renew(like)
	if err != nil {
		return err
	}
	return old.close()
}

// renew makes the path's file the one that is written to, with the
// permissions of like unless that is nil, and returns the one of before. When
// it fails nothing has changed. Nor has anything when the path leads to the device
// that it led to: those who wait for room in it go on to wait.
func (f *File) renew(like fs.FileInfo) (old target, err error) {
	at, size, err := f.open(like)
	if err != nil {
		return target{}, err
	}
	if at.device != nil && at.device == f.at.device {
		return target{}, at.close()
	}
	old, f.at = f.at, at
	f.sized(size)
	f.changed()
	return old, nil
}

// open opens what the path leads to.
func (f *File) open(like fs.FileInfo) (at target, size int64, err error) {
	fd, own := ownDescriptor(f.path)
	var file *os.File
	if own {
		file, err = duplicate(fd, f.path)
	} else {
		file, err = create(f.path, like)
	}
	if err != nil {
		return target{}, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return target{}, 0, errors.Join(err, file.Close())
	}
	switch {
	case info.Mode().IsRegular():
		through := throughDevice(f.path)
		return target{file: file, capable: !through, lines: through}, info.Size(), nil
	case isNull(info):
		return target{file: file}, 0, nil
	}
	device, err := f.devices.device(file, info)
	if err != nil {
		return target{}, 0, err
	}
	return target{device: device, lines: true, given: make(chan struct{})}, 0, nil
}

// sized takes note of the true size of the file.
func (f *File) sized(size int64) {
	f.size, f.rotateAt = size, f.maxBytes
	f.checkAt = min(f.rotateAt, size+max(f.maxBytes/8, minStride))
}

// changed wakes the followers.
func (f *File) changed() {
	if f.wake != nil {
		close(f.wake)
		f.wake = nil
	}
}

// create opens path for appending, and gives it the permissions of like unless
// that is nil. A pipe without a reader is an error (ENXIO) instead of a wait,
// a terminal does not become ours.
func create(path string, like fs.FileInfo) (*os.File, error) {
	const flags = os.O_WRONLY | os.O_APPEND | os.O_CREATE | syscall.O_NONBLOCK | syscall.O_NOCTTY
	file, err := os.OpenFile(path, flags, 0o666)
	if err != nil {
		return nil, err
	}
	if like == nil {
		return file, nil
	}
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() && info.Mode().Perm() != like.Mode().Perm() {
		err = file.Chmod(like.Mode().Perm())
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}
