package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// kind is a row of the table of problems.
type kind int

// The kinds of problems, in the order of the table.
const (
	kindBadRequest kind = iota
	kindForbidden
	kindCrossSite
	kindNotFound
	kindNoRoute
	kindMethod
	kindTooLarge
	kindMediaType
	kindInvalid
	kindBadSignal
	kindNoLog
	kindBeyondLog
	kindAlreadyStarted
	kindNotRunning
	kindNoFile
	kindNotExecutable
	kindSpawn
	kindAbnormal
	kindUnknownState
	kindStdinClosed
	kindStillRunning
	kindChanged
	kindDeclared
	kindExists
	kindBadJob
	kindRunOver
	kindNoScheduler
	kindSchedulerDown
	kindSchedulerEnded
	kindStoreAway
	kindBadConfiguration
	kindShuttingDown
	kindFailed
	kindInternal

	kindCount = iota
)

// problemKind is what the table says of a kind.
type problemKind struct {
	status int
	uri    string
	title  string
	help   string  // for the page
	errs   []error // of the service, which are this kind
}

func (k kind) row() problemKind { return problemKinds()[k] }

// problemKinds is the table: which error is which problem, and its status.
// The documentation page shows it.
func problemKinds() [kindCount]problemKind {
	return [kindCount]problemKind{
		kindBadRequest: {http.StatusBadRequest, api.ProblemBadRequest, "The request cannot be read",
			"The body is missing, or is no JSON.", []error{service.ErrBadArguments}},
		kindForbidden: {http.StatusForbidden, api.ProblemForbidden, "Not permitted",
			"Who asks has a role that is too small. Each operation names the role that it needs.", nil},
		kindCrossSite: {http.StatusForbidden, api.ProblemCrossSite, "Refused: sent by another site",
			"A page of another site made a browser send this. Programs are not affected, as long as they send no Origin or Referer of another host. " +
				"A proxy in between must keep Host or set X-Forwarded-Host.", nil},
		kindNotFound: {http.StatusNotFound, api.ProblemNotFound, "There is nothing of that name",
			"The path is right, but names a process, group, program, job, run, job store, executor or worker that is not there (any more).",
			[]error{service.ErrBadName, supervise.ErrNoProcess, supervise.ErrNoGroup, job.ErrNotFound, schedule.ErrUnknown, executor.ErrRemoteWorker}},
		kindNoRoute: {http.StatusNotFound, api.ProblemNoRoute, "There is nothing at this path",
			"The path is none of this API.", nil},
		kindMethod: {http.StatusMethodNotAllowed, api.ProblemMethod, "Not by this method",
			"The header Allow names the methods that the path has.", nil},
		kindTooLarge: {http.StatusRequestEntityTooLarge, api.ProblemTooLarge, "The body is too large",
			"A body may have a mebibyte.", nil},
		kindMediaType: {http.StatusUnsupportedMediaType, api.ProblemMediaType, "The body must be JSON",
			"Send Content-Type: application/json.", nil},
		kindInvalid: {http.StatusUnprocessableEntity, api.ProblemInvalid, "Something in the request is not valid",
			"The member errors names each place and what is wrong there.", nil},
		kindBadSignal: {http.StatusUnprocessableEntity, api.ProblemBadSignal, "There is no such signal",
			"A signal is a name such as HUP or SIGHUP, or a number.", []error{service.ErrBadSignal}},
		kindNoLog: {http.StatusNotFound, api.ProblemNoLog, "There is no log file",
			"The process has no such log, or its file is gone.", []error{service.ErrNoLog}},
		kindBeyondLog: {http.StatusRequestedRangeNotSatisfiable, api.ProblemBeyondLog, "The offset lies beyond the end of the log",
			"The log was rotated or emptied since the offset was right. Begin again at 0, or at a negative offset.", []error{service.ErrBeyondLog}},
		kindAlreadyStarted: {http.StatusConflict, api.ProblemAlreadyStarted, "It runs already",
			"The process is RUNNING, STARTING or in BACKOFF.", []error{supervise.ErrAlreadyStarted}},
		kindNotRunning: {http.StatusConflict, api.ProblemNotRunning, "It does not run",
			"The process has no child that could be stopped, signalled or written to.", []error{supervise.ErrNotRunning}},
		kindNoFile: {http.StatusConflict, api.ProblemNoFile, "The command is not there",
			"The file that the command names does not exist.", []error{supervise.ErrNoFile}},
		kindNotExecutable: {http.StatusConflict, api.ProblemNotExecutable, "The command cannot be executed",
			"The file that the command names is not executable.", []error{supervise.ErrNotExecutable}},
		kindSpawn: {http.StatusConflict, api.ProblemSpawn, "It could not be started",
			"The process did not come up; spawn_error of the process says why.", []error{supervise.ErrSpawn}},
		kindAbnormal: {http.StatusConflict, api.ProblemAbnormal, "It ended while it was being started",
			"The process ended before startsecs were over, or was stopped meanwhile.", []error{supervise.ErrAbnormal}},
		kindUnknownState: {http.StatusConflict, api.ProblemUnknownState, "Its state is not known",
			"The child could not be killed. An operator has to look.", []error{supervise.ErrUnknownState}},
		kindStdinClosed: {http.StatusConflict, api.ProblemStdinClosed, "It does not read its standard input any more",
			"The process has closed its standard input.", []error{supervise.ErrStdinClosed}},
		kindStillRunning: {http.StatusConflict, api.ProblemStillRunning, "The group still runs",
			"A group can be removed only when all of its processes are stopped.", []error{supervise.ErrStillRunning}},
		kindExists: {http.StatusConflict, api.ProblemExists, "There is something of that name already",
			"Nothing was changed.", []error{supervise.ErrAlreadyAdded, job.ErrExists}},
		kindChanged: {http.StatusPreconditionFailed, api.ProblemChanged, "It has changed meanwhile",
			"The job is not, or no more, the one that If-Match or If-None-Match speaks of. Read it again, and decide anew.", []error{job.ErrChanged}},
		kindDeclared: {http.StatusConflict, api.ProblemDeclared, "It is declared elsewhere",
			"A configuration file, or a program that uses the store itself, declares the job; it can be changed only there.", []error{service.ErrDeclared}},
		kindBadJob: {http.StatusUnprocessableEntity, api.ProblemBadJob, "This is no job",
			"The options of the job are wrong, or its trigger has no next time. The member errors names each.", []error{service.ErrBadJob, schedule.ErrEnded, schedule.ErrRefused}},
		kindRunOver: {http.StatusConflict, api.ProblemRunOver, "The run is over",
			"What is over cannot be ended.", []error{job.ErrFenced}},
		kindNoScheduler: {http.StatusNotFound, api.ProblemNoScheduler, "This daemon has no scheduler",
			"Add a section [job:x] to its configuration and update, or [scheduler] and reload.", []error{service.ErrNoScheduler}},
		kindSchedulerDown: {http.StatusServiceUnavailable, api.ProblemSchedulerDown, "The scheduler cannot start",
			"The detail says why. It is tried again and again; programs are kept up meanwhile.", []error{service.ErrSchedulerDown}},
		kindSchedulerEnded: {http.StatusConflict, api.ProblemSchedulerEnded, "The scheduler does not run",
			"It was shut down. A reload or a start of the daemon brings it back.", []error{schedule.ErrNotRunning}},
		kindStoreAway: {http.StatusServiceUnavailable, api.ProblemStoreAway, "The job store does not answer",
			"GET /scheduler says which store, why and since when. It is tried again and again.", []error{service.ErrStoreAway}},
		kindBadConfiguration: {http.StatusConflict, api.ProblemBadConfiguration, "The configuration has faults",
			"Nothing was changed. The member errors names file and line of each.", []error{service.ErrCannotReread}},
		kindShuttingDown: {http.StatusServiceUnavailable, api.ProblemShuttingDown, "The daemon is about to end",
			"A shutdown or a reload is under way. After a reload the same request can be sent again.",
			[]error{service.ErrShuttingDown, supervise.ErrShutdown}},
		kindFailed: {http.StatusInternalServerError, api.ProblemFailed, "It failed",
			"The system refused what was tried; the detail says what.", []error{supervise.ErrFailed}},
		kindInternal: {http.StatusInternalServerError, api.ProblemInternal, "A fault of the daemon",
			"The daemon's log says more.", nil},
	}
}

