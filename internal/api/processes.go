package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// registerProcesses is the table of operations on processes.
func (s *server) registerProcesses() {
	add(s, operation{
		id: "listProcesses", method: http.MethodGet, path: "/processes", role: auth.Viewer, tag: tagProcesses,
		summary: "All processes",
		about:   "Sorted by group, then name.",
		answer:  reflect.TypeFor[api.Processes](),
	}, s.listProcesses)
	add(s, operation{
		id: "getProcess", method: http.MethodGet, path: "/processes/{process}", role: auth.Viewer, tag: tagProcesses,
		summary: "One process", problems: []kind{kindNotFound},
	}, s.getProcess)
	add(s, operation{
		id: "startProcess", method: http.MethodPost, path: "/processes/{process}/start", role: auth.Operator, tag: tagProcesses,
		summary: "Start a process", about: "The answer is the process afterwards. A client that hangs up ends the waiting, not the start.",
		problems: []kind{kindNotFound, kindAlreadyStarted, kindNoFile, kindNotExecutable, kindSpawn, kindAbnormal, kindShuttingDown},
	}, s.startProcess)
	add(s, operation{
		id: "stopProcess", method: http.MethodPost, path: "/processes/{process}/stop", role: auth.Operator, tag: tagProcesses,
		summary: "Stop a process", about: "It also keeps a process from its automatic restart.",
		problems: []kind{kindNotFound, kindNotRunning, kindShuttingDown},
	}, s.stopProcess)
	add(s, operation{
		id: "restartProcess", method: http.MethodPost, path: "/processes/{process}/restart", role: auth.Operator, tag: tagProcesses,
		summary:  "Stop a process, if it runs, and start it",
		about:    "The end of the stop is always waited for; wait is about the start.",
		problems: []kind{kindNotFound, kindNoFile, kindNotExecutable, kindSpawn, kindAbnormal, kindShuttingDown},
	}, s.restartProcess)
	add(s, operation{
		id: "signalProcess", method: http.MethodPost, path: "/processes/{process}/signal", role: auth.Operator, tag: tagProcesses,
		summary: "Send a signal to a process", about: "It goes to the child alone, not to its process group.",
		problems: append([]kind{kindNotFound, kindBadSignal, kindNotRunning, kindShuttingDown}, ofBodies()...),
	}, s.signalProcess)
	add(s, operation{
		id: "writeStdin", method: http.MethodPost, path: "/processes/{process}/stdin", role: auth.Operator, tag: tagProcesses,
		summary: "Write to the standard input of a process", about: "The text is queued; what the process does with it does not show here.",
		problems: append([]kind{kindNotFound, kindNotRunning, kindStdinClosed, kindShuttingDown}, ofBodies()...),
	}, s.writeStdin)
}

// ofBodies are the problems of operations that read a body.
func ofBodies() []kind { return []kind{kindBadRequest, kindTooLarge, kindMediaType} }

// ProcessPath names a process.
type ProcessPath struct {
	Process string `path:"process" doc:"The id: group:name, or the name alone where both are the same." example:"web:web_00"`
}

// processAction is an operation on a process that can be waited for.
type processAction struct {
	ProcessPath
	Wait bool `query:"wait" default:"true" doc:"Answer only when it is done or has failed, however long that takes."`
}

type processAnswer struct{ Body api.Process }

type listProcessesInput struct {
	Paging
	Group string `query:"group" doc:"Only those of the group."`
	State string `query:"state" enum:"STOPPED,STARTING,RUNNING,BACKOFF,STOPPING,EXITED,FATAL,UNKNOWN" doc:"Only those in the state."`
}

func (s *server) listProcesses(_ context.Context, in *listProcessesInput) (*streamed, error) {
	infos := s.service.AllProcessInfo()
	if in.Group != "" || in.State != "" {
		kept := infos[:0]
		for i := range infos {
			if (in.Group == "" || infos[i].Group == in.Group) && (in.State == "" || infos[i].Status.State.String() == in.State) {
				kept = append(kept, infos[i])
			}
		}
		infos = kept
	}
	after := parseID(in.After)
	infos, next := page(infos, in.Paging,
		func(p service.ProcessInfo) bool {
			return cmp.Or(cmp.Compare(p.Group, after.Group), cmp.Compare(p.Name, after.Process)) > 0
		},
		func(p service.ProcessInfo) string { return processID(p.Group, p.Name) })
	return &streamed{func(ctx huma.Context) {
		buffer, _ := s.buffers.Get().(*[]byte)
		if buffer == nil {
			buffer = new([]byte)
		}
		*buffer = appendProcesses((*buffer)[:0], infos, next)
		ctx.SetHeader("Content-Type", "application/json")
		ctx.SetHeader("Content-Length", strconv.Itoa(len(*buffer)))
		ctx.SetStatus(http.StatusOK)
		_, _ = ctx.BodyWriter().Write(*buffer) // a client that is gone misses nothing
		s.buffers.Put(buffer)
	}}, nil
}

