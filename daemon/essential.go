package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// endings returns what the supervisor tells of processes that have ended for
// good: the first one that is to be the end of the daemon becomes an ask.
func (i *instance) endings() func(supervise.Ending) {
	var decided atomic.Bool
	var failed atomic.Pointer[supervise.Ending] // the first
	return func(e supervise.Ending) {
		if !e.Expected {
			failed.CompareAndSwap(nil, &e)
		}
		verdict := verdict{code: e.Code, why: fmt.Sprintf("%s:%s has ended (%s), and its exit_on wants that", e.Group, e.Process, e.How)}
		if !e.Essential {
			if !i.config.Daemon.Flags.ExitWhenAllDone || i.config.Scheduler != nil || !i.supervisor.Done() {
				return
			}
			verdict.code, verdict.why = 0, "no program is left, and exit_when_all_done wants that"
			if first := failed.Load(); first != nil {
				verdict.code = first.Code
			}
		}
		if !decided.Swap(true) {
			i.asks <- ask{verdict: &verdict} // has room: it is the only one
		}
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
	if end.begun {
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
	i.exit()
}
