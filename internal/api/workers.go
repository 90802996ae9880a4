package api

import (
	"context"
	"net/http"
	"time"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// registerWorkers is the table of operations of processes that carry runs out.
func (s *server) registerWorkers() {
	problems := []kind{kindNoScheduler, kindSchedulerDown, kindNotFound}
	addJob(s, operation{
		id: "listWorkers", method: http.MethodGet, path: "/executors/{executor}/workers", role: auth.Viewer, tag: tagWorkers,
		summary: "Who has registered functions", problems: problems,
	}, listWorkers)
	addJob(s, operation{
		id: "joinWorkers", method: http.MethodPost, path: "/executors/{executor}/workers", role: auth.Operator, tag: tagWorkers, status: http.StatusCreated,
		summary: "Register functions of a process", problems: problems,
	}, joinWorkers)
	addJob(s, operation{
		id: "addFunctions", method: http.MethodPost, path: "/executors/{executor}/workers/{worker}/functions", role: auth.Operator, tag: tagWorkers, status: http.StatusNoContent,
		summary: "Register further functions, and take back others", problems: problems,
	}, addFunctions)
	addJob(s, operation{
		id: "exchangeRuns", method: http.MethodPost, path: "/executors/{executor}/workers/{worker}/exchange", role: auth.Operator, tag: tagWorkers,
		summary: "Bring results and get runs",
		about: "With wait the answer comes as soon as there is something to do. A worker that waits is alive. Several requests at a time are good: one waits for runs, " +
			"others bring results. A worker that is not known (any more) has to register again; what it had under way is lost.",
		problems: problems,
	}, exchangeRuns)
	addJob(s, operation{
		id: "leaveWorkers", method: http.MethodDelete, path: "/executors/{executor}/workers/{worker}", role: auth.Operator, tag: tagWorkers, status: http.StatusNoContent,
		summary: "Take leave of a process", about: "Runs that it has are lost: bring their results before.", problems: problems,
	}, leaveWorkers)
}

// ExecutorPath names an executor.
type ExecutorPath struct {
	Executor string `path:"executor" doc:"An executor of type remote." example:"app"`
}

// WorkerPath names a worker of an executor.
type WorkerPath struct {
	ExecutorPath

	Worker string `path:"worker" doc:"Its id."`
}

type workersAnswer struct{ Body api.WorkerList }

func listWorkers(_ context.Context, jobs *service.Jobs, in *ExecutorPath) (*workersAnswer, error) {
	remote, err := jobs.Remote(in.Executor)
	if err != nil {
		return nil, err
	}
	list := api.WorkerList{Items: []api.Worker{}}
	for _, w := range remote.List() {
		list.Items = append(list.Items, api.Worker{
			ID: w.ID, Name: w.Name, Functions: append([]string{}, w.Functions...), Joined: w.Joined.UTC(), Seen: w.Seen.UTC(), Running: w.Running,
		})
	}
	return &workersAnswer{list}, nil
}

type joinWorkersInput struct {
	ExecutorPath

	Body api.WorkerJoin
}

type workerAnswer struct{ Body api.Worker }

func joinWorkers(_ context.Context, jobs *service.Jobs, in *joinWorkersInput) (*workerAnswer, error) {
	remote, err := jobs.Remote(in.Executor)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	id, lease := remote.Join(executor.RemoteJoin{Name: in.Body.Name, Functions: in.Body.Functions})
	return &workerAnswer{api.Worker{
		ID: id, Name: in.Body.Name, Functions: append([]string{}, in.Body.Functions...), Joined: now, Seen: now, Lease: lease.Seconds(),
	}}, nil
}

type addFunctionsInput struct {
	WorkerPath

	Body api.WorkerFunctions
}

func addFunctions(_ context.Context, jobs *service.Jobs, in *addFunctionsInput) (*struct{}, error) {
	remote, err := jobs.Remote(in.Executor)
	if err != nil {
		return nil, err
	}
	return nil, remote.Register(in.Worker, in.Body.Functions, in.Body.Gone)
}

func leaveWorkers(_ context.Context, jobs *service.Jobs, in *WorkerPath) (*struct{}, error) {
	remote, err := jobs.Remote(in.Executor)
	if err != nil {
		return nil, err
	}
	return nil, remote.Leave(in.Worker)
}

type exchangeRunsInput struct {
	WorkerPath

	Body api.WorkerRequest
}

type exchangeRunsAnswer struct{ Body api.WorkerAnswer }

func exchangeRuns(ctx context.Context, jobs *service.Jobs, in *exchangeRunsInput) (*exchangeRunsAnswer, error) {
	remote, err := jobs.Remote(in.Executor)
	if err != nil {
		return nil, err
	}
	request := executor.RemoteRequest{
		Free: in.Body.Free, Wait: time.Duration(in.Body.Wait * float64(time.Second)), After: in.Body.After,
	}
	for _, r := range in.Body.Results {
		request.Results = append(request.Results, executor.RemoteResult(r))
	}
	got, err := remote.Exchange(ctx, in.Worker, request)
	if err != nil {
		return nil, err
	}
	out := api.WorkerAnswer{Serial: got.Serial, Calls: make([]api.WorkerCall, len(got.Calls)), Cancel: append([]int64{}, got.Cancel...), Unknown: append([]int64{}, got.Unknown...)}
	for i, c := range got.Calls {
		out.Calls[i] = callOf(c)
	}
	return &exchangeRunsAnswer{out}, nil
}

func callOf(c executor.RemoteCall) api.WorkerCall {
	r := &c.Task.Run
	keep := r.Work.Policy.KeepResult
	if keep == 0 {
		keep = job.DefaultKeepResult
	}
	return api.WorkerCall{
		Call: c.Call, Func: r.Work.Func, Args: r.Work.Args, Run: r.ID, Job: r.Job, JobStore: c.Task.Store,
		ScheduledAt: r.Slot.UTC(), DueAt: r.Due.UTC(), Attempt: r.Attempt, Token: c.Task.Token, KeepResult: keep,
	}
}
