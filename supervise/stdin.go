package supervise

import (
	"context"
	"io"
	"sync"
	"time"
)

// stdinPatience is how long WriteStdin waits to see its bytes accepted. A
// child that reads takes them at once; one that does not must hold up nobody.
const stdinPatience = 100 * time.Millisecond

// stdin feeds the standard input of one child. Bytes are queued without a
// bound, as in the original, and written by a goroutine that lives only while
// there are some.
type stdin struct {
	pipe   io.WriteCloser // nil: the child has no pipe of ours
	broken func()         // is told when the child reads no more; nil: nobody is

	mu      sync.Mutex
	queue   []byte
	waiting []chan error // of those whose bytes are queued; each has room for the answer
	writing bool
	closed  bool
}

// write queues data and returns when it was written, when it is clear that it
// will not be (ErrStdinClosed), or after a little while.
func (s *stdin) write(ctx context.Context, data []byte) error {
	written, err := s.add(data)
	if err != nil {
		return err
	}
	patience := time.NewTimer(stdinPatience)
	defer patience.Stop()
	select {
	case err := <-written:
		return err
	case <-patience.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// add queues data; the channel tells what became of it.
func (s *stdin) add(data []byte) (<-chan error, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.pipe == nil {
		return nil, ErrStdinClosed
	}
	written := make(chan error, 1)
	s.queue = append(s.queue, data...)
	s.waiting = append(s.waiting, written)
	if !s.writing {
		s.writing = true
		go s.drain()
	}
	return written, nil
}

// drain writes until the queue is empty or the child takes no more. It ends
// by itself: at the latest when close has closed the pipe under it.
func (s *stdin) drain() {
	for {
		data, waiting, ok := s.take()
		if !ok {
			return
		}
		_, err := s.pipe.Write(data)
		if err != nil { // whatever it is, nothing will ever be read from this pipe again
			err = ErrStdinClosed
			if s.broken != nil {
				s.broken()
			}
			s.close()
		}
		for _, w := range waiting {
			w <- err
		}
	}
}

// take empties the queue; ok is false when it is empty already.
func (s *stdin) take() (data []byte, waiting []chan error, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 {
		s.writing = false
		return nil, nil, false
	}
	data, waiting = s.queue, s.waiting
	s.queue, s.waiting = nil, nil
	return data, waiting, true
}

// close makes every later write fail, and one that waits as well.
func (s *stdin) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.pipe == nil {
		return
	}
	s.closed = true
	_ = s.pipe.Close() // a pipe that will not close has nobody to hear of it
}
