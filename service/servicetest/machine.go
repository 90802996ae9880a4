package servicetest

import (
	"io"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

// machine starts children that exist in memory only. What a child does goes
// by its command: cat gives back what it reads and lives until it is told to
// go, true and false exit at once, sleep does after so many seconds, and a
// shell with a trap for TERM lives as long as its sleep and does not heed TERM.
type machine struct {
	mu  sync.Mutex
	pid int
}

// Start implements proc.Starter.
func (m *machine) Start(c proc.Command) (proc.Child, error) {
	m.mu.Lock()
	m.pid++
	pid := 1000 + m.pid
	m.mu.Unlock()
	life := &child{pid: pid, done: make(chan struct{})}
	life.stdout = newPipe(life.done)
	if !c.RedirectStderr {
		life.stderr = newPipe(life.done)
	}
	switch filepath.Base(c.Path) {
	case "true":
		life.lives(0, 0)
	case "false":
		life.lives(0, 1)
	case "sleep":
		life.lives(sleepOf(c.Args[len(c.Args)-1]), 0)
	case "sh":
		script := c.Args[len(c.Args)-1]
		life.stubborn = strings.Contains(script, "trap '' TERM")
		_, seconds, _ := strings.Cut(script, "sleep ")
		life.lives(sleepOf(seconds), 0)
	}
	return life, nil
}

// sleepOf reads a number of seconds; what is none is for ever.
func sleepOf(seconds string) time.Duration {
	d, err := time.ParseDuration(seconds + "s")
	if err != nil {
		return 1000 * time.Hour
	}
	return d
}

type child struct {
	pid            int
	stubborn       bool // does not heed SIGTERM
	stdout, stderr *pipe
	done           chan struct{}

	mu   sync.Mutex
	exit proc.Exit
	over bool
}

func (c *child) lives(d time.Duration, code int) {
	time.AfterFunc(d, func() { c.end(proc.Exit{Code: code}) })
}

func (c *child) end(e proc.Exit) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return
	}
	e.At = time.Now()
	c.over, c.exit = true, e
	close(c.done)
}

// PID implements proc.Child.
func (c *child) PID() int { return c.pid }

// Stdin implements proc.Child.
func (c *child) Stdin() io.WriteCloser { return c.stdout }

// Stdout implements proc.Child.
func (c *child) Stdout() proc.Stream { return c.stdout }

// Stderr implements proc.Child.
func (c *child) Stderr() proc.Stream {
	if c.stderr == nil {
		return nil
	}
	return c.stderr
}

// Signal implements proc.Child: TERM, KILL and their like end the child.
func (c *child) Signal(sig syscall.Signal, _ bool) error {
	select {
	case <-c.done:
		return proc.ErrGone
	default:
	}
	switch sig {
	case 0, syscall.SIGCONT, syscall.SIGCHLD, syscall.SIGWINCH, syscall.SIGURG:
	case syscall.SIGTERM:
		if !c.stubborn {
			c.end(proc.Exit{Code: -1, Signal: sig})
		}
	default:
		c.end(proc.Exit{Code: -1, Signal: sig})
	}
	return nil
}

// Done implements proc.Child.
func (c *child) Done() <-chan struct{} { return c.done }

// Exit implements proc.Child.
func (c *child) Exit() proc.Exit {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.exit
}

// Group implements proc.Child.
func (c *child) Group() []proc.Member { return nil }

// SignalGroup implements proc.Child.
func (c *child) SignalGroup(syscall.Signal) error { return proc.ErrGone }

// Started implements proc.Child.
func (c *child) Started() uint64 { return 0 }

// pipe is both the standard input of a child and an output: what is written
// comes out, as of cat.
type pipe struct {
	data   chan []byte
	done   <-chan struct{} // the child's
	closed chan struct{}
	once   sync.Once
}

func newPipe(done <-chan struct{}) *pipe {
	return &pipe{data: make(chan []byte, 16), done: done, closed: make(chan struct{})}
}

// Write implements io.Writer.
func (p *pipe) Write(b []byte) (int, error) {
	select {
	case p.data <- append([]byte(nil), b...):
		return len(b), nil
	case <-p.done:
		return 0, syscall.EPIPE
	case <-p.closed:
		return 0, io.ErrClosedPipe
	}
}

// Next implements proc.Stream.
func (p *pipe) Next(use func([]byte)) error {
	select {
	case b := <-p.data:
		use(b)
		return nil
	default:
	}
	select {
	case b := <-p.data:
		use(b)
		return nil
	case <-p.done:
		return io.EOF
	case <-p.closed:
		return io.EOF
	}
}

// Close implements io.Closer.
func (p *pipe) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}
