package output

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
)

// rotateIfDue rotates when the file has reached its size (as doRollover).
// The size is counted along; the true one, which others may have changed, is
// asked for at the limit and a few times on the way, not with each write.
func (f *File) rotateIfDue() error {
	if f.maxBytes <= 0 || !f.at.capable || f.size < f.checkAt {
		return nil
	}
	info, err := f.at.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < f.rotateAt {
		f.sized(info.Size())
		return nil
	}
	f.size = info.Size()
	err = f.rotate(info)
	f.stuck = f.stuck && err != nil
	if err != nil && f.size >= f.maxBytes {
		// Still the old file. Each attempt may cost the oldest backup, so they
		// are as far apart as rotations that succeed.
		f.rotateAt = f.size + f.maxBytes
		f.checkAt = f.rotateAt
	}
	return err
}

// rotate gives way to a new file. When the path no longer leads to ours,
// somebody else has rotated it, such as another process of the program with
// the same log: then it is enough to go to the file that is there.
func (f *File) rotate(ours fs.FileInfo) error {
	switch there, err := os.Stat(f.path); {
	case errors.Is(err, fs.ErrNotExist):
		return f.reopen(ours)
	case err != nil:
		return err
	case !os.SameFile(there, ours):
		return f.reopen(nil)
	case f.backups <= 0:
		return f.truncate()
	}
	if err := f.shift(); err != nil {
		return err
	}
	first := f.backup(1)
	if err := os.Rename(f.path, first); err != nil {
		return err
	}
	old, err := f.renew(ours)
	if err != nil {
		return errors.Join(err, os.Rename(first, f.path))
	}
	f.lineage.rotated()
	return old.close()
}

// truncate is the rotation that keeps no backups.
func (f *File) truncate() error {
	if err := f.at.file.Truncate(0); err != nil {
		return err
	}
	f.lineage.truncated()
	f.sized(0)
	f.changed()
	return nil
}

// shift makes room for the newest backup: those before the first free number
// move up; if there is none, the oldest is overwritten. What is never there is not
// tried, of which there may be thousands.
func (f *File) shift() error {
	free := 1
	for free < f.backups {
		if _, err := os.Lstat(f.backup(free)); errors.Is(err, fs.ErrNotExist) {
			break
		}
		free++
	}
	for i := free - 1; i > 0; i-- {
		err := os.Rename(f.backup(i), f.backup(i+1))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// backup is the path of the i-th backup, and of the file itself for 0.
func (f *File) backup(i int) string {
	if i == 0 {
		return f.path
	}
	return f.path + "." + strconv.Itoa(i)
}

// lineage numbers the files that have stood at one path, so that a reader
// who has finished one finds the next whatever its name is by now.
type lineage struct {
	now      uint64 // number of the file at the path
	since    uint64 // number of the first file after the last clear or truncation
	truncate uint64 // number of the file after the last truncation
}

func (l *lineage) rotated() { l.now++ }

func (l *lineage) cleared() {
	l.now++
	l.since = l.now
}

func (l *lineage) truncated() {
	l.cleared()
	l.truncate = l.now
}

// after says which backup, 0 being the path itself, follows the file with the
// given number, and the number of that one. lost tells that files in between
// are gone.
func (l *lineage) after(number uint64, backups int) (backup int, next uint64, lost bool) {
	next = max(number+1, l.since)
	if l.now-next > uint64(max(backups, 0)) {
		next, lost = l.now-uint64(max(backups, 0)), true
	}
	return int(l.now - next), next, lost
}
