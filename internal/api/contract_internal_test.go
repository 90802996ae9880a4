package api

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/httpd"
)

var update = flag.Bool("update", false, "write testdata/openapi.json anew")

// TestDocumentIsTheOneThatWasAgreed: whoever changes the interface sees it in
// the change of this file.
func TestDocumentIsTheOneThatWasAgreed(t *testing.T) {
	const golden = "testdata/openapi.json"
	got, err := indented(newServer(nil, Options{}).huma.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("the document has changed: if that is meant, run the test with -update, and look at the difference")
	}
}

// exchange is one request and what comes of it.
type exchange struct {
	operation string
	path      string // with $DONE and $LIVE for the ids of runs, $WORKER for that of a worker
	body      string
	headers   []string
	before    func(*world)
	lesser    bool   // by somebody whose role is too small
	want      string // the type of the problem; "": success
	status    int    // of success; 0: any
}

// successes has a good request for each operation.
func successes() []exchange {
	const job = `{"trigger": "cron", "hour": 3, "command": "/bin/true"}`
	added := func(w *world) { w.want(http.StatusCreated, w.ask("PUT", "/jobs/own", job)) }
	return []exchange{
		{operation: "listProcesses", path: "/processes?limit=2&group=web&state=RUNNING"},
		{operation: "getProcess", path: "/processes/web:web_00"},
		{operation: "startProcess", path: "/processes/idle/start"},
		{operation: "stopProcess", path: "/processes/web:web_00/stop"},
		{operation: "restartProcess", path: "/processes/web:web_00/restart?wait=false"},
		{operation: "signalProcess", path: "/processes/web:web_00/signal", body: `{"signal": "USR1"}`},
		{operation: "writeStdin", path: "/processes/web:web_00/stdin", body: `{"data": "x"}`},
		{operation: "startAll", path: "/processes/start?wait=false"},
		{operation: "stopAll", path: "/processes/stop"},
		{operation: "restartAll", path: "/processes/restart?wait=false"},
		{operation: "signalAll", path: "/processes/signal", body: `{"signal": "10"}`},
		{operation: "listGroups", path: "/groups?after=idle"},
		{operation: "getGroup", path: "/groups/web"},
		{operation: "addGroup", path: "/groups/web"},
		{operation: "removeGroup", path: "/groups/idle"},
		{operation: "startGroup", path: "/groups/web/start"},
		{operation: "stopGroup", path: "/groups/web/stop"},
		{operation: "restartGroup", path: "/groups/web/restart"},
		{operation: "signalGroup", path: "/groups/web/signal", body: `{"signal": "USR1"}`},
		{operation: "listPrograms", path: "/programs"},
		{operation: "getProgram", path: "/programs/web"},
		{operation: "readLog", path: "/processes/web:web_00/logs/stdout"},
		{operation: "clearLogs", path: "/processes/web:web_00/logs"},
		{operation: "readMainLog", path: "/log?offset=0&limit=10"},
		{operation: "clearMainLog", path: "/log"},
		{operation: "getConfig", path: "/config"},
		{operation: "checkConfig", path: "/config/check"},
		{operation: "rereadConfig", path: "/config/reread"},
		{operation: "updateConfig", path: "/config/update", body: `{"groups": ["web"]}`},
		{operation: "reloadDaemon", path: "/config/reload"},
		{operation: "streamEvents", path: "/events"},
		{operation: "sendEvent", path: "/events", body: `{"kind": "k", "data": "d"}`},
		{operation: "getDaemon", path: "/daemon"},
		{operation: "shutdownDaemon", path: "/daemon/shutdown"},
		{operation: "getVersion", path: "/version"},
		{operation: "live", path: "/health/live"},
		{operation: "ready", path: "/health/ready", status: http.StatusOK},
		{operation: "ready", path: "/health/ready", status: http.StatusServiceUnavailable, before: func(w *world) { _ = w.Shutdown() }},

		{operation: "listJobs", path: "/jobs?limit=1"},
		{operation: "addJob", path: "/jobs", body: job},
		{operation: "getJob", path: "/jobs/declared"},
		{operation: "putJob", path: "/jobs/own", body: job, status: http.StatusCreated},
		{operation: "putJob", path: "/jobs/own", body: job, status: http.StatusOK, before: added},
		{operation: "editJob", path: "/jobs/own", body: `{"hour": 4}`, before: added},
		{operation: "removeJob", path: "/jobs/own", before: added},
		{operation: "runJob", path: "/jobs/declared/run"},
		{operation: "pauseJob", path: "/jobs/declared/pause"},
		{operation: "resumeJob", path: "/jobs/declared/resume"},
		{operation: "previewTrigger", path: "/triggers/preview", body: `{"options": {"trigger": "cron", "hour": 3}}`},
		{operation: "listRuns", path: "/runs?job=declared&phase=done&outcome=succeeded"},
		{operation: "getRun", path: "/runs/$DONE?wait=1"},
		{operation: "readRunLog", path: "/runs/$DONE/log"},
		{operation: "cancelRun", path: "/runs/$LIVE/cancel"},
		{operation: "getScheduler", path: "/scheduler"},
		{operation: "pauseScheduler", path: "/scheduler/pause"},
		{operation: "resumeScheduler", path: "/scheduler/resume", before: func(w *world) { w.want(200, w.ask("POST", "/scheduler/pause", "")) }},
		{operation: "shutdownScheduler", path: "/scheduler/shutdown"},
		{operation: "listWorkers", path: "/executors/app/workers"},
		{operation: "joinWorkers", path: "/executors/app/workers", body: `{"name": "web:1", "functions": ["tasks:f"]}`},
		{operation: "addFunctions", path: "/executors/app/workers/$WORKER/functions", body: `{"functions": ["tasks:g"]}`},
		{operation: "exchangeRuns", path: "/executors/app/workers/$WORKER/exchange", body: `{"free": 1, "wait": 0.5, "results": [{"call": 1, "result": null}]}`},
		{operation: "leaveWorkers", path: "/executors/app/workers/$WORKER"},
	}
}

