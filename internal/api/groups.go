package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

const aboutResults = "The answer says of each process that took part what became of it; it is 200 also where some failed."

// registerGroups is the table of operations on groups, and on everything.
func (s *server) registerGroups() {
	add(s, operation{
		id: "listGroups", method: http.MethodGet, path: "/groups", role: auth.Viewer, tag: tagGroups,
		summary: "All groups", about: "Sorted by name.",
	}, s.listGroups)
	add(s, operation{
		id: "getGroup", method: http.MethodGet, path: "/groups/{group}", role: auth.Viewer, tag: tagGroups,
		summary: "One group", problems: []kind{kindNotFound},
	}, s.getGroup)
	add(s, operation{
		id: "addGroup", method: http.MethodPut, path: "/groups/{group}", role: auth.Admin, tag: tagGroups,
		summary:  "Supervise a group of the files that were read last",
		about:    "Its processes are made, and those started that start by themselves. A group that is there stays as it is.",
		problems: []kind{kindNotFound, kindShuttingDown},
	}, s.addGroup)
	add(s, operation{
		id: "removeGroup", method: http.MethodDelete, path: "/groups/{group}", role: auth.Admin, tag: tagGroups,
		summary:  "Forget a group all of whose processes are stopped",
		problems: []kind{kindNotFound, kindStillRunning, kindShuttingDown},
	}, s.removeGroup)
	for _, a := range groupActions() {
		s.registerGroupAction(a)
	}
	signals := append([]kind{kindShuttingDown}, ofBodies()...)
	add(s, operation{
		id: "signalGroup", method: http.MethodPost, path: "/groups/{group}/signal", role: auth.Operator, tag: tagGroups,
		summary: "Send a signal to those processes of a group that run", about: aboutResults,
		problems: append([]kind{kindNotFound}, signals...),
	}, s.signalGroup)
	add(s, operation{
		id: "signalAll", method: http.MethodPost, path: "/processes/signal", role: auth.Operator, tag: tagProcesses,
		summary: "Send a signal to all processes that run", about: aboutResults, problems: signals,
	}, s.signalAll)
}

// groupAction is something that can be done with a group or with all of them.
type groupAction struct {
	verb          string // in the path
	one, all      string // summaries
	about         string
	group         func(s *service.Service, ctx context.Context, name string, wait bool) ([]service.Result, error)
	everything    func(s *service.Service, ctx context.Context, wait bool) ([]service.Result, error)
	idOne, idMany string
}

func groupActions() []groupAction {
	return []groupAction{
		{
			verb: "start", idOne: "startGroup", idMany: "startAll",
			one: "Start those processes of a group that do not run", all: "Start all processes that do not run",
			about: "Those of the lowest priority number begin first, without waiting for one before the next. " + aboutResults,
			group: (*service.Service).StartGroup, everything: (*service.Service).StartAll,
		}, {
			verb: "stop", idOne: "stopGroup", idMany: "stopAll",
			one: "Stop those processes of a group that run", all: "Stop all processes that run", about: aboutResults,
			group: (*service.Service).StopGroup, everything: (*service.Service).StopAll,
		}, {
			verb: "restart", idOne: "restartGroup", idMany: "restartAll",
			one: "Stop all processes of a group, then start them", all: "Stop all processes, then start them",
			about: "The end of the stop is always waited for; wait is about the start. " + aboutResults,
			group: restartGroup, everything: restartAll,
		},
	}
}

// restartGroup and restartAll start what did not run before, too, and do so
// for a client that hung up. What failed to stop is told of first.
func restartGroup(s *service.Service, ctx context.Context, name string, wait bool) ([]service.Result, error) {
	ctx = context.WithoutCancel(ctx)
	stopped, err := s.StopGroup(ctx, name, true)
	if err != nil {
		return nil, err
	}
	started, err := s.StartGroup(ctx, name, wait)
	return append(failures(stopped), started...), err
}

func restartAll(s *service.Service, ctx context.Context, wait bool) ([]service.Result, error) {
	ctx = context.WithoutCancel(ctx)
	stopped, err := s.StopAll(ctx, true)
	if err != nil {
		return nil, err
	}
	started, err := s.StartAll(ctx, wait)
	return append(failures(stopped), started...), err
}

func failures(results []service.Result) []service.Result {
	var failed []service.Result
	for _, r := range results {
		if r.Err != nil && !errors.Is(r.Err, supervise.ErrNotRunning) { // it ended by itself
			failed = append(failed, r)
		}
	}
	return failed
}

// GroupPath names a group.
type GroupPath struct {
	Group string `path:"group" example:"web"`
}

type groupActionInput struct {
	GroupPath
	Wait bool `query:"wait" default:"true" doc:"Answer only when all are done or have failed, however long that takes."`
}

type allActionInput struct {
	Wait bool `query:"wait" default:"true" doc:"Answer only when all are done or have failed, however long that takes."`
}

type resultsAnswer struct{ Body api.Results }

// registerGroupAction adds an action for one group and for all.
func (s *server) registerGroupAction(a groupAction) {
	add(s, operation{
		id: a.idOne, method: http.MethodPost, path: "/groups/{group}/" + a.verb, role: auth.Operator, tag: tagGroups,
		summary: a.one, about: a.about, problems: []kind{kindNotFound, kindShuttingDown},
	}, func(ctx context.Context, in *groupActionInput) (*resultsAnswer, error) {
		return s.results(a.group(s.service, ctx, in.Group, in.Wait))
	})
	add(s, operation{
		id: a.idMany, method: http.MethodPost, path: "/processes/" + a.verb, role: auth.Operator, tag: tagProcesses,
		summary: a.all, about: a.about, problems: []kind{kindShuttingDown},
	}, func(ctx context.Context, in *allActionInput) (*resultsAnswer, error) {
		return s.results(a.everything(s.service, ctx, in.Wait))
	})
}

type signalGroupInput struct {
	GroupPath
	Body api.SignalRequest
}

func (s *server) signalGroup(ctx context.Context, in *signalGroupInput) (*resultsAnswer, error) {
	return s.results(s.service.SignalGroup(ctx, in.Group, in.Body.Signal))
}

type signalAllInput struct{ Body api.SignalRequest }

func (s *server) signalAll(ctx context.Context, in *signalAllInput) (*resultsAnswer, error) {
	return s.results(s.service.SignalAll(ctx, in.Body.Signal))
}

// results says what became of each process.
func (s *server) results(results []service.Result, err error) (*resultsAnswer, error) {
	if err != nil {
		return nil, err
	}
	all := make([]api.Result, len(results))
	for i, r := range results {
		all[i] = api.Result{Process: processID(r.Group, r.Name), Done: r.Err == nil}
		if r.Err != nil {
			all[i].Problem = s.problem("on "+all[i].Process, r.Err)
		}
	}
	return &resultsAnswer{api.Results{Results: all}}, nil
}

type listGroupsOutput struct{ Body api.Groups }

func (s *server) listGroups(_ context.Context, in *Paging) (*listGroupsOutput, error) {
	groups, next := page(s.service.AllGroupInfo(), *in,
		func(g service.GroupInfo) bool { return g.Name > in.After },
		func(g service.GroupInfo) string { return g.Name })
	all := make([]api.Group, len(groups))
	for i := range groups {
		all[i] = groupOf(&groups[i])
	}
	return &listGroupsOutput{api.Groups{Groups: all, Next: next}}, nil
}

type groupAnswer struct{ Body api.Group }

func (s *server) getGroup(_ context.Context, in *GroupPath) (*groupAnswer, error) {
	g, err := s.service.GroupInfo(in.Group)
	if err != nil {
		return nil, err
	}
	return &groupAnswer{groupOf(&g)}, nil
}

func (s *server) addGroup(ctx context.Context, in *GroupPath) (*groupAnswer, error) {
	if err := noJob(in.Group); err != nil {
		return nil, err
	}
	if err := s.service.AddGroup(in.Group); err != nil && !errors.Is(err, supervise.ErrAlreadyAdded) {
		return nil, err
	}
	return s.getGroup(ctx, in)
}

func (s *server) removeGroup(_ context.Context, in *GroupPath) (*struct{}, error) {
	if err := noJob(in.Group); err != nil {
		return nil, err
	}
	return nil, s.service.RemoveGroup(in.Group)
}

// noJob refuses what the service takes for the name of a job among groups.
func noJob(group string) error {
	if strings.HasPrefix(group, "job:") {
		return problemOf(kindNotFound, group+" is no group. Jobs of files come and go with an update of the configuration.")
	}
	return nil
}

func groupOf(g *service.GroupInfo) api.Group {
	kinds := map[supervise.Kind]string{
		supervise.KindGroup: api.KindGroup, supervise.KindFastCGI: api.KindFastCGI, supervise.KindListener: api.KindListener,
	}
	group := api.Group{Name: g.Name, Priority: g.Priority, Kind: kinds[g.Kind], Processes: []string{}, States: map[string]int{}}
	for _, p := range g.Processes {
		group.Processes = append(group.Processes, processID(g.Name, p.Name))
		group.States[p.State.String()]++
	}
	return group
}
