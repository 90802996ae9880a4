package output

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
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
// cannot be written is dropped, counted and told once. Append is called by
// one goroutine at a time, unless the path is that of a regular file; all other
// methods may be called concurrently.
type File struct {
	path     string
	maxBytes int64
	backups  int

	mu       sync.Mutex // guards what follows; never held while a pipe may block
	file     *os.File   // nil while closed
	capable  bool       // of being rotated and removed: a regular file, not reached through a device
	size     int64      // of the file, as far as we know
	checkAt  int64      // the size at which to ask for the true one
	rotateAt int64
	stuck    bool  // the last rotation failed, and it was told
	refusing bool  // the last write failed, and it was told
	dropped  int64 // bytes, since refusing
	lost     int64 // bytes, ever
	lineage  lineage
	wake     chan struct{} // closed at the next change; nil while nobody waits
}

// NewFile makes a File; nothing is opened yet. With maxBytes of 0 or less it
// is never rotated; with backups of 0 or less it is truncated instead.
func NewFile(path string, maxBytes int64, backups int) *File {
	return &File{path: path, maxBytes: maxBytes, backups: backups}
}

// Lost is how many bytes were dropped since NewFile.
func (f *File) Lost() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lost
}

// Path is the path of the file.
func (f *File) Path() string { return f.path }

// Open opens the file for appending and creates it with 0666 less the umask.
// It does nothing when the File is open.
func (f *File) Open() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file != nil {
		return nil
	}
	_, err := f.renew(nil)
	return err
}

// Close closes the file. The notice, if there is one, is for the log of the
// daemon: how much was dropped of what was written to the end.
func (f *File) Close() (notice string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return "", nil
	}
	err = f.file.Close()
	f.file = nil
	if f.refusing {
		notice = fmt.Sprintf("%s: closed; %d bytes were dropped", f.path, f.dropped)
		f.refusing, f.dropped = false, 0
	}
	f.changed()
	return notice, err
}

// Reopen closes the file and opens the path anew. It does nothing when the
// File is closed. If the path cannot be opened the old file stays in use.
func (f *File) Reopen() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
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
	info, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && f.file == nil:
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case err == nil && (!info.Mode().IsRegular() || throughDevice(f.path)):
		return nil
	}
	if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f.lineage.cleared()
	if f.file != nil {
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
	return old.Close()
}

// renew makes the path's file the one that is written to, with the
// permissions of like unless that is nil, and returns the one of before. When
// it fails nothing has changed.
func (f *File) renew(like fs.FileInfo) (old *os.File, err error) {
	file, err := create(f.path, like)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	old, f.file = f.file, file
	f.capable = info.Mode().IsRegular() && !throughDevice(f.path)
	f.sized(info.Size())
	f.changed()
	return old, nil
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
		return inherited(path, err)
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

// inherited stands in for opening the daemon's own output by its path, which
// is refused when it is a socket or, after a change of user, another's pipe.
func inherited(path string, refused error) (*os.File, error) {
	var fd int
	switch path {
	case "/dev/stdout":
		fd = 1
	case "/dev/stderr":
		fd = 2
	default:
		return nil, refused
	}
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	dup, err := syscall.Dup(fd)
	if err != nil {
		return nil, refused
	}
	syscall.CloseOnExec(dup)
	return os.NewFile(uintptr(dup), path), nil
}

// throughDevice reports whether path, or a symbolic link on its way, names an
// open descriptor. Such a path must not be renamed or removed, even when it
// leads to a regular file ("supervisord > file" with a log at /dev/stdout).
func throughDevice(path string) bool {
	const enough = 10 // links; the kernel follows 40
	for range enough {
		if path == "/dev/stdout" || path == "/dev/stderr" ||
			strings.HasPrefix(path, "/dev/fd/") || strings.HasPrefix(path, "/proc/") {
			return true
		}
		target, err := os.Readlink(path)
		if err != nil {
			return false
		}
		path = target
	}
	return true
}