// everywhere are the problems that every operation can end in.
func everywhere() []kind { return []kind{kindForbidden, kindCrossSite, kindInvalid} }

func problemOf(k kind, detail string) *api.Problem {
	row := k.row()
	return &api.Problem{Type: row.uri, Title: row.title, Status: row.status, Detail: detail}
}

// problemFor finds err in the table. What is not there is kindInternal with
// no word of err in it, and known is false.
func problemFor(err error) (p *api.Problem, known bool) {
	if p, ok := errors.AsType[*api.Problem](err); ok {
		return p, true
	}
	for k, row := range problemKinds() {
		for _, one := range row.errs {
			if errors.Is(err, one) {
				return explained(problemOf(kind(k), detailOf(kind(k), err)), err), true
			}
		}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return problemOf(kindInternal, "The client did not wait."), true // nobody reads it
	}
	return problemOf(kindInternal, ""), false
}

// detailOf is the text of an error. What a store's driver says may have its
// address in it, and a password in that.
func detailOf(k kind, err error) string {
	if k == kindStoreAway {
		if away, ok := errors.AsType[*service.AwayError](err); ok {
			return "the job store " + away.Store + " is away; the status of the scheduler says why"
		}
		return "a job store is away; the status of the scheduler says which, and why"
	}
	switch {
	case k == kindSchedulerEnded:
		return "the scheduler is not running: it was shut down, and a reload (supervisorctl reload) or a start of the daemon brings it back"
	case errors.Is(err, schedule.ErrUnknown):
		return strings.TrimPrefix(err.Error(), schedule.ErrUnknown.Error()+": ")
	}
	return err.Error()
}

