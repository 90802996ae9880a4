package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/runlog"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/service/servicetest"
)

const programs = `[supervisord]
logfile=$DIR/main.log
childlogdir=$DIR
[program:web]
command=/bin/cat
process_name=web_%(process_num)02d
numprocs=2
startsecs=0
environment=PASSWORD="secret"
stdout_logfile=$DIR/%(process_num)s.log
stderr_logfile=NONE
[program:idle]
command=/bin/cat
autostart=false
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
[program:slow]
command=/bin/cat
autostart=false
startsecs=60
stdout_logfile=NONE
stderr_logfile=NONE
[program:brief]
command=/bin/false
autostart=false
startretries=0
stdout_logfile=NONE
stderr_logfile=NONE
[program:gone]
command=/nonexistent/command
autostart=false
stdout_logfile=NONE
stderr_logfile=NONE
[program:passwd]
command=/etc/passwd
autostart=false
stdout_logfile=NONE
stderr_logfile=NONE
[program:deaf]
command=/usr/bin/head
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
`

const jobs = `[scheduler]
state_directory=$DIR
timezone=UTC
[executor:app]
type=remote
[job:declared]
trigger=cron
hour=3
command=/bin/true
`

// world is a daemon and its API, in virtual time.
type world struct {
	*servicetest.Daemon
	t       *testing.T
	handler http.Handler
	logged  *strings.Builder // what clients are told nothing about
	runs    *runlog.Logs
	remote  *executor.Remote
	condition
}

// newWorld makes a daemon of a configuration. To be called in a bubble.
func newWorld(t *testing.T, conf string) *world {
	t.Helper()
	return newWorldAs(t, conf, condition{})
}

// condition is what is wrong with the jobs of a world.
type condition struct {
	down error // the scheduler cannot start
	away error // the store does not answer
}

// newWorldAs makes a daemon in which something is wrong.
func newWorldAs(t *testing.T, conf string, c condition) *world {
	t.Helper()
	w := &world{t: t, logged: &strings.Builder{}, condition: c}
	dir := servicetest.Dir(t, conf)
	w.runs = runlog.New(runlog.Options{Dir: filepath.Join(dir, "runs"), Log: slog.New(slog.DiscardHandler)})
	w.Daemon = servicetest.New(t, dir, func(p *service.Parts) { p.StartJobs = w.startJobs })
	if err := w.StartJobs(); !errors.Is(err, c.down) {
		t.Fatal(err)
	}
	w.handler = Handler(w.Service, Options{Log: slog.New(slog.NewTextHandler(w.logged, nil))})
	time.Sleep(time.Second) // what starts has started
	return w
}

// startJobs has an executor for commands and a remote one, app.
func (w *world) startJobs(c *config.Config) (*service.Jobs, error) {
	w.remote = executor.NewRemote(executor.RemoteOptions{})
	return w.NewJobs(w.t, c, servicetest.Jobs{
		Executors: map[string]job.Executor{"default": work{w}, "app": w.remote}, Output: w.runs, Down: w.down, Away: w.away,
		Remote: func(name string) *executor.Remote {
			if name == "app" {
				return w.remote
			}
			return nil
		},
	})
}

// work is an executor: a command "long" lives until it is told to go, all
// others print their name and end.
type work struct{ world *world }

func (e work) Execute(ctx context.Context, t job.Task) (json.RawMessage, error) {
	slice := e.world.runs.Begin(runlog.Run{Store: t.Store, ID: t.Run.ID}, runlog.Outputs{Job: t.Run.Job})
	defer slice.End()
	slice.Write([]byte("run of " + t.Run.Job + "\n"))
	if strings.Contains(t.Run.Work.Func, "long") {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	return json.RawMessage(`{"exit":0,"output":"done"}`), nil
}

// run adds a job with the command, runs it and returns the run's id.
func (w *world) run(command string) string {
	w.t.Helper()
	name := filepath.Base(command)
	w.want(http.StatusCreated, w.ask("POST", "/jobs?on_conflict=keep", `{"id": "`+name+`", "trigger": "cron", "hour": 3, "command": "`+command+`"}`))
	var run api.Run
	w.decode(w.want(http.StatusOK, w.ask("POST", "/jobs/"+name+"/run", "")), &run)
	time.Sleep(time.Second)
	return run.ID
}

// ask is a request of an admin.
func (w *world) ask(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	return w.askAs(auth.Admin, method, path, body, headers...)
}

// askAs is a request; headers are names and values in turn. Streams end after
// a second.
func (w *world) askAs(role auth.Role, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	if !strings.HasPrefix(path, docsPath) {
		path = api.Prefix + path
	}
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	if body != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	ctx := auth.With(w.t.Context(), auth.Identity{Role: role})
	if streams := strings.Contains(path, "follow=true") || strings.HasSuffix(r.URL.Path, "/events"); streams {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Second)
		defer cancel()
	}
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, r.WithContext(ctx))
	return answer
}

func (w *world) want(status int, answer *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	w.t.Helper()
	if answer.Code != status {
		w.t.Fatalf("status %d, want %d: %s", answer.Code, status, answer.Body)
	}
	return answer
}

func (w *world) decode(answer *httptest.ResponseRecorder, into any) {
	w.t.Helper()
	if err := json.Unmarshal(answer.Body.Bytes(), into); err != nil {
		w.t.Fatalf("decode %s: %v", answer.Body, err)
	}
}

// problem is the type of the problem that an answer is; "" if it is none.
func (w *world) problem(answer *httptest.ResponseRecorder) string {
	w.t.Helper()
	if answer.Header().Get("Content-Type") != "application/problem+json" {
		return ""
	}
	var p api.Problem
	w.decode(answer, &p)
	if p.Status != answer.Code {
		w.t.Errorf("the problem says %d, the answer %d", p.Status, answer.Code)
	}
	return p.Type
}

func logTo(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }
