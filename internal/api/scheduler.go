package api

import (
	"context"
	"net/http"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// registerScheduler is the table of operations on the scheduler.
func (s *server) registerScheduler() {
	addJob(s, operation{
		id: "getScheduler", method: http.MethodGet, path: "/scheduler", role: auth.Viewer, tag: tagScheduler,
		summary: "How the scheduler stands, with its stores and all who share them", problems: []kind{kindNoScheduler, kindSchedulerDown},
	}, getScheduler)
	addJob(s, operation{
		id: "pauseScheduler", method: http.MethodPost, path: "/scheduler/pause", role: auth.Operator, tag: tagScheduler,
		summary: "Let nothing begin on this daemon", about: "What runs goes on. What is due meanwhile is run by others that share the store, or is overdue then.",
		problems: []kind{kindNoScheduler, kindSchedulerDown, kindSchedulerEnded},
	}, pauseScheduler)
	addJob(s, operation{
		id: "resumeScheduler", method: http.MethodPost, path: "/scheduler/resume", role: auth.Operator, tag: tagScheduler,
		summary: "Go on after a pause", problems: []kind{kindNoScheduler, kindSchedulerDown, kindSchedulerEnded},
	}, resumeScheduler)
	addJob(s, operation{
		id: "shutdownScheduler", method: http.MethodPost, path: "/scheduler/shutdown", role: auth.Admin, tag: tagScheduler,
		summary:  "End the scheduler of this daemon",
		about:    "Nothing begins any more. Programs go on, and jobs can be read and changed. A reload or a start of the daemon brings the scheduler back.",
		problems: []kind{kindNoScheduler, kindSchedulerDown, kindSchedulerEnded},
	}, shutdownScheduler)
}

type schedulerAnswer struct{ Body api.Scheduler }

func getScheduler(ctx context.Context, jobs *service.Jobs, _ *struct{}) (*schedulerAnswer, error) {
	i := jobs.Status(ctx)
	out := api.Scheduler{
		State: i.State.String(), Daemon: i.Daemon, Running: i.Running, Next: timeOf(i.Next),
		Stores: []api.JobStore{}, Executors: []api.Executor{}, Nodes: []api.StoreNode{},
	}
	for _, store := range i.Stores {
		out.Stores = append(out.Stores, storeOf(store))
	}
	for _, e := range i.Executors {
		out.Executors = append(out.Executors, api.Executor{
			Name: e.Name, Type: string(e.Type), Workers: e.Limit, Functions: e.Functions, Processes: e.Processes,
		})
	}
	// Stores that do not answer are told of above; the others' nodes come all the same.
	nodes, _ := jobs.Scheduler().Nodes(ctx)
	for _, n := range nodes {
		out.Nodes = append(out.Nodes, api.StoreNode{JobStore: n.Store, Name: n.Name, Here: n.Here, Until: n.Until.UTC(), Running: n.Runs})
	}
	return &schedulerAnswer{out}, nil
}

func storeOf(store service.StoreHealth) api.JobStore {
	out := api.JobStore{
		Name: store.Name, Type: string(store.Type), Place: store.Place(), State: api.StoreOK, Warnings: store.Warnings,
	}
	if store.Err != nil {
		out.State, out.Error, out.Since = api.StoreAway, store.Trouble(), timeOf(store.Since)
	}
	return out
}

func pauseScheduler(ctx context.Context, jobs *service.Jobs, _ *struct{}) (*schedulerAnswer, error) {
	if err := jobs.PauseAll(); err != nil {
		return nil, err
	}
	return getScheduler(ctx, jobs, nil)
}

func resumeScheduler(ctx context.Context, jobs *service.Jobs, _ *struct{}) (*schedulerAnswer, error) {
	if err := jobs.ResumeAll(); err != nil {
		return nil, err
	}
	return getScheduler(ctx, jobs, nil)
}

type shutdownSchedulerInput struct {
	Wait bool `query:"wait" default:"true" doc:"Let the runs under way end; otherwise they are cancelled."`
}

// shutdownScheduler cancels nothing because a client hangs up.
func shutdownScheduler(ctx context.Context, jobs *service.Jobs, in *shutdownSchedulerInput) (*schedulerAnswer, error) {
	patience, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	if !in.Wait {
		cancel()
	}
	err := jobs.Shutdown(patience)
	if err != nil && patience.Err() == nil {
		return nil, err
	}
	return getScheduler(ctx, jobs, nil)
}
