package apscheduler

import (
	"fmt"
	"math"
	"math/big"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/pickle"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// Convert makes a job of what is stored of one.
//
// Its Func is module:function, its Args {"args": [...], "kwargs": {...}}, its
// executor the alias that it had. The next run time is kept, so the schedule goes
// on where it was; a job without one was paused, and is.
func Convert(r Record, o Options) Result {
	c := &conversion{Options: o, record: r, result: Result{ID: r.ID, Zone: time.UTC}}
	if r.State == nil {
		c.refuse("there is a run time, but no job")
		return c.result
	}
	v, err := pickle.Load(r.State, pickle.Limits{})
	if err != nil {
		c.refuse("%v", err)
		return c.result
	}
	state, ok := v.(*pickle.Dict)
	if !ok {
		c.refuse("what is stored is of type %s, not the state of a job", pickle.Kind(v))
		return c.result
	}
	c.state = state
	if c.try(checkVersion(state, 1)) {
		c.run()
	}
	if len(c.result.Reasons) > 0 {
		c.result.Notes = nil
	}
	return c.result
}

// conversion is one Convert. It collects all reasons, not only the first.
type conversion struct {
	Options
	record Record
	state  *pickle.Dict
	next   moment // the next run; zero: paused
	result Result
}

func (c *conversion) refuse(format string, args ...any) {
	c.result.Reasons = append(c.result.Reasons, fmt.Sprintf(format, args...))
}

func (c *conversion) note(format string, args ...any) {
	c.result.Notes = append(c.result.Notes, fmt.Sprintf(format, args...))
}

// try reports whether there is no error, which otherwise is a reason.
func (c *conversion) try(err error) bool {
	if err != nil {
		c.refuse("%v", err)
	}
	return err == nil
}

func (c *conversion) run() {
	j := &c.result.Job
	var err error
	j.ID, err = required[string](c.state, "id")
	if c.try(err) && j.ID != c.record.ID {
		c.refuse("it calls itself %q", j.ID)
	}
	if j.Name, err = required[string](c.state, "name"); c.try(err) && j.Name == j.ID {
		j.Name = ""
	}
	j.Executor, err = required[string](c.state, "executor")
	c.try(err)
	c.function()
	c.policy()
	if c.nextRun() {
		c.trigger()
	}
}

// policy translates what to do about late and overlapping runs.
func (c *conversion) policy() {
	p := &c.result.Job.Policy
	coalesce, err := required[bool](c.state, "coalesce")
	if c.try(err) && !coalesce {
		p.Coalesce = job.All
	}
	instances, err := required[int64](c.state, "max_instances")
	if c.try(err) {
		if instances < 1 || instances > math.MaxInt32 {
			c.refuse("max_instances is %d", instances)
		}
		p.MaxInstances = int(instances)
	}
	grace, limited, err := optional[any](c.state, "misfire_grace_time")
	if !c.try(err) || !limited {
		return
	}
	if p.Grace, err = graceOf(grace); err != nil {
		c.refuse("misfire_grace_time: %v", err)
	}
}

// graceOf is a grace time. People say "as late as may be", 0 here, by a number
// that is large enough.
func graceOf(v any) (time.Duration, error) {
	n, isInt := v.(int64)
	big, isBig := v.(*big.Int)
	switch {
	case isInt && n > maxSeconds, isBig && big.Sign() > 0:
		return 0, nil
	case isInt && n < 1:
		return 0, fmt.Errorf("%d seconds would let no run begin", n)
	}
	return seconds(v)
}

// nextRun keeps the next run time, of which the index of the store is a copy.
func (c *conversion) nextRun() bool {
	m, ok, err := optionalMoment(c.state, "next_run_time")
	if !c.try(err) {
		return false
	}
	s := &c.result.Job.State
	if !ok {
		s.Paused = true
		if !c.record.Due.IsZero() {
			c.note("it is paused, though the store lists it as due %s", c.record.Due.Format(time.RFC3339))
		}
		return true
	}
	c.next = m
	s.Next = job.Micro(m.Time)
	s.Slot = s.Next
	c.result.Zone = m.zone.Location()
	switch apart := m.Sub(c.record.Due).Abs(); {
	case c.record.Due.IsZero():
		c.note("APScheduler would not have run it: the store does not list it as due")
	case apart > time.Millisecond:
		c.note("the store lists it as due %s", c.record.Due.Format(time.RFC3339Nano))
	}
	return true
}
