package proctest

import (
	"io"
	"os"
	"sync"
	"syscall"
)

// stream is the reading end of a scripted output.
type stream struct {
	wake chan struct{} // holds one token when there is news

	mu      sync.Mutex
	pending []byte
	ended   bool // nothing more will be written
	closed  bool // by the reader
}

func newStream() *stream { return &stream{wake: make(chan struct{}, 1)} }

func (s *stream) write(data string) {
	s.change(func() {
		if !s.ended && !s.closed {
			s.pending = append(s.pending, data...)
		}
	})
}

func (s *stream) end() { s.change(func() { s.ended = true }) }

// Close implements proc.Stream.
func (s *stream) Close() error {
	s.change(func() { s.closed = true })
	return nil
}

func (s *stream) change(do func()) {
	s.mu.Lock()
	do()
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Next implements proc.Stream.
func (s *stream) Next(use func(p []byte)) error {
	for {
		data, err := s.take()
		if err != nil {
			return err
		}
		if len(data) > 0 {
			use(data)
			return nil
		}
		<-s.wake
	}
}

// take gives up to 64 KiB, nothing when there is nothing yet, and an error
// when there will be nothing any more.
func (s *stream) take() ([]byte, error) {
	const most = 64 << 10
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, os.ErrClosed
	case len(s.pending) == 0 && s.ended:
		return nil, io.EOF
	}
	n := min(len(s.pending), most)
	data := s.pending[:n:n]
	s.pending = s.pending[n:]
	return data, nil
}

// input is the writing end of a scripted standard input.
type input struct {
	child *Child

	mu     sync.Mutex
	got    []byte
	closed bool
}

// Write never blocks; what comes after the child's end is EPIPE.
func (i *input) Write(p []byte) (int, error) {
	if err := i.accept(p); err != nil {
		return 0, err
	}
	if on := i.child.script.OnInput; on != nil {
		on(i.child, p)
	}
	return len(p), nil
}

func (i *input) accept(p []byte) error {
	select {
	case <-i.child.done:
		return &os.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}
	default:
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return os.ErrClosed
	}
	i.got = append(i.got, p...)
	return nil
}

// Close implements io.Closer.
func (i *input) Close() error {
	i.mu.Lock()
	closed := i.closed
	i.closed = true
	i.mu.Unlock()
	if closed {
		return os.ErrClosed
	}
	if i.child.script.EndsWithInput {
		i.child.End(i.child.ownEnd())
	}
	return nil
}

func (i *input) text() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return string(i.got)
}
