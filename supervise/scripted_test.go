package supervise_test

import (
	"io"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

type script struct {
	Lives    time.Duration // 0 for ever
	Code     int
	Says     string
	Ignores  bool          // SIGTERM
	Exits    bool          // by SIGTERM, with Code
	Survives int           // as many SIGKILLs
	Dies     time.Duration // after SIGTERM
	Err      error
	SigErr   error
	Left     []proc.Member
	Leaves   time.Duration
}
type scripted struct {
	mu       sync.Mutex
	scripts  []script
	children []*child
	gate     chan struct{}
}

func (s *scripted) Start(c proc.Command) (proc.Child, error) {
	if s.gate != nil {
		<-s.gate
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sc := script{}
	if len(s.scripts) > 0 {
		sc = s.scripts[0]
		s.scripts = s.scripts[1:]
	}
	if sc.Err != nil {
		return nil, sc.Err
	}
	ch := &child{sc: sc, pid: 100 + len(s.children), done: make(chan struct{}), left: sc.Left}
	s.children = append(s.children, ch)
	if sc.Lives > 0 {
		ch.mu.Lock()
		ch.timer = time.AfterFunc(sc.Lives, func() { ch.end(proc.Exit{Code: sc.Code}) })
		ch.mu.Unlock()
	}
	return ch, nil
}
func (s *scripted) killAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.children {
		c.end(proc.Exit{Code: -1, Signal: 9})
	}
}

type child struct {
	sc    script
	pid   int
	done  chan struct{}
	mu    sync.Mutex
	exit  proc.Exit
	over  bool
	said  bool
	left  []proc.Member
	timer *time.Timer
	got   []string
}

func (c *child) end(e proc.Exit) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return
	}
	c.over = true
	e.At = time.Now()
	c.exit = e
	if c.timer != nil {
		c.timer.Stop()
	}
	close(c.done)
}
func (c *child) PID() int              { return c.pid }
func (c *child) Stdin() io.WriteCloser { return nopCloser{} }
func (c *child) Stdout() proc.Stream   { return &strm{c: c, says: c.sc.Says} }
func (c *child) Stderr() proc.Stream   { return &strm{c: c} }
func (c *child) Signal(sig syscall.Signal, group bool) error {
	if c.sc.SigErr != nil {
		return c.sc.SigErr
	}
	select {
	case <-c.done:
		return proc.ErrGone
	default:
	}
	c.mu.Lock()
	text := sig.String()
	if group {
		text += " group"
	}
	c.got = append(c.got, text)
	survives := c.sc.Survives > 0
	if sig == 9 {
		c.sc.Survives--
	}
	c.mu.Unlock()
	switch {
	case sig == 9 && survives:
	case sig == 9:
		c.end(proc.Exit{Code: -1, Signal: 9})
	case sig == 15 && !c.sc.Ignores:
		if c.sc.Dies > 0 {
			time.AfterFunc(c.sc.Dies, func() {
				if c.sc.Exits {
					c.end(proc.Exit{Code: c.sc.Code})
				}
				c.end(proc.Exit{Code: -1, Signal: 15})
			})
		} else {
			c.end(proc.Exit{Code: -1, Signal: 15})
		}
	}
	return nil
}
func (c *child) Done() <-chan struct{} { return c.done }
func (c *child) Exit() proc.Exit       { return c.exit }
func (c *child) Group() []proc.Member  { c.mu.Lock(); defer c.mu.Unlock(); return c.left }
func (c *child) SignalGroup(sig syscall.Signal) error {
	if sig == 9 {
		c.mu.Lock()
		c.left = nil
		c.mu.Unlock()
	} else if c.sc.Leaves > 0 {
		time.AfterFunc(c.sc.Leaves, func() { c.mu.Lock(); c.left = nil; c.mu.Unlock() })
	}
	return nil
}
func (c *child) Started() uint64 { return 0 }

type nopCloser struct{}

func (nopCloser) Write(p []byte) (int, error) { return len(p), nil }
func (nopCloser) Close() error                { return nil }

type strm struct {
	c    *child
	says string
}

func (s *strm) Next(use func([]byte)) error {
	if s.says != "" {
		use([]byte(s.says))
		s.says = ""
		return nil
	}
	<-s.c.done
	return io.EOF
}
func (s *strm) Close() error { return nil }

func (c *child) signals() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.got, ", ")
}

// alive lists the pids of the children that live.
func (s *scripted) alive() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	var pids []int
	for _, c := range s.children {
		select {
		case <-c.done:
		default:
			pids = append(pids, c.pid)
		}
	}
	return pids
}