// failures has the requests that end in a problem of that operation alone;
// those that many have in common are made from successes.
func failingRequests() []exchange {
	const job = `{"trigger": "cron", "hour": 3, "command": "/bin/true"}`
	stopped := func(w *world) { w.want(200, w.ask("POST", "/processes/web:web_00/stop", "")) }
	broken := func(w *world) { w.write("[supervisord\n") }
	added := func(w *world) { w.want(http.StatusCreated, w.ask("PUT", "/jobs/own", job)) }
	ended := func(w *world) { w.want(200, w.ask("POST", "/scheduler/shutdown", "")) }
	return []exchange{
		{operation: "getProcess", path: "/processes/nix", want: api.ProblemNotFound},
		{operation: "startProcess", path: "/processes/nix/start", want: api.ProblemNotFound},
		{operation: "startProcess", path: "/processes/web:*/start", want: api.ProblemNotFound},
		{operation: "startProcess", path: "/processes/web:web_00/start", want: api.ProblemAlreadyStarted},
		{operation: "startProcess", path: "/processes/gone/start", want: api.ProblemNoFile},
		{operation: "startProcess", path: "/processes/passwd/start", want: api.ProblemNotExecutable},
		{operation: "startProcess", path: "/processes/brief/start", want: api.ProblemSpawn},
		{operation: "startProcess", path: "/processes/slow/start", before: stopSlowLater, want: api.ProblemAbnormal},
		{operation: "stopProcess", path: "/processes/nix/stop", want: api.ProblemNotFound},
		{operation: "stopProcess", path: "/processes/web:web_00/stop", before: stopped, want: api.ProblemNotRunning},
		{operation: "restartProcess", path: "/processes/nix/restart", want: api.ProblemNotFound},
		{operation: "restartProcess", path: "/processes/gone/restart", want: api.ProblemNoFile},
		{operation: "restartProcess", path: "/processes/passwd/restart", want: api.ProblemNotExecutable},
		{operation: "restartProcess", path: "/processes/brief/restart", want: api.ProblemSpawn},
		{operation: "restartProcess", path: "/processes/slow/restart", before: stopSlowLater, want: api.ProblemAbnormal},
		{operation: "signalProcess", path: "/processes/nix/signal", body: `{"signal": "HUP"}`, want: api.ProblemNotFound},
		{operation: "signalProcess", path: "/processes/web:web_00/signal", body: `{"signal": "NIX"}`, want: api.ProblemBadSignal},
		{operation: "signalProcess", path: "/processes/idle/signal", body: `{"signal": "HUP"}`, want: api.ProblemNotRunning},
		{operation: "writeStdin", path: "/processes/nix/stdin", body: `{"data": "x"}`, want: api.ProblemNotFound},
		{operation: "writeStdin", path: "/processes/idle/stdin", body: `{"data": "x"}`, want: api.ProblemNotRunning},
		{operation: "writeStdin", path: "/processes/deaf/stdin", body: `{"data": "x"}`, want: api.ProblemStdinClosed, before: func(w *world) {
			w.want(http.StatusNoContent, w.ask("POST", "/processes/deaf/stdin", `{"data": "x"}`))
		}},
		{operation: "getGroup", path: "/groups/nix", want: api.ProblemNotFound},
		{operation: "addGroup", path: "/groups/nix", want: api.ProblemNotFound},
		{operation: "addGroup", path: "/groups/job:declared", want: api.ProblemNotFound},
		{operation: "removeGroup", path: "/groups/nix", want: api.ProblemNotFound},
		{operation: "removeGroup", path: "/groups/web", want: api.ProblemStillRunning},
		{operation: "startGroup", path: "/groups/nix/start", want: api.ProblemNotFound},
		{operation: "stopGroup", path: "/groups/nix/stop", want: api.ProblemNotFound},
		{operation: "restartGroup", path: "/groups/nix/restart", want: api.ProblemNotFound},
		{operation: "signalGroup", path: "/groups/nix/signal", body: `{"signal": "HUP"}`, want: api.ProblemNotFound},
		{operation: "getProgram", path: "/programs/nix", want: api.ProblemNotFound},
		{operation: "readLog", path: "/processes/nix/logs/stdout", want: api.ProblemNotFound},
		{operation: "readLog", path: "/processes/web:web_00/logs/stderr", want: api.ProblemNoLog},
		{operation: "readLog", path: "/processes/web:web_00/logs/stdout?offset=1", want: api.ProblemBeyondLog},
		{operation: "clearLogs", path: "/processes/nix/logs", want: api.ProblemNotFound},
		{operation: "readMainLog", path: "/log", before: func(w *world) { w.remove("main.log") }, want: api.ProblemNoLog},
		{operation: "readMainLog", path: "/log?follow=true&offset=99999999", want: api.ProblemBeyondLog},
		{operation: "clearMainLog", path: "/log", before: func(w *world) { w.remove("main.log") }, want: api.ProblemNoLog},
		{operation: "rereadConfig", path: "/config/reread", before: broken, want: api.ProblemBadConfiguration},
		{operation: "updateConfig", path: "/config/update", before: broken, want: api.ProblemBadConfiguration},
		{operation: "updateConfig", path: "/config/update", body: `{"groups": ["nix"]}`, want: api.ProblemNotFound},
		{operation: "reloadDaemon", path: "/config/reload", before: broken, want: api.ProblemBadConfiguration},

		{operation: "listJobs", path: "/jobs?jobstore=nix", want: api.ProblemNotFound},
		{operation: "addJob", path: "/jobs", body: `{"id": "own", "trigger": "cron", "command": "x"}`, before: added, want: api.ProblemExists},
		{operation: "addJob", path: "/jobs?on_conflict=replace", body: `{"id": "declared", "trigger": "cron", "command": "x"}`, want: api.ProblemDeclared},
		{operation: "addJob", path: "/jobs?jobstore=nix", body: job, want: api.ProblemBadJob},
		{operation: "addJob", path: "/jobs", body: `{"trigger": "cron", "hour": 99, "command": "x"}`, want: api.ProblemBadJob},
		{operation: "getJob", path: "/jobs/nix", want: api.ProblemNotFound},
		{operation: "putJob", path: "/jobs/declared", body: job, want: api.ProblemDeclared},
		{operation: "putJob", path: "/jobs/own", body: job, before: added, headers: []string{"If-Match", `"99"`}, want: api.ProblemChanged},
		{operation: "putJob", path: "/jobs/nix", body: job, headers: []string{"If-Match", `*`}, want: api.ProblemChanged},
		{operation: "putJob", path: "/jobs/own", body: job, before: added, headers: []string{"If-None-Match", `*`}, want: api.ProblemChanged},
		{operation: "putJob", path: "/jobs/nix", body: job, headers: []string{"If-Match", `"7"`}, want: api.ProblemChanged},
		{operation: "putJob", path: "/jobs/own", body: `{"trigger": "nix", "command": "x"}`, want: api.ProblemBadJob},
		{operation: "editJob", path: "/jobs/nix", body: `{"hour": 4}`, want: api.ProblemNotFound},
		{operation: "editJob", path: "/jobs/declared", body: `{"hour": 4}`, want: api.ProblemDeclared},
		{operation: "editJob", path: "/jobs/own", body: `{"hour": 4}`, before: added, headers: []string{"If-Match", `"99"`}, want: api.ProblemChanged},
		{operation: "editJob", path: "/jobs/own", body: `{"hour": 99}`, before: added, want: api.ProblemBadJob},
		{operation: "removeJob", path: "/jobs/nix", want: api.ProblemNotFound},
		{operation: "removeJob", path: "/jobs/declared", want: api.ProblemDeclared},
		{operation: "removeJob", path: "/jobs/own", before: added, headers: []string{"If-Match", `"99"`}, want: api.ProblemChanged},
		{operation: "runJob", path: "/jobs/nix/run", want: api.ProblemNotFound},
		{operation: "pauseJob", path: "/jobs/nix/pause", want: api.ProblemNotFound},
		{operation: "resumeJob", path: "/jobs/nix/resume", want: api.ProblemNotFound},
		{operation: "previewTrigger", path: "/triggers/preview", body: `{"options": {"trigger": "cron", "hour": 99}}`, want: api.ProblemBadJob},
		{operation: "listRuns", path: "/runs?jobstore=nix", want: api.ProblemNotFound},
		{operation: "listRuns", path: "/runs?after=nix", want: api.ProblemInvalid},
		{operation: "getRun", path: "/runs/nix", want: api.ProblemNotFound},
		{operation: "readRunLog", path: "/runs/nix/log", want: api.ProblemNotFound},
		{operation: "readRunLog", path: "/runs/$DONE/log", before: func(w *world) { w.remove("runs") }, want: api.ProblemNoLog},
		{operation: "readRunLog", path: "/runs/$DONE/log?offset=999", want: api.ProblemBeyondLog},
		{operation: "cancelRun", path: "/runs/nix/cancel", want: api.ProblemNotFound},
		{operation: "cancelRun", path: "/runs/$DONE/cancel", want: api.ProblemRunOver},
		{operation: "listWorkers", path: "/executors/default/workers", want: api.ProblemNotFound},
		{operation: "joinWorkers", path: "/executors/nix/workers", body: `{"name": "web:1", "functions": ["tasks:f"]}`, want: api.ProblemNotFound},
		{operation: "addFunctions", path: "/executors/app/workers/nix/functions", body: `{"functions": ["tasks:g"]}`, want: api.ProblemNotFound},
		{operation: "exchangeRuns", path: "/executors/app/workers/nix/exchange", body: `{}`, want: api.ProblemNotFound},
		{operation: "leaveWorkers", path: "/executors/app/workers/nix", want: api.ProblemNotFound},
		{operation: "pauseScheduler", path: "/scheduler/pause", before: ended, want: api.ProblemSchedulerEnded},
		{operation: "resumeScheduler", path: "/scheduler/resume", before: ended, want: api.ProblemSchedulerEnded},
		{operation: "shutdownScheduler", path: "/scheduler/shutdown", before: ended, want: api.ProblemSchedulerEnded},
	}
}