func (s *server) getProcess(_ context.Context, in *ProcessPath) (*processAnswer, error) {
	info, err := s.service.ProcessInfo(in.Process)
	if err != nil {
		return nil, err
	}
	return &processAnswer{processOf(&info)}, nil
}

func (s *server) startProcess(ctx context.Context, in *processAction) (*processAnswer, error) {
	return s.onProcess(ctx, in.ProcessPath, func() error {
		_, err := s.service.Start(ctx, in.Process, in.Wait)
		return err
	})
}

func (s *server) stopProcess(ctx context.Context, in *processAction) (*processAnswer, error) {
	return s.onProcess(ctx, in.ProcessPath, func() error {
		_, err := s.service.Stop(ctx, in.Process, in.Wait)
		return err
	})
}

// restartProcess does its second half for a client that hung up, too.
func (s *server) restartProcess(ctx context.Context, in *processAction) (*processAnswer, error) {
	ctx = context.WithoutCancel(ctx)
	return s.onProcess(ctx, in.ProcessPath, func() error {
		_, err := s.service.Stop(ctx, in.Process, true)
		if err == nil || errors.Is(err, supervise.ErrNotRunning) {
			_, err = s.service.Start(ctx, in.Process, in.Wait)
		}
		return err
	})
}

type signalProcessInput struct {
	ProcessPath
	Body api.SignalRequest
}

func (s *server) signalProcess(ctx context.Context, in *signalProcessInput) (*processAnswer, error) {
	return s.onProcess(ctx, in.ProcessPath, func() error {
		_, err := s.service.Signal(ctx, in.Process, in.Body.Signal)
		return err
	})
}

type writeStdinInput struct {
	ProcessPath
	Body api.StdinRequest
}

func (s *server) writeStdin(ctx context.Context, in *writeStdinInput) (*struct{}, error) {
	return nil, s.service.SendStdin(ctx, in.Process, in.Body.Data)
}

// onProcess does something with one process and answers with how it stands
// then. A name that means a whole group is no process.
func (s *server) onProcess(ctx context.Context, in ProcessPath, do func() error) (*processAnswer, error) {
	if service.ParseNamespec(in.Process).Whole {
		return nil, problemOf(kindNotFound, in.Process+" is no process. Operations on all of a group are below /groups.")
	}
	if err := do(); err != nil {
		return nil, err
	}
	return s.getProcess(ctx, &in)
}

// processID is the id of a process.
func processID(group, name string) string {
	return service.Namespec{Group: group, Process: name}.String()
}

// parseID reads what processID writes, for pages.
func parseID(id string) service.Namespec {
	group, name, ok := strings.Cut(id, ":")
	if !ok {
		name = group
	}
	return service.Namespec{Group: group, Process: name}
}

func processOf(p *service.ProcessInfo) api.Process {
	return api.Process{
		ID:          processID(p.Group, p.Name),
		Group:       p.Group,
		Name:        p.Name,
		State:       p.Status.State.String(),
		Description: p.Description,
		PID:         p.Status.PID,
		StartedAt:   timeOf(p.Status.Start),
		StoppedAt:   timeOf(p.Status.Stop),
		NextStart:   timeOf(p.Status.Next),
		ExitStatus:  p.Status.ExitStatus,
		SpawnError:  p.Status.SpawnErr,
		Tries:       p.Status.Tries,
		Note:        p.Status.Note,
		StdoutLog:   p.StdoutLogfile,
		StderrLog:   p.StderrLogfile,
		Socket:      p.Socket,
		Listener:    listenerOf(p.Status.Listener),
	}
}

func listenerOf(l *supervise.ListenerStatus) *api.Listener {
	if l == nil {
		return nil
	}
	return &api.Listener{State: l.State, Offence: l.Offence, Buffered: l.Waiting, Discarded: l.Discarded}
}

// timeOf is t in UTC, nil for the zero time.
func timeOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