// explained adds the faults of the configuration files, where err has some.
func explained(p *api.Problem, err error) *api.Problem {
	faults, ok := errors.AsType[config.Errors](err)
	if !ok {
		return p
	}
	if errors.Is(err, service.ErrBadJob) {
		p.Detail = "The options are not those of a job."
		for _, f := range faults {
			p.Errors = append(p.Errors, api.FieldError{Location: "body." + cmp.Or(f.Key, specID), Message: faultText(f)})
		}
		return p
	}
	p.Detail = "The configuration files have faults."
	p.Errors = faultsOf(faults)
	return p
}

// faultsOf are the faults of configuration files, each with its place.
func faultsOf(faults config.Errors) []api.FieldError {
	var all []api.FieldError
	for _, f := range faults {
		place := f.File
		if place != "" && f.Line > 0 {
			place = fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		all = append(all, api.FieldError{Location: place, Message: faultText(f)})
	}
	return all
}

// faultText is a fault without the value, where that may be a secret.
func faultText(f *config.Error) string {
	if !slices.Contains([]string{"environment", "password", "token", "url", "serverurl"}, f.Key) {
		return f.Error()
	}
	return fmt.Sprintf("[%s] %s: %s", f.Section, f.Key, cmp.Or(f.Hint, "the value is not right"))
}

// writeProblem answers with a problem where huma is not asked.
func writeProblem(w http.ResponseWriter, p *api.Problem) {
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and numbers only
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n')) // a client that is gone misses nothing
}

// ours makes huma's own errors, which are about the request, problems of the
// table. The values that it quotes are left out: they may be secrets.
func ours(_ huma.Context, _ string, v any) (any, error) {
	theirs, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	k := kindInternal
	for _, one := range []kind{kindBadRequest, kindTooLarge, kindMediaType, kindInvalid} {
		if one.row().status == theirs.Status {
			k = one
		}
	}
	p := problemOf(k, theirs.Detail)
	if k == kindInternal {
		p.Status, p.Detail = theirs.Status, ""
		return p, nil
	}
	for _, e := range theirs.Errors {
		if e != nil {
			p.Errors = append(p.Errors, api.FieldError{Location: e.Location, Message: e.Message})
		}
	}
	return p, nil
}
