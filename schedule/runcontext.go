package schedule

import (
	"context"
	"sync"
	"time"
)

// runContext is the context of an attempt: it ends with a cause (ErrCancelled,
// ErrLease), with its parent, and when the attempt is over. It tells a method of
// the scheduler that its caller is one of the scheduler's own runs.
//
// Most functions of a second neither wait for their context nor hand it on. So a
// context that can be waited for is made when somebody asks for more than a
// value that is known here; that is dear, and all runs share the parent's lock.
type runContext struct {
	s      *Scheduler
	parent context.Context // of all runs of a session; it has no deadline

	mu     sync.Mutex
	made   context.Context // nil: nobody has asked
	cancel context.CancelCauseFunc
	ended  bool
	cause  error
}

type schedulerKey struct{}

// end ends the context with a cause; nil is context.Canceled. What it ended with
// first counts.
func (c *runContext) end(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.ended, c.cause = true, cause
	if c.cancel != nil {
		c.cancel(cause)
	}
}

// whole is the context that can be waited for.
func (c *runContext) whole() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made == nil {
		c.made, c.cancel = context.WithCancelCause(c.parent)
		if c.ended {
			c.cancel(c.cause)
		}
	}
	return c.made
}

// Deadline implements context.Context.
func (c *runContext) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done implements context.Context.
func (c *runContext) Done() <-chan struct{} { return c.whole().Done() }

// Err implements context.Context.
func (c *runContext) Err() error { return c.whole().Err() }

// Value implements context.Context. By a key of its own, package context finds
// what ends the contexts that descend from this one.
func (c *runContext) Value(key any) any {
	if key == (schedulerKey{}) {
		return c.s
	}
	return c.whole().Value(key)
}
