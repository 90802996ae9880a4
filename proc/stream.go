package proc

import (
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// chunkSize is how much one read takes at most: what a pipe holds by default.
const chunkSize = 64 << 10

// chunks are the buffers that streams borrow; there are as many as streams
// that read at the same moment, not as many as streams.
type chunks struct{ pool sync.Pool }

func (c *chunks) borrow() *[chunkSize]byte {
	if b, ok := c.pool.Get().(*[chunkSize]byte); ok {
		return b
	}
	return new([chunkSize]byte)
}

func (c *chunks) giveBack(b *[chunkSize]byte) { c.pool.Put(b) }

// stream implements Stream over the reading end of a pipe.
type stream struct {
	file   *os.File
	raw    syscall.RawConn
	read   func(fd uintptr) bool // s.tryRead, bound once
	pool   *chunks
	ended  atomic.Bool // the child was reaped
	closed atomic.Bool

	// These are of the goroutine that calls Next.
	buffer *[chunkSize]byte // what the last read filled
	n      int              // how much of it
	err    error            // of the last read
	rest   int              // after the reap: what may still be read; -1 before
}

// newStream makes a stream of f, which must not block.
func newStream(f *os.File, pool *chunks) (*stream, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	s := &stream{file: f, raw: raw, pool: pool, rest: -1}
	s.read = s.tryRead
	return s, nil
}

// Next implements Stream. Once the stream was closed it is os.ErrClosed.
func (s *stream) Next(use func(p []byte)) error {
	if !s.ended.Load() {
		err := s.raw.Read(s.read)
		if err == nil {
			return s.hand(use)
		}
		if !s.ended.Load() || !errors.Is(err, os.ErrDeadlineExceeded) {
			return s.failure(err)
		}
	}
	return s.remains(use)
}

// failure gives the poller's word for a closed file its public name.
func (s *stream) failure(err error) error {
	if s.closed.Load() {
		return os.ErrClosed
	}
	return err
}

// remains gives what was in the pipe when the child was reaped. What others
// who hold the pipe write later is not waited for, and not read for ever.
func (s *stream) remains(use func(p []byte)) error {
	err := s.raw.Control(func(fd uintptr) {
		if s.rest < 0 {
			s.rest, s.err = pending(fd)
		}
		if s.err == nil && s.rest > 0 && !s.tryRead(fd) {
			s.rest = 0
		}
	})
	switch {
	case err != nil:
		return s.failure(err)
	case s.buffer != nil:
		s.rest -= s.n
		return s.hand(use)
	case s.err != nil:
		return s.err
	}
	return io.EOF
}

// tryRead reads into a borrowed buffer and keeps it if anything came. It is
// false when there is nothing yet.
func (s *stream) tryRead(fd uintptr) bool {
	b := s.pool.borrow()
	for {
		s.n, s.err = syscall.Read(int(fd), b[:])
		if s.err != syscall.EINTR {
			break
		}
	}
	if s.n > 0 {
		s.buffer = b
		return true
	}
	s.pool.giveBack(b)
	if s.err == syscall.EAGAIN {
		s.err = nil
		return false
	}
	return true
}

// hand gives the bytes of the last read to use, or tells why there are none.
func (s *stream) hand(use func(p []byte)) error {
	if s.buffer == nil {
		if s.err != nil {
			return os.NewSyscallError("read", s.err)
		}
		return io.EOF
	}
	b := s.buffer
	s.buffer = nil
	use(b[:s.n])
	s.pool.giveBack(b)
	return nil
}

// end makes Next give what is there and then io.EOF.
func (s *stream) end() {
	s.ended.Store(true)
	// Wakes Next; if the reader has closed the stream there is none to wake.
	_ = s.file.SetReadDeadline(time.Unix(1, 0))
}

// Close implements Stream.
func (s *stream) Close() error {
	s.closed.Store(true)
	return s.file.Close()
}
