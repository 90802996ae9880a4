package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// registerHealth is the table of operations for those who watch the daemon.
func (s *server) registerHealth() {
	add(s, operation{
		id: "live", method: http.MethodGet, path: "/health/live", role: auth.Viewer, tag: tagDaemon,
		summary: "Whether the daemon answers", about: "If this fails, a restart may help.",
	}, s.live)
	add(s, operation{
		id: "ready", method: http.MethodGet, path: "/health/ready", role: auth.Viewer, tag: tagDaemon,
		summary: "Whether the daemon does its work",
		about: "It is 503 when a part is not well: the supervisor while it shuts down, a scheduler that cannot start, a job store that does not answer, a full disk below logs or state. " +
			"Processes that fail are no fault of the daemon; the supervisor's detail counts them.",
	}, s.ready)
	unready := s.huma.OpenAPI().Paths["/health/ready"].Get.Responses
	unready["503"] = &huma.Response{Description: "A part is not well", Content: unready["200"].Content}
}

type healthAnswer struct {
	Status int
	Body   api.Health
}

func (s *server) live(context.Context, *struct{}) (*healthAnswer, error) {
	return &healthAnswer{http.StatusOK, api.Health{Ready: s.service.State() == service.StateRunning, Parts: []api.Part{}}}, nil
}

func (s *server) ready(_ context.Context, _ *struct{}) (*healthAnswer, error) {
	parts := []api.Part{s.supervisorPart()}
	jobs := s.service.Jobs()
	if jobs == nil {
		if err := s.service.NoJobs(); errors.Is(err, service.ErrSchedulerDown) {
			parts = append(parts, api.Part{Name: "scheduler", Detail: err.Error()})
		}
	} else {
		for _, store := range jobs.Stores() {
			parts = append(parts, storePart(store))
		}
	}
	for _, dir := range s.service.Disks() {
		parts = append(parts, diskPart(dir))
	}
	health := api.Health{Ready: true, Parts: parts}
	for _, p := range parts {
		health.Ready = health.Ready && p.OK
	}
	status := http.StatusOK
	if !health.Ready {
		status = http.StatusServiceUnavailable
	}
	return &healthAnswer{status, health}, nil
}

func (s *server) supervisorPart() api.Part {
	states := map[supervise.State]int{}
	all := s.service.AllProcessInfo()
	for i := range all {
		states[all[i].Status.State]++
	}
	state := s.service.State()
	return api.Part{
		Name: "supervisor",
		OK:   state == service.StateRunning,
		Detail: fmt.Sprintf("%v; %d processes, %d of them RUNNING, %d in BACKOFF, %d FATAL", state, len(all),
			states[supervise.Running], states[supervise.Backoff], states[supervise.Fatal]),
	}
}

func storePart(store service.StoreHealth) api.Part {
	part := api.Part{Name: "store:" + store.Name, OK: store.Err == nil}
	if store.Err != nil {
		part.Detail = fmt.Sprintf("away since %s", store.Since.UTC().Format(time.RFC3339))
	}
	return part
}

func diskPart(dir string) api.Part {
	part := api.Part{Name: "disk:" + dir}
	disk, err := proc.DiskOf(dir)
	if err != nil {
		part.Detail = err.Error()
		return part
	}
	part.OK = disk.Free >= service.LeastFree
	part.Detail = fmt.Sprintf("%d MiB free", disk.Free>>20)
	return part
}
