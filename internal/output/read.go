package output

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
)

// ErrBadArguments says that an offset and a length make no sense together.
var ErrBadArguments = errors.New("bad arguments")

// ReadFile is the rule of readLog (as readFile): an offset of 0 or more with
// length 0 reads to the end; a negative offset with length 0 reads the last
// bytes; other negative values are ErrBadArguments; past the end there is
// nothing. It returns the bytes as they are. A file that cannot be opened
// comes before arguments that are bad.
func ReadFile(path string, offset, length int64) ([]byte, error) {
	file, info, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() // opened for reading: nothing to lose
	if length < 0 || offset < 0 && length != 0 {
		return nil, fmt.Errorf("read %s from %d, %d bytes: %w", path, offset, length, ErrBadArguments)
	}
	size := info.Size()
	switch {
	case offset < 0:
		offset = max(0, addClamped(size, offset))
		length = size - offset
	case length == 0:
		length = size - offset
	}
	return readRange(file, size, offset, length)
}

// TailFile is the rule of tailProcessStdoutLog (as tailFile): the window may
// move back, and newOffset is always the size. A missing file gives nothing,
// 0, false and no error, and so does one that is no regular file; with any
// other error newOffset is the offset that was asked for.
func TailFile(path string, offset, length int64) (data []byte, newOffset int64, overflow bool, err error) {
	file, info, err := openRegular(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrNotRegular) {
		return nil, 0, false, nil
	}
	if err != nil {
		return nil, offset, false, err
	}
	defer file.Close() // opened for reading: nothing to lose
	size := info.Size()
	if overflow = size > addClamped(offset, length); overflow {
		offset = size - 1
	}
	if addClamped(offset, length) > size {
		if offset > size-1 {
			length = 0
		}
		offset = size - length
	}
	data, err = readRange(file, size, max(0, offset), max(0, length))
	if err != nil {
		return nil, offset, false, err
	}
	return data, size, overflow, nil
}

// readRange reads what the range has of the first size bytes of file.
func readRange(file *os.File, size, offset, length int64) ([]byte, error) {
	length = min(length, size-offset)
	if length <= 0 {
		return nil, nil
	}
	data := make([]byte, length)
	n, err := file.ReadAt(data, offset)
	if err != nil && !errors.Is(err, io.EOF) { // it may have shrunk
		return nil, err
	}
	return data[:n], nil
}

// addClamped adds without passing the ends of the range.
func addClamped(a, b int64) int64 {
	switch sum := a + b; {
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		return math.MinInt64
	default:
		return sum
	}
}
