package jobrun

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/runlog"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// storePatience is how long a run waits to be told when its job succeeded last.
const storePatience = 5 * time.Second

// identity is how a command learns which run it is of. The names are a promise
// to the scripts of users; what a job sets of them itself does not count.
func (e *Executor) identity(ctx context.Context, t job.Task) []supervise.Var {
	vars := []supervise.Var{
		{Name: "JOB_ID", Value: t.Run.Job},
		{Name: "JOB_RUN_ID", Value: t.Run.ID},
		{Name: "JOB_SCHEDULED_AT", Value: stamp(t.Run.Slot)},
		{Name: "JOB_ATTEMPT", Value: strconv.Itoa(t.Run.Attempt)},
		{Name: "JOB_TOKEN", Value: strconv.FormatInt(t.Token, 10)},
	}
	if e.options.LastSuccess == nil {
		return vars
	}
	ctx, cancel := context.WithTimeout(ctx, storePatience)
	defer cancel()
	last, err := e.options.LastSuccess(ctx, t)
	if err != nil {
		// To begin is worth more than to know. The variable is not set then; that
		// nothing succeeded yet is told by an empty one.
		e.options.Log.Warn(fmt.Sprintf("run %s is not told when the job succeeded last: %v", t.Run.ID, err))
		return vars
	}
	return append(vars, supervise.Var{Name: "JOB_PREV_SUCCESS", Value: stamp(last)})
}

// stamp is a time as commands are told it, RFC 3339 in UTC; nothing for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// LastSuccess is an Options.LastSuccess over the histories of the stores, by
// alias.
func LastSuccess(of runlog.Histories) func(context.Context, job.Task) (time.Time, error) {
	return func(ctx context.Context, t job.Task) (time.Time, error) {
		found, err := of(t.Store).Runs(ctx, job.RunFilter{
			Job: t.Run.Job, Kinds: []job.OutcomeKind{job.Succeeded}, Before: t.Run.Slot, Limit: 1,
		})
		if err != nil || len(found) == 0 {
			return time.Time{}, err
		}
		return found[0].Slot, nil
	}
}

// runLogger is the main log for the process of a run: its lines say of which
// job it is, and what is told about every run is only for those who debug.
func runLogger(log *slog.Logger, job string) *slog.Logger {
	return slog.New(&runHandler{log.Handler(), job})
}

type runHandler struct {
	to  slog.Handler
	job string
}

// level demotes what is no trouble, and that a process has exited: what became of
// a run is told by who keeps its history.
func level(l slog.Level, message string) slog.Level {
	if l == slog.LevelInfo || l == slog.LevelWarn && strings.HasPrefix(message, "exited: ") {
		return slog.LevelDebug
	}
	return l
}

// Enabled implements slog.Handler.
func (h *runHandler) Enabled(ctx context.Context, l slog.Level) bool {
	return h.to.Enabled(ctx, level(l, ""))
}

// Handle implements slog.Handler.
func (h *runHandler) Handle(ctx context.Context, r slog.Record) error {
	if r.Level = level(r.Level, r.Message); !h.to.Enabled(ctx, r.Level) {
		return nil
	}
	r.Message = "job " + h.job + ": " + r.Message
	return h.to.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h *runHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &runHandler{h.to.WithAttrs(attrs), h.job}
}

// WithGroup implements slog.Handler.
func (h *runHandler) WithGroup(name string) slog.Handler {
	return &runHandler{h.to.WithGroup(name), h.job}
}