// stopSlowLater stops what is being started a second later.
func stopSlowLater(w *world) {
	time.AfterFunc(time.Second, func() { _, _ = w.Stop(w.t.Context(), "slow", false) })
}

func (w *world) write(conf string) {
	w.t.Helper()
	if err := os.WriteFile(w.Dir+"/supervisord.conf", []byte(strings.ReplaceAll(conf, "$DIR", w.Dir)), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) remove(name string) {
	w.t.Helper()
	if err := os.RemoveAll(w.Dir + "/" + name); err != nil {
		w.t.Fatal(err)
	}
}

// contract is the document, and which of its promises were seen to be kept.
type contract struct {
	*server
	byID map[string]documented
	seen map[string]bool // "operation status" and "operation problem"
}

// documented is an operation of the document.
type documented struct {
	method string
	op     *huma.Operation
	role   auth.Role
}

func newContract() *contract {
	c := &contract{server: newServer(nil, Options{}), byID: map[string]documented{}, seen: map[string]bool{}}
	for _, o := range c.operations {
		c.byID[o.id] = documented{o.method, operationIn(c.huma.OpenAPI(), o), o.role}
	}
	return c
}

// types are the problems that the document names for an operation.
func (d documented) types() []string {
	var all []string
	for _, response := range d.op.Responses {
		types, _ := response.Extensions[problemTypes].([]string)
		all = append(all, types...)
	}
	return all
}

// TestContract: every operation of the document is called, each of its answers
// is what the document says, and each error that it names is provoked.
func TestContract(t *testing.T) {
	c := newContract()
	good := map[string]exchange{}
	for _, e := range successes() {
		good[e.operation] = e
		t.Run(fmt.Sprintf("%s succeeds %d", e.operation, e.status), func(t *testing.T) { c.playAlone(t, e) })
	}
	for _, e := range failingRequests() {
		t.Run(name(e), func(t *testing.T) { c.playAlone(t, e) })
	}
	for _, same := range commonFailures() {
		t.Run("all "+same.title, func(t *testing.T) { c.playTogether(t, same, good) })
	}
	for id, d := range c.byID {
		if _, ok := good[id]; !ok {
			t.Errorf("%s is never called", id)
		}
		for status := range d.op.Responses {
			if n, err := strconv.Atoi(status); err == nil && n < 400 && !c.seen[id+" "+status] {
				t.Errorf("%s never answers %s", id, status)
			}
		}
		for _, p := range d.types() {
			if !c.seen[id+" "+p] {
				t.Errorf("%s is never refused with %s", id, p)
			}
		}
	}
}

func name(e exchange) string {
	return e.operation + " " + strings.TrimPrefix(e.want, docsPath+"#problem-") + " " + strings.Join(e.headers, "")
}

// commonFailure makes of a good request one that fails for a reason that many
// operations share, in a world where that is so.
type commonFailure struct {
	title, want string
	world       func(*testing.T) *world
	change      func(*exchange)
}

func commonFailures() []commonFailure {
	usual := func(t *testing.T) *world { return newWorld(t, programs+jobs) }
	withHeader := func(name, value string) func(*exchange) {
		return func(e *exchange) { e.headers = []string{name, value} }
	}
	return []commonFailure{
		{"without credentials", api.ProblemBlank, func(t *testing.T) *world {
			w := newWorld(t, programs+jobs)
			w.handler = httpd.NewServer(httpd.Address{Username: "u", Password: "p"},
				[]httpd.Route{{Prefix: api.Prefix, Handler: w.handler, Modern: true}}, slog.New(slog.DiscardHandler))
			return w
		}, func(*exchange) {}},
		{"by somebody with too small a role", api.ProblemForbidden, usual, func(e *exchange) { e.lesser = true }},
		{"from another site", api.ProblemCrossSite, usual, withHeader("Sec-Fetch-Site", "cross-site")},
		{"with an unknown parameter", api.ProblemInvalid, usual, func(e *exchange) {
			e.path, _, _ = strings.Cut(e.path, "?")
			e.path += "?nonsense=1"
		}},
		{"with half a body", api.ProblemBadRequest, usual, func(e *exchange) { e.body = "{" }},
		{"with a body that is too large", api.ProblemTooLarge, usual, func(e *exchange) {
			e.body = `{"x": "` + strings.Repeat("x", maxBody) + `"}`
		}},
		{"with a body that is no JSON", api.ProblemMediaType, usual, withHeader("Content-Type", "text/plain")},
		{"without a scheduler", api.ProblemNoScheduler, func(t *testing.T) *world { return newWorld(t, programs) }, func(*exchange) {}},
		{"while the scheduler cannot start", api.ProblemSchedulerDown, func(t *testing.T) *world {
			return newWorldAs(t, programs+jobs, condition{down: errors.New("no state directory")})
		}, func(*exchange) {}},
		{"while the store is away", api.ProblemStoreAway, func(t *testing.T) *world {
			return newWorldAs(t, programs+jobs, condition{away: errors.New("dial tcp: refused, password hunter2")})
		}, func(e *exchange) {
			if e.operation == "listJobs" || e.operation == "listRuns" {
				e.path, _, _ = strings.Cut(e.path, "?")
				e.path += "?jobstore=default"
			}
		}},
		{"during a shutdown", api.ProblemShuttingDown, func(t *testing.T) *world {
			w := newWorld(t, programs+jobs)
			if err := w.Shutdown(); err != nil {
				t.Fatal(err)
			}
			return w
		}, func(*exchange) {}},
	}
}

// playTogether plays the requests of all operations that can fail so.
func (c *contract) playTogether(t *testing.T, f commonFailure, good map[string]exchange) {
	synctest.Test(t, func(t *testing.T) {
		w := f.world(t)
		for id, d := range c.byID {
			if !slices.Contains(d.types(), f.want) {
				continue
			}
			e := good[id]
			e.want, e.status = f.want, 0
			f.change(&e)
			c.play(t, w, e)
		}
	})
}

// playAlone makes a request in a world of its own.
func (c *contract) playAlone(t *testing.T, e exchange) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, programs+jobs)
		if strings.Contains(e.path, "$WORKER") {
			id, _ := w.remote.Join(executor.RemoteJoin{Name: "web:1", Functions: []string{"tasks:f"}})
			e.path = strings.ReplaceAll(e.path, "$WORKER", id)
		}
		if strings.Contains(e.path, "$DONE") {
			e.path = strings.ReplaceAll(e.path, "$DONE", w.run("/bin/short"))
		}
		if strings.Contains(e.path, "$LIVE") {
			e.path = strings.ReplaceAll(e.path, "$LIVE", w.run("/bin/long"))
		}
		if e.before != nil {
			e.before(w)
		}
		c.play(t, w, e)
	})
}

