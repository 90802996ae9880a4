package proc

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// OS starts children of this process. Make one with NewOS; there should be
// one in a process, since it reaps with SIGCHLD.
type OS struct {
	stranger func(pid int, e Exit)
	forker   *forker
	chunks   chunks
	session  int

	sigchld chan os.Signal
	quit    chan struct{}
	reaping sync.WaitGroup

	// mu is held while a child is made and entered, while one is collected
	// and removed, and while one is signalled. So no exit is seen before its
	// child is known, and no signal can reach a pid that was reused.
	mu       sync.Mutex
	children map[int]*child // by pid; those that were not collected yet
	closed   bool
}

// Options of an OS.
type Options struct {
	// Stranger is called for each process that was reaped but not started
	// here: orphans that a PID 1 or a subreaper inherits. It is called from
	// the reaper and must not block. May be nil.
	Stranger func(pid int, e Exit)
}

var errClosed = errors.New("children are started no more")

// NewOS starts the reaper. It also makes the process ignore SIGPIPE and
// SIGXFSZ, which children inherit (Supervisor's, being started by Python, have
// it so), and marks inherited descriptors from 3 up close-on-exec.
//
// Everything that children inherit without a say in their Command (user,
// directory, umask, resource limits) is to be settled before.
func NewOS(o Options) (*OS, error) {
	if err := keepDescriptors(); err != nil {
		return nil, fmt.Errorf("keep inherited descriptors from children: %w", err)
	}
	session, err := unix.Getsid(0)
	if err != nil {
		return nil, fmt.Errorf("find our session: %w", err)
	}
	signal.Ignore(syscall.SIGPIPE, syscall.SIGXFSZ)
	s := &OS{
		stranger: o.Stranger,
		forker:   newForker(),
		session:  session,
		sigchld:  make(chan os.Signal, 1),
		quit:     make(chan struct{}),
		children: make(map[int]*child),
	}
	signal.Notify(s.sigchld, syscall.SIGCHLD)
	s.reaping.Go(s.reapOn)
	return s, nil
}

// Close stops the reaper and makes Start fail. Children that live go on
// living, and can be signalled, but their Done stays open.
func (o *OS) Close() error {
	o.mu.Lock()
	closed := o.closed
	o.closed = true
	o.mu.Unlock()
	if closed {
		return nil
	}
	signal.Stop(o.sigchld)
	close(o.quit)
	o.reaping.Wait()
	o.forker.close()
	return nil
}

// Start implements Starter.
func (o *OS) Start(c Command) (Child, error) {
	p, err := openPipes(c, &o.chunks)
	if err != nil {
		return nil, fmt.Errorf("make pipes: %w", refusal(err))
	}
	defer p.closeTheirs()
	var child *child
	made := make(chan struct{})
	taken := o.forker.do(func() {
		defer close(made)
		child, err = o.startWith(c, p)
	})
	if c.Placed != nil {
		c.Placed()
	}
	if taken {
		<-made
	} else {
		err = errClosed
	}
	if err != nil {
		p.closeOurs()
		return nil, fmt.Errorf("fork: %w", refusal(err))
	}
	return child, nil
}

// startWith makes the child and enters it.
func (o *OS) startWith(c Command, p *pipes) (*child, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return nil, errClosed
	}
	pid, err := o.make(c, p.theirs)
	if err != nil {
		return nil, err
	}
	child := &child{starter: o, pid: pid, stdin: p.stdin, stdout: p.stdout, stderr: p.stderr, done: make(chan struct{})}
	o.children[pid] = child
	return child, nil
}

// make starts the program, or the stand-in when the program does not start.
// The lock is held.
func (o *OS) make(c Command, fds []uintptr) (int, error) {
	user := c.User
	if user != nil && int(user.UID) == os.Getuid() {
		user = nil
	}
	attr := syscall.ProcAttr{Dir: c.Dir, Env: c.Env, Files: fds, Sys: &syscall.SysProcAttr{Setpgid: true}}
	if attr.Env == nil {
		attr.Env = []string{} // nothing, where nil means ours
	}
	if user != nil {
		groups := slices.Clone(user.Groups)
		attr.Sys.Credential = &syscall.Credential{Uid: user.UID, Gid: user.GID, Groups: groups}
	}
	umask := c.Umask
	if umask < 0 || o.forker.setsUmask {
		argv := c.Args
		if len(argv) == 0 {
			argv = []string{c.Path}
		}
		pid, err := o.forker.fork(program{c.Path, argv, attr, umask})
		if err == nil {
			return pid, nil
		}
	}
	// The kernel does not say which step failed. The stand-in takes the same
	// steps and tells, or fails to start for the reasons that fork has.
	attr.Dir, attr.Sys.Credential = "", nil
	pid, err := o.forker.fork(program{standInPath(), standInArgs(c, user), attr, -1})
	if err == syscall.E2BIG {
		attr.Env = []string{}
		pid, err = o.forker.fork(program{standInPath(), standInWords(c, err), attr, -1})
	}
	return pid, err
}

// refusal adds the sentinel that says what was lacking.
func refusal(err error) error {
	switch {
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return fmt.Errorf("%w: %w", ErrTooManyFiles, err)
	case errors.Is(err, syscall.EAGAIN):
		return fmt.Errorf("%w: %w", ErrTooManyProcesses, err)
	}
	return err
}

var _ Starter = (*OS)(nil)
