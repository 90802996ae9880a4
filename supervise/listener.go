package supervise

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/pyrepr"
)

// Pool is what a group of KindListener is besides its processes: it hands
// events to them. internal/listener has the one of Supervisor's protocol.
type Pool interface {
	// Listener is the pool's side of the process of that name, which the spec
	// of the group has.
	Listener(process string) Listener
	// Settle waits until the listeners have dealt with all events that there
	// are, there is none that could, or ctx is over.
	Settle(ctx context.Context)
	// Close ends the pool. Its processes are gone for good.
	Close()
}

// Listener is a pool's side of one process. Its methods return soon; but for
// Status they are called in the order in which things happen to one child, those
// that have a pid also late, after another child was introduced.
type Listener interface {
	// Introduce tells of a new child, before anything is read from it.
	Introduce(child ListenerChild)
	// Running tells of each change of state whether it was to RUNNING.
	Running(now bool)
	// Read is called with what the child with the given pid wrote to its
	// standard output. The bytes are borrowed.
	Read(pid int, data []byte)
	// Silent tells that nothing more will be read from the child.
	Silent(pid int)
	// Deaf tells that the child reads its standard input no more.
	Deaf(pid int)
	// Ended tells that the child has ended, and that all it wrote was read.
	Ended()
	// Status is how the child and the pool are doing. It takes no long lock.
	Status() ListenerStatus
}

// ListenerStatus is what there is to know of a listener and its pool.
type ListenerStatus struct {
	State     string // ACKNOWLEDGED, READY, BUSY or UNKNOWN, as Supervisor calls what it waits for
	Offence   string // how the child has broken the protocol; "": it has not
	Waiting   int    // events that the pool keeps
	Discarded int    // events that the pool could not keep, ever
}

// note is what the description of the process is to tell; "" is nothing.
func (l *ListenerStatus) note() string {
	if l.Discarded == 0 {
		return l.Offence
	}
	noun := "events"
	if l.Discarded == 1 {
		noun = "event"
	}
	return join(l.Offence, fmt.Sprintf("%d %s discarded by a full event buffer", l.Discarded, noun))
}

// join puts two notes together.
func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// ListenerChild is a child as its pool sees it. Its methods may be called
// concurrently and do not wait.
type ListenerChild interface {
	PID() int
	// Write queues data for the standard input. ErrStdinClosed.
	Write(data []byte) error
	// Replace ends the child for the given reason, which the description of the
	// process then tells, and counts that as an unexpected exit, so that the
	// process is started again as its program says. If that says never, the
	// child is left alone.
	Replace(reason string)
}

// listenerChild implements ListenerChild.
type listenerChild struct {
	pid    int
	stdin  *stdin
	faults chan string // has room for one
}

func (c *listenerChild) PID() int { return c.pid }

func (c *listenerChild) Write(data []byte) error {
	_, err := c.stdin.add(data)
	return err
}

func (c *listenerChild) Replace(reason string) {
	select {
	case c.faults <- reason:
	default: // it is on its way out already
	}
}

// fault is what is wrong with a child that is of no use as a listener.
type fault struct {
	told   chan string // by the pool; nil: the process is in none
	reason string      // why it is being replaced; "": it is not
	until  alarm       // then SIGKILL
}

// in are the parts of a process that belongs to pool, which may be nil.
func (s *parts) in(pool Pool, program *Program) *parts {
	if pool == nil {
		return s
	}
	own := *s
	own.listener = pool.Listener(program.Name)
	return &own
}

// lastEvents is how long the listeners of a pool may take for what they are
// still to be told when their turn comes to be stopped. They stop last, and the
// events of a shutdown come all at once.
const lastEvents = time.Second

// settle lets those of the groups that are pools deal with their last events.
func settle(ctx context.Context, groups []*Group) {
	ctx, cancel := context.WithTimeout(ctx, lastEvents)
	defer cancel()
	var pools sync.WaitGroup
	for _, g := range groups {
		if g.pool != nil {
			pools.Go(func() { g.pool.Settle(ctx) })
		}
	}
	pools.Wait()
}

func (g *Group) closePool() {
	if g.pool != nil {
		g.pool.Close()
	}
}

// onProtocol is what happens to each chunk of a listener's standard output
// besides being logged.
func (p *Process) onProtocol(s *stream, l Listener) func([]byte) {
	debug := p.parts.Log.Enabled(context.Background(), slog.LevelDebug)
	return func(data []byte) {
		if debug {
			p.logf(slog.LevelDebug, "%s stdout output:\n%s", pyrepr.String(p.program.Name), pyrepr.Bytes(data))
		}
		l.Read(s.pid, data)
	}
}

// introduce makes the child known to the pool, if the process is in one.
func (p *Process) introduce() {
	l := p.parts.listener
	if l == nil {
		return
	}
	pid := p.now.PID
	p.life.fault.told = make(chan string, 1)
	p.life.stdin.broken = func() { l.Deaf(pid) }
	l.Introduce(&listenerChild{pid: pid, stdin: p.life.stdin, faults: p.life.fault.told})
}

// faulted gives the reason why the child is to be replaced.
func (p *Process) faulted() <-chan string {
	if !p.alive() {
		return nil
	}
	return p.life.fault.told
}

// overstayed is ready when a child that is to be replaced has had its time.
func (p *Process) overstayed() <-chan time.Time {
	if !p.alive() {
		return nil
	}
	return p.life.fault.until.C()
}

// isUp reports whether there is a child whose end nobody has asked for.
func (p *Process) isUp() bool { return p.now.State == Starting || p.now.State == Running }

// replace ends a child that is of no use, so that another one is started.
func (p *Process) replace(reason string) {
	if !p.isUp() || p.program.Start.Autorestart == RestartNever || p.closed() {
		return
	}
	p.logf(slog.LevelWarn, "replacing %s (pid %d): %s", p.program.Name, p.now.PID, reason)
	f := &p.life.fault
	f.reason = reason
	f.until.set(p.program.Stop.Wait)
	p.fire(p.send(p.program.Stop.Signal, p.program.Stop.AsGroup))
}

// expel kills a child that is to be replaced and does not go.
func (p *Process) expel() {
	f := &p.life.fault
	f.until.clear()
	if !p.isUp() {
		return // a stop has its own patience
	}
	f.until.set(max(p.program.Stop.Wait, killPatience))
	p.logf(slog.LevelWarn, "killing '%s' (%d) with SIGKILL", p.program.Name, p.now.PID)
	p.fire(p.send(syscall.SIGKILL, p.program.Stop.KillAsGroup))
}

// whyAgain is what a start tells of the child before, which was replaced.
func (p *Process) whyAgain(on input) string {
	if on != due || p.life == nil || p.life.fault.reason == "" {
		return ""
	}
	return "restarted: " + p.life.fault.reason
}