// play makes a request and checks the answer.
func (c *contract) play(t *testing.T, w *world, e exchange) {
	t.Helper()
	d, ok := c.byID[e.operation]
	if !ok {
		t.Fatalf("the document has no operation %s", e.operation)
	}
	role := auth.Admin
	if e.lesser {
		role = d.role - 1
	}
	answer := w.askAs(role, d.method, e.path, e.body, e.headers...)
	if e.status != 0 && answer.Code != e.status {
		t.Errorf("%s: status %d, want %d", e.operation, answer.Code, e.status)
	}
	if got := w.problem(answer); got != e.want {
		t.Errorf("%s %s: %d %s, want %q", d.method, e.path, answer.Code, answer.Body, e.want)
		return
	}
	if strings.Contains(answer.Body.String(), "hunter2") {
		t.Errorf("%s: the answer has a secret: %s", e.operation, answer.Body)
	}
	if w.logged.Len() > 0 {
		t.Errorf("%s: an error that no client was told: %s", e.operation, w.logged)
	}
	c.check(t, e, d.op, answer)
}

// check holds an answer against the document.
func (c *contract) check(t *testing.T, e exchange, op *huma.Operation, answer *httptest.ResponseRecorder) {
	t.Helper()
	status := strconv.Itoa(answer.Code)
	c.seen[e.operation+" "+status], c.seen[e.operation+" "+e.want] = true, true
	response := op.Responses[status]
	if response == nil {
		t.Errorf("the document knows no answer %s of %s, but %v", status, e.operation, slices.Sorted(maps.Keys(op.Responses)))
		return
	}
	if types, _ := response.Extensions[problemTypes].([]string); e.want != "" && !slices.Contains(types, e.want) {
		t.Errorf("the document does not name %s of %s", e.want, e.operation)
	}
	if len(response.Content) == 0 {
		if answer.Body.Len() > 0 {
			t.Errorf("a body where the document has none: %s", answer.Body)
		}
		return
	}
	content := response.Content[answer.Header().Get("Content-Type")]
	if content == nil {
		t.Fatalf("the document knows no %s of %s", answer.Header().Get("Content-Type"), e.operation)
	}
	for header := range response.Headers {
		if answer.Header().Get(header) == "" && !strings.Contains(response.Headers[header].Description, "Not with follow") {
			t.Errorf("no header %s", header)
		}
	}
	if !strings.HasSuffix(answer.Header().Get("Content-Type"), "json") {
		return
	}
	var value any
	if err := json.Unmarshal(answer.Body.Bytes(), &value); err != nil {
		t.Fatalf("%s is no JSON: %v", answer.Body, err)
	}
	result := &huma.ValidateResult{}
	huma.Validate(c.huma.OpenAPI().Components.Schemas, content.Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, value, result)
	for _, err := range result.Errors {
		t.Errorf("%s: %v", e.operation, err)
	}
}
