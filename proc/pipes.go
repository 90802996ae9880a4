package proc

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// pipes are the descriptors between a child and us.
type pipes struct {
	stdin  *os.File // nil when the command brought its own
	stdout *stream
	stderr *stream // nil when redirected

	pool   *chunks
	theirs []uintptr // what the child has as 0, 1, 2 and so on
	open   []int     // those of theirs that are to be closed here
}

// openPipes makes what the command needs, or nothing.
func openPipes(c Command, pool *chunks) (_ *pipes, err error) {
	n := 3 + len(c.Files)
	p := &pipes{pool: pool, theirs: make([]uintptr, n), open: make([]int, 0, n)}
	defer func() {
		if err != nil {
			p.closeTheirs()
			p.closeOurs()
		}
	}()
	if err := p.openStdin(c.Stdin); err != nil {
		return nil, err
	}
	if p.stdout, err = p.openOutput(1); err != nil {
		return nil, err
	}
	if c.RedirectStderr {
		p.theirs[2] = p.theirs[1]
	} else if p.stderr, err = p.openOutput(2); err != nil {
		return nil, err
	}
	return p, p.handOver(c.Files)
}

// handOver gives the child files from descriptor 3 up.
func (p *pipes) handOver(files []*os.File) error {
	for i, f := range files {
		fd, err := duplicate(f)
		if err != nil {
			return fmt.Errorf("hand over descriptor %d: %w", 3+i, err)
		}
		p.give(3+i, fd)
	}
	return nil
}

func (p *pipes) openStdin(given *os.File) error {
	if given != nil {
		fd, err := duplicate(given)
		if err != nil {
			return fmt.Errorf("hand over standard input: %w", err)
		}
		p.give(0, fd)
		return nil
	}
	r, w, err := pipe()
	if err != nil {
		return err
	}
	p.give(0, r)
	p.stdin, err = ours(w, unix.O_WRONLY)
	return err
}

func (p *pipes) openOutput(n int) (*stream, error) {
	r, w, err := pipe()
	if err != nil {
		return nil, err
	}
	p.give(n, w)
	f, err := ours(r, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	s, err := newStream(f, p.pool)
	if err != nil {
		_ = f.Close() // that it cannot be used is what counts
		return nil, err
	}
	return s, nil
}

// give makes fd the child's descriptor n.
func (p *pipes) give(n, fd int) {
	p.theirs[n] = uintptr(fd)
	p.open = append(p.open, fd)
}

// closeTheirs closes what only the child is to have. Closing a pipe cannot
// lose anything, so there is no error worth telling; nor below.
func (p *pipes) closeTheirs() {
	for _, fd := range p.open {
		_ = syscall.Close(fd)
	}
}

// closeOurs closes what a child would have been connected to.
func (p *pipes) closeOurs() {
	if p.stdin != nil {
		_ = p.stdin.Close()
	}
	for _, s := range []*stream{p.stdout, p.stderr} {
		if s != nil {
			_ = s.Close()
		}
	}
}

// ours makes a file of our end of a pipe, which waits in the runtime's poller
// and not in a thread. The child's end keeps its blocking mode.
func ours(fd, mode int) (*os.File, error) {
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFL, mode|unix.O_NONBLOCK); err != nil {
		_ = syscall.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	return os.NewFile(uintptr(fd), "|"), nil
}

// duplicate copies the descriptor of f, without changing the mode of f as
// f.Fd would.
func duplicate(f *os.File) (int, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return -1, err
	}
	fd := -1
	var dupErr error
	err = raw.Control(func(from uintptr) {
		fd, dupErr = unix.FcntlInt(from, unix.F_DUPFD_CLOEXEC, 3)
	})
	if err == nil {
		err = dupErr
	}
	return fd, err
}
