package output

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

const (
	// followChunk is what a Follower returns at most at once.
	followChunk = 64 << 10
	// recheck is how long a Follower waits before it looks by itself, for the
	// sake of files that others write, rename or truncate. Our own writes wake it.
	recheck = time.Second
	// truncationMark is told to the client (as tail_f_producer intends to).
	truncationMark = "==> File truncated <==\n"
)

// Follower reads a growing file on behalf of one client, at its own pace: a
// slow client costs the writer nothing. It goes from file to file through
// rotations and clears, and loses nothing as long as the backups are there.
// It is for one goroutine at a time.
type Follower struct {
	of     *File
	file   *os.File
	number uint64 // of the file, in the lineage
	offset int64  // of the next byte
	buffer []byte
}

var _ io.Closer = (*Follower)(nil)

// Follow returns a Follower of the file. The first chunk is the last tail
// bytes. The error is fs.ErrNotExist when there is no file, ErrNotRegular
// when the path is a device or a pipe.
func (f *File) Follow(tail int64) (*Follower, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	file, info, err := openRegular(f.path)
	if err != nil {
		return nil, err
	}
	return &Follower{
		of:     f,
		file:   file,
		number: f.lineage.now,
		offset: max(0, info.Size()-max(0, tail)),
	}, nil
}

// Offset is where the next byte stands that Next returns, if no other file follows.
func (w *Follower) Offset() int64 { return w.offset }

// Next waits for new bytes and returns them; they are valid until the next
// call. It goes on with the new file when the path is another one (rotation,
// clear), from its start, once the old one is read up, and announces an
// in-place truncation, or files that were rotated away unread, with "==> File
// truncated <==\n". It returns the cause when ctx is done.
func (w *Follower) Next(ctx context.Context) ([]byte, error) {
	timer := time.NewTimer(recheck)
	defer timer.Stop()
	for {
		wake, seen := w.of.watch()
		data, err := w.read(seen)
		if err != nil || len(data) > 0 {
			return data, err
		}
		switch step, err := w.advance(); {
		case err != nil:
			return nil, err
		case step == stepLost:
			return []byte(truncationMark), nil
		case step == stepOn:
			continue
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-wake:
		case <-timer.C:
			timer.Reset(recheck)
		}
	}
}

// watch returns a channel that is closed at the next change, and the number
// of the file behind the last truncation.
func (f *File) watch() (wake <-chan struct{}, truncated uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.wake == nil {
		f.wake = make(chan struct{})
	}
	return f.wake, f.lineage.truncate
}

// read returns what stands behind the offset, nothing at the end, and the
// mark if the file has shrunk. Bytes that a truncation has put there while
// they were read are none of ours.
func (w *Follower) read(truncated uint64) ([]byte, error) {
	if truncated > w.number {
		return nil, nil
	}
	info, err := w.file.Stat()
	if err != nil {
		return nil, err
	}
	behind := info.Size() - w.offset
	if behind < 0 {
		w.offset = 0
		return []byte(truncationMark), nil
	}
	if behind == 0 {
		return nil, nil
	}
	if want := int(min(behind, followChunk)); cap(w.buffer) < want {
		w.buffer = make([]byte, want)
	}
	n, err := w.file.ReadAt(w.buffer[:min(behind, int64(cap(w.buffer)))], w.offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if _, now := w.of.watch(); now != truncated {
		return nil, nil
	}
	w.offset += int64(n)
	return w.buffer[:n], nil
}

// step is what came of looking for the next file.
type step int

const (
	stepNone step = iota // this one is still the one
	stepOn               // there may be more to read now
	stepLost             // as stepOn, and bytes in between are gone
)

// advance turns to the file that follows the one that was read to its end. It
// holds the lock, so nothing is rotated meanwhile.
func (w *Follower) advance() (step, error) {
	f := w.of
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := w.file.Stat()
	if err != nil {
		return stepNone, err
	}
	if f.lineage.truncate > w.number {
		if !f.same(info) {
			return w.turn(f.path, f.lineage.now, stepLost)
		}
		w.number, w.offset = f.lineage.now, 0
		return stepLost, nil
	}
	if info.Size() != w.offset {
		return stepOn, nil
	}
	if f.lineage.now != w.number {
		backup, number, lost := f.lineage.after(w.number, f.backups)
		if lost {
			return w.turn(f.backup(backup), number, stepLost)
		}
		return w.turn(f.backup(backup), number, stepOn)
	}
	if f.same(info) {
		return stepNone, nil
	}
	there, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && os.SameFile(there, info) {
		return stepNone, nil
	}
	if err != nil {
		return stepNone, err
	}
	return w.turn(f.path, w.number, stepOn)
}

// same reports whether info is of the file that is being written to.
func (f *File) same(info fs.FileInfo) bool {
	if f.at.file == nil {
		return false
	}
	ours, err := f.at.file.Stat()
	return err == nil && os.SameFile(ours, info)
}

// turn goes on with the file at path, from its start. If somebody has removed
// that one, the old file stays, read up as it is, until the next step.
func (w *Follower) turn(path string, number uint64, s step) (step, error) {
	w.number = number
	file, _, err := openRegular(path)
	if errors.Is(err, fs.ErrNotExist) {
		return stepLost, nil
	}
	if err != nil {
		return stepNone, err
	}
	old := w.file
	w.file, w.offset = file, 0
	return s, old.Close()
}

// Close releases the file.
func (w *Follower) Close() error { return w.file.Close() }

// openRegular opens a regular file for reading, and never waits for one that is not.
func openRegular(path string) (*os.File, fs.FileInfo, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "read", Path: path, Err: ErrNotRegular}
	}
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return file, info, nil
}
