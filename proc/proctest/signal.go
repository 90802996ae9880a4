package proctest

import (
	"slices"
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

// Signal implements proc.Child.
func (c *Child) Signal(sig syscall.Signal, group bool) error {
	reaction, err := c.receive(sig, group)
	if err != nil {
		return err
	}
	if reaction.Says != "" {
		c.Say(reaction.Says, false)
	}
	if !reaction.Ignore {
		end := proc.Exit{Code: -1, Signal: sig}
		if reaction.Exits {
			end = proc.Exit{Code: reaction.Code}
		}
		c.later(reaction.After, func() { c.End(end) })
	}
	if group {
		c.leave(sig)
	}
	return nil
}

// receive notes a signal and finds out what the child does about it.
func (c *Child) receive(sig syscall.Signal, group bool) (Reaction, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.script.SignalErr != nil {
		return Reaction{}, c.script.SignalErr
	}
	if c.over {
		return Reaction{}, proc.ErrGone
	}
	c.sent = append(c.sent, Sent{sig, group, time.Now()})
	reaction, scripted := c.script.Reactions[sig]
	if scripted && reaction.Ignore && reaction.Times > 0 {
		c.ignored[sig]++
		scripted = c.ignored[sig] <= reaction.Times
	}
	if !scripted {
		reaction = Reaction{Ignore: !endsByDefault(sig)}
	}
	return reaction, nil
}

// Group implements proc.Child.
func (c *Child) Group() []proc.Member {
	c.mu.Lock()
	defer c.mu.Unlock()
	members := slices.Clone(c.left)
	if !c.over {
		members = append([]proc.Member{{PID: c.pid, Name: c.command.Path}}, members...)
	}
	return members
}

// SignalGroup implements proc.Child.
func (c *Child) SignalGroup(sig syscall.Signal) error {
	c.mu.Lock()
	over, empty := c.over, len(c.left) == 0
	if over && !empty {
		c.sent = append(c.sent, Sent{sig, true, time.Now()})
	}
	c.mu.Unlock()
	switch {
	case !over:
		return c.Signal(sig, true)
	case empty:
		return proc.ErrGone
	}
	c.leave(sig)
	return nil
}

// leave is what the rest of the group does about a signal.
func (c *Child) leave(sig syscall.Signal) {
	after := c.script.LeaveAfter
	switch {
	case sig == kill || endsByDefault(sig) && after == 0:
		c.setLeft(nil)
	case endsByDefault(sig) && after > 0:
		time.AfterFunc(after, func() { c.setLeft(nil) })
	}
}

func (c *Child) setLeft(left []proc.Member) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = left
}
