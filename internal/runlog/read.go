package runlog

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Text is what is kept of the output of a run, for reading. It stays as it was
// when it was opened: what comes later is not in it.
type Text struct {
	files []part
	size  int64
}

// part is one of the files that the text stands in, in their order.
type part struct {
	file *os.File
	size int64
}

// Open opens the slice of a run. fs.ErrNotExist when it wrote nothing, or when
// the history has no such run any more.
func (l *Logs) Open(run Run) (*Text, error) {
	path := l.path(run)
	const attempts = 10
	for range attempts {
		t, moved, err := openBoth(path)
		if err != nil {
			return nil, fmt.Errorf("open the output of run %s: %w", run.ID, err)
		}
		if !moved {
			return t, nil
		}
	}
	return nil, fmt.Errorf("open the output of run %s: it is written too fast", run.ID)
}

// openBoth opens the newer part, then the older. A rotation between the two
// makes them the same, and a gap before them: moved tells to try again.
func openBoth(path string) (t *Text, moved bool, err error) {
	newer, err := openPart(path)
	if err != nil {
		return nil, false, err
	}
	older, err := openPart(path + backup)
	if errors.Is(err, fs.ErrNotExist) {
		return &Text{[]part{newer}, newer.size}, false, nil
	}
	if err != nil {
		return nil, false, errors.Join(err, newer.file.Close())
	}
	t = &Text{[]part{older, newer}, older.size + newer.size}
	if same(older.file, newer.file) {
		return nil, true, t.Close()
	}
	return t, false, nil
}

func openPart(path string) (part, error) {
	file, err := os.Open(path)
	if err != nil {
		return part{}, err
	}
	info, err := file.Stat()
	if err != nil {
		return part{}, errors.Join(err, file.Close())
	}
	return part{file, info.Size()}, nil
}

func same(a, b *os.File) bool {
	first, err := a.Stat()
	if err != nil {
		return false
	}
	second, err := b.Stat()
	return err == nil && os.SameFile(first, second)
}

// Size is how many bytes there are.
func (t *Text) Size() int64 { return t.size }

// ReadAt implements io.ReaderAt.
func (t *Text) ReadAt(p []byte, offset int64) (n int, err error) {
	for _, f := range t.files {
		if offset < f.size && n < len(p) {
			want := p[n:min(len(p), n+int(f.size-offset))]
			m, err := f.file.ReadAt(want, offset)
			n += m
			offset += int64(m)
			if m < len(want) {
				return n, err // a slice is never shortened
			}
		}
		offset -= f.size
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Close closes the files.
func (t *Text) Close() error {
	var errs []error
	for _, f := range t.files {
		errs = append(errs, f.file.Close())
	}
	return errors.Join(errs...)
}

// Read returns the last bytes of the slice of a run, at most limit, and how many
// stand before them. The errors are those of Open.
func (l *Logs) Read(run Run, limit int64) (data []byte, before int64, err error) {
	t, err := l.Open(run)
	if err != nil {
		return nil, 0, err
	}
	before = max(0, t.Size()-max(0, limit))
	data = make([]byte, t.Size()-before)
	n, err := t.ReadAt(data, before)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return data[:n], before, errors.Join(err, t.Close())
}

var _ io.ReaderAt = (*Text)(nil)
