package output

import (
	"errors"
	"fmt"
	"os"
)

// Append writes p at the end of the file and rotates it if it is due. A chunk
// is never split by a rotation. Append does not fail: bytes that the system
// refuses are dropped and counted. The notice, "" nearly always, is for the
// log of the daemon: the file refuses bytes, takes them again, or cannot be
// rotated, each told once.
func (f *File) Append(p []byte) (notice string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.write(p)
	f.size += int64(n)
	if n > 0 {
		f.changed()
	}
	if err != nil {
		return f.refused(len(p)-n, err)
	}
	if f.refusing {
		notice = fmt.Sprintf("%s: written to again; %d bytes were dropped", f.path, f.dropped)
		f.refusing, f.dropped = false, 0
	}
	if err := f.rotateIfDue(); err != nil {
		return join(notice, f.rotationFailed(err))
	}
	return notice
}

// write writes all of p to the file that is open. A regular file takes it
// with the lock held; for a pipe the lock is let go, since it may block until
// Close, and what a Reopen interrupted goes on in the new file.
func (f *File) write(p []byte) (n int, err error) {
	for {
		file := f.file
		if file == nil {
			return n, os.ErrClosed
		}
		if f.capable {
			m, err := file.Write(p[n:])
			return n + m, err
		}
		f.mu.Unlock()
		m, err := file.Write(p[n:])
		f.mu.Lock()
		n += m
		if f.file == file || !errors.Is(err, os.ErrClosed) {
			return n, err
		}
	}
}

func (f *File) refused(n int, err error) (notice string) {
	f.dropped += int64(n)
	f.lost += int64(n)
	if f.refusing {
		return ""
	}
	f.refusing = true
	return fmt.Sprintf("%s: %v; output is dropped until it can be written", f.path, cause(err))
}

func (f *File) rotationFailed(err error) (notice string) {
	if f.stuck {
		return ""
	}
	f.stuck = true
	return fmt.Sprintf("%s: rotation failed: %v", f.path, err)
}

// cause leaves out the path, which the message has already.
func cause(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}
