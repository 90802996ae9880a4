package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

var errEnd = errors.New("the pickle ends here")

// reader is the input. What it returns shares memory with it.
type reader struct {
	data string
	pos  int
}

func (r *reader) byte() (byte, error) {
	if r.pos >= len(r.data) {
		return 0, errEnd
	}
	r.pos++
	return r.data[r.pos-1], nil
}

// take reads n bytes.
func (r *reader) take(n uint64) (string, error) {
	if left := len(r.data) - r.pos; n > uint64(left) {
		return "", fmt.Errorf("%d bytes are to follow, and there are %d", n, left)
	}
	from := r.pos
	r.pos += int(n)
	return r.data[from:r.pos], nil
}

// line reads up to the end of the line, without it.
func (r *reader) line() (string, error) {
	line, _, ok := strings.Cut(r.data[r.pos:], "\n")
	if !ok {
		return "", errEnd
	}
	r.pos += len(line) + 1
	return line, nil
}

// uint reads a number of n bytes, at most 8, little endian.
func (r *reader) uint(n uint64) (uint64, error) {
	text, err := r.take(n)
	if err != nil {
		return 0, err
	}
	var wide [8]byte
	copy(wide[:], text)
	return binary.LittleEndian.Uint64(wide[:]), nil
}

// counted reads a number of n bytes, and then as many bytes as it says.
func (r *reader) counted(n uint64) (string, error) {
	length, err := r.uint(n)
	if err != nil {
		return "", err
	}
	return r.take(length)
}
