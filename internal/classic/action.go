package classic

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// action is something that the page can be asked to do. It returns the
// sentence that is then shown.
type action struct {
	Name, Label string
	role        auth.Role
	named       bool // it is about one process
	do          func(h *handler, ctx context.Context, namespec string) string
}

// actions is the table of what there is.
func actions() []action {
	return []action{
		{"refresh", "Refresh", auth.Viewer, false, (*handler).refresh},
		{"restartall", "Restart All", auth.Operator, false, (*handler).restartAll},
		{"stopall", "Stop All", auth.Operator, false, (*handler).stopAll},
		{"start", "Start", auth.Operator, true, (*handler).start},
		{"restart", "Restart", auth.Operator, true, (*handler).restart},
		{"stop", "Stop", auth.Operator, true, (*handler).stop},
		{"clearlog", "Clear Log", auth.Operator, true, (*handler).clear},
	}
}

// offered are the actions of a row, as actions_for_process, and a Stop for what
// is being started, tried again or about to be restarted, where the original
// has a user wait.
func offered(s *supervise.Status) []action {
	names := map[string]bool{"clearlog": true}
	switch s.State {
	case supervise.Running:
		names["restart"], names["stop"] = true, true
	case supervise.Stopped, supervise.Exited, supervise.Fatal:
		names["start"] = true
		names["stop"] = s.State == supervise.Exited && !s.Next.IsZero()
	case supervise.Starting, supervise.Backoff:
		names["stop"] = true
	}
	var found []action
	for _, a := range actions() {
		if names[a.Name] {
			found = append(found, a)
		}
	}
	return found
}

// act does what is asked for and sends the browser to the page with the
// answer: by 303 after a POST, so that it is not posted again, and by the
// original's 301 after a GET.
func (h *handler) act(w http.ResponseWriter, r *http.Request, name string) {
	namespec := value(r, "processname")
	a, ok := find(name, namespec)
	switch {
	case !ok:
		fail(w, http.StatusBadRequest, "There is no such action, or it needs a processname.")
		return
	case !auth.From(r.Context()).May(a.role):
		fail(w, http.StatusForbidden, "You may look, but not do this.")
		return
	case auth.CheckSite(r) != nil:
		fail(w, http.StatusForbidden, "Refused: the request comes from another site. "+
			"Open this page itself and try again. A proxy in between must keep Host or set X-Forwarded-Host.")
		return
	}
	message := "No such process named " + namespec
	if !a.named || h.known(namespec) {
		// Whoever hangs up in the middle of a restart still gets its second half.
		message = a.do(h, context.WithoutCancel(r.Context()), namespec)
	}
	noCache(w.Header())
	status := http.StatusSeeOther
	if r.Method == http.MethodGet {
		status = http.StatusMovedPermanently
	}
	w.Header().Set("Location", "/?message="+quote(message))
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(status)
}

func find(name, namespec string) (action, bool) {
	for _, a := range actions() {
		if a.Name == name {
			return a, !a.named || namespec != ""
		}
	}
	return action{}, false
}

func (h *handler) known(namespec string) bool {
	_, err := h.service.ProcessInfo(namespec)
	return err == nil
}

func (h *handler) refresh(context.Context, string) string { return "Page refreshed at " + now() }

func (h *handler) stopAll(ctx context.Context, _ string) string {
	results, err := h.service.StopAll(ctx, true)
	return outcome("All stopped at "+now(), results, err)
}

func (h *handler) restartAll(ctx context.Context, _ string) string {
	// What did not stop is not started, and found among the results of that.
	if _, err := h.service.StopAll(ctx, true); err != nil {
		return outcome("", nil, err)
	}
	results, err := h.service.StartAll(ctx, true)
	return outcome("All restarted at "+now(), results, err)
}

// outcome is success, or which processes failed. The original calls whatever
// comes of all processes a success.
func outcome(success string, results []service.Result, err error) string {
	if err != nil {
		return failure + reason(err)
	}
	var failed []string
	for _, r := range results {
		if r.Err != nil {
			name := service.Namespec{Group: r.Group, Process: r.Name}.String()
			failed = append(failed, fmt.Sprintf("Process %s: %s", name, reason(r.Err)))
		}
	}
	if len(failed) > 0 {
		return failure + strings.Join(failed, "; ")
	}
	return success
}

// outcomeOf is the same for one process.
func outcomeOf(namespec, success string, err error) string {
	if err != nil {
		return failure + "Process " + namespec + ": " + reason(err)
	}
	return success
}

func (h *handler) start(ctx context.Context, namespec string) string {
	_, err := h.service.Start(ctx, namespec, true)
	return outcomeOf(namespec, "Process "+namespec+" started", err)
}

func (h *handler) stop(ctx context.Context, namespec string) string {
	_, err := h.service.Stop(ctx, namespec, true)
	return outcomeOf(namespec, "Process "+namespec+" stopped", err)
}

// restart does not mind a process that did not run. The original calls every
// restart a success; we tell when the start failed.
func (h *handler) restart(ctx context.Context, namespec string) string {
	_, err := h.service.Stop(ctx, namespec, true)
	if err == nil || errors.Is(err, supervise.ErrNotRunning) {
		_, err = h.service.Start(ctx, namespec, true)
	}
	return outcomeOf(namespec, "Process "+namespec+" restarted", err)
}

func (h *handler) clear(_ context.Context, namespec string) string {
	return outcomeOf(namespec, "Log for "+namespec+" cleared", h.service.ClearLog(namespec))
}

// now is the time as Python's time.ctime.
func now() string { return time.Now().Format(time.ANSIC) }

// failure is how the sentence about a failure begins.
const failure = "ERROR: "

// reason says why something failed: a start in the original's words, the rest
// in such as it might have, where it gives the number of the fault.
func reason(err error) string {
	for _, known := range []struct {
		err  error
		text string
	}{
		{supervise.ErrNoFile, "no such file"},
		{supervise.ErrNotExecutable, "file not executable"},
		{supervise.ErrAlreadyStarted, "already started"},
		{supervise.ErrSpawn, "spawn error"},
		{supervise.ErrAbnormal, "abnormal termination"},
		{supervise.ErrNotRunning, "not running"},
		{service.ErrBadName, "no such process"},
		{service.ErrShuttingDown, "the daemon is shutting down"},
	} {
		if errors.Is(err, known.err) {
			return known.text
		}
	}
	return err.Error()
}
