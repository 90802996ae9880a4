package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// handPause is how long after a stop or a removal by hand nothing may have been
// started until that is the end of the daemon: a restart by a client is a stop
// and then a start.
const handPause = 5 * time.Second

// endings decides when the end of programs is the end of the daemon. What the
// supervisor tells it comes from the owners of processes.
type endings struct {
	*instance
	decided atomic.Bool
	failed  atomic.Pointer[supervise.Ending] // the first
	hand    chan struct{}                    // has room for one: something was stopped by hand
}

func (i *instance) newEndings() *endings {
	return &endings{instance: i, hand: make(chan struct{}, 1)}
}

// ended is told of processes that have ended for good: the first one that is to be
// the end of the daemon becomes an ask.
func (e *endings) ended(end supervise.Ending) {
	if !end.Expected && !e.ofListeners(end.Group) {
		e.failed.CompareAndSwap(nil, &end)
	}
	if end.Essential {
		e.decide(verdict{end.Code, fmt.Sprintf("%s:%s has ended (%s), and its exit_on wants that", end.Group, end.Process, end.How)})
		return
	}
	e.decideIfDone()
}

// ofListeners reports whether a group is one of event listeners, which do not
// count where all others are done.
func (e *endings) ofListeners(name string) bool {
	group, there := e.supervisor.Group(name)
	return there && group.Spec().Kind == supervise.KindListener
}

// emptied is told that something was stopped or removed by hand.
func (e *endings) emptied() {
	select {
	case e.hand <- struct{}{}:
	default: // that was told already
	}
}

// watch decides on what is done by hand, until over is closed.
func (e *endings) watch(over <-chan struct{}) {
	var settled <-chan time.Time
	for {
		select {
		case <-e.hand:
			settled = time.After(handPause)
		case <-settled:
			e.decideIfDone()
		case <-over:
			return
		}
	}
}

// decideIfDone ends the daemon if there is nothing left to do, and the
// configuration wants that.
func (e *endings) decideIfDone() {
	if !e.config.Daemon.Flags.ExitWhenAllDone || e.config.Scheduler != nil || !e.supervisor.Done() {
		return
	}
	code := 0
	if first := e.failed.Load(); first != nil {
		code = first.Code
	}
	e.decide(verdict{code, "no program is left, and exit_when_all_done wants that"})
}

func (e *endings) decide(v verdict) {
	if !e.decided.Swap(true) {
		e.asks <- ask{verdict: &v} // has room: it is the only one
	}
}

// verdict is the end of the daemon by the end of programs.
type verdict struct {
	code int
	why  string
}

// conclude ends the daemon as a verdict says, unless it is on its way down
// already.
func (i *instance) conclude(v verdict, end *ending) {
	if end.begun || i.exit() != nil {
		return
	}
	if fixed := i.config.Daemon.ExitCode; fixed >= 0 {
		v.code = fixed
	}
	level := slog.LevelWarn
	if v.code == 0 {
		level = slog.LevelInfo
	}
	i.log.Log(context.Background(), level, fmt.Sprintf("shutting down with exit code %d: %s", v.code, v.why))
	i.code = v.code
}
