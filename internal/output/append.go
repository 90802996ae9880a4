package output

import (
	"errors"
	"fmt"
	"os"
)

// Append writes p at the end of the file and rotates it if it is due. A chunk
// is never split by a rotation. Append does not fail: bytes that the system
// refuses are dropped and counted. It waits for the reader of a device that has
// fallen behind; see Devices. The notice, "" nearly always, is for the log of
// the daemon: the file refuses bytes, takes them again, or cannot be rotated,
// each told once.
func (f *File) Append(p []byte) (notice string) { return f.append(p, true) }

// TryAppend is Append for those who must not wait.
func (f *File) TryAppend(p []byte) (notice string) { return f.append(p, false) }

func (f *File) append(p []byte, patient bool) (notice string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, lost := f.write(p, patient)
	f.size += int64(n)
	if n > 0 {
		f.changed()
	}
	if lost.bytes > 0 {
		return f.refused(lost)
	}
	if f.refusals.now && !lost.doubt {
		notice = fmt.Sprintf("%s: written to again; %d bytes were dropped", f.path, f.refusals.dropped)
		f.refusals.now, f.refusals.dropped = false, 0
	}
	if err := f.rotateIfDue(); err != nil {
		return join(notice, f.rotationFailed(err))
	}
	return notice
}

// write writes all of p to what is open. A file takes it with the lock held; for
// a device, which may make us wait, the lock is let go.
func (f *File) write(p []byte, patient bool) (n int, lost loss) {
	at := f.at
	switch {
	case !at.isOpen():
		return 0, loss{bytes: int64(len(p)), err: os.ErrClosed}
	case at.device != nil:
		var given <-chan struct{}
		if patient {
			given = at.given
		}
		f.mu.Unlock()
		defer f.mu.Lock()
		return 0, at.device.append(p, given)
	}
	n, err := at.file.Write(p)
	if err != nil {
		lost = loss{bytes: int64(len(p) - n), err: err}
	}
	return n, lost
}

func (f *File) refused(l loss) (notice string) {
	if l.bytes == 0 {
		return ""
	}
	f.refusals.dropped += l.bytes
	f.refusals.ever += l.bytes
	if f.refusals.now {
		return ""
	}
	f.refusals.now = true
	return fmt.Sprintf("%s: %v; output is dropped until it can be written", f.path, cause(l.err))
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
