package proctest

import (
	"io"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

// Child is a scripted child, with what a test wants to know about it. All
// methods may be called concurrently.
type Child struct {
	command proc.Command
	script  Script
	pid     int
	began   time.Time
	stdout  *stream
	stderr  *stream // nil when redirected
	stdin   *input  // nil when the command brought its own
	done    chan struct{}

	mu      sync.Mutex
	over    bool
	exit    proc.Exit
	left    []proc.Member
	sent    []Sent
	ignored map[syscall.Signal]int
	timers  []*time.Timer
}

// Sent is a signal that a child was sent.
type Sent struct {
	Signal syscall.Signal
	Group  bool
	At     time.Time
}

// newChild starts to play the script.
func newChild(pid int, command proc.Command, script Script) *Child {
	c := &Child{
		command: command,
		script:  script,
		pid:     pid,
		began:   time.Now(),
		stdout:  newStream(),
		done:    make(chan struct{}),
		left:    slices.Clone(script.Left),
		ignored: make(map[syscall.Signal]int),
	}
	if !command.RedirectStderr {
		c.stderr = newStream()
	}
	if command.Stdin == nil {
		c.stdin = &input{child: c}
	}
	if script.NotSpawned != "" {
		c.Say("supervisor: "+script.NotSpawned+"\nsupervisor: child process was not spawned\n", true)
		c.End(proc.Exit{Code: 127})
		return c
	}
	for _, chunk := range script.Output {
		c.later(chunk.After, func() { c.Say(chunk.Data, chunk.Stderr) })
	}
	if script.Lives > 0 {
		c.later(script.Lives, func() { c.End(c.ownEnd()) })
	}
	return c
}

// ownEnd is how the child ends by itself.
func (c *Child) ownEnd() proc.Exit {
	if c.script.Signal != 0 {
		return proc.Exit{Code: -1, Signal: c.script.Signal, Core: c.script.Core}
	}
	return proc.Exit{Code: c.script.Code}
}

// later does something after d, unless the child has ended by then.
func (c *Child) later(d time.Duration, do func()) {
	if d <= 0 {
		do()
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.over {
		c.timers = append(c.timers, time.AfterFunc(d, do))
	}
}

// Say makes the child write data. Once it has ended nothing is written.
func (c *Child) Say(data string, stderr bool) {
	to := c.stdout
	if stderr && c.stderr != nil {
		to = c.stderr
	}
	to.write(data)
}

// End makes the child end; if it has ended already, nothing happens. A zero
// e.At is now.
func (c *Child) End(e proc.Exit) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return
	}
	if e.At.IsZero() {
		e.At = time.Now()
	}
	c.over, c.exit = true, e
	for _, t := range c.timers {
		t.Stop()
	}
	c.stdout.end()
	if c.stderr != nil {
		c.stderr.end()
	}
	close(c.done)
}

// Command is what the child was started with.
func (c *Child) Command() proc.Command { return c.command }

// Began is when the child was started.
func (c *Child) Began() time.Time { return c.began }

// Sent are the signals that were sent, group and rest included, in order.
func (c *Child) Sent() []Sent {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.sent)
}

// Input is what was written to the child's standard input so far.
func (c *Child) Input() string {
	if c.stdin == nil {
		return ""
	}
	return c.stdin.text()
}

// PID implements proc.Child.
func (c *Child) PID() int { return c.pid }

// Stdin implements proc.Child.
func (c *Child) Stdin() io.WriteCloser {
	if c.stdin == nil {
		return nil
	}
	return c.stdin
}

// Stdout implements proc.Child.
func (c *Child) Stdout() proc.Stream { return c.stdout }

// Stderr implements proc.Child.
func (c *Child) Stderr() proc.Stream {
	if c.stderr == nil {
		return nil
	}
	return c.stderr
}

// Done implements proc.Child.
func (c *Child) Done() <-chan struct{} { return c.done }

// Exit implements proc.Child.
func (c *Child) Exit() proc.Exit {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.exit
}

// Started implements proc.Child: no two children of a Starter share it.
func (c *Child) Started() uint64 { return uint64(c.pid) }
