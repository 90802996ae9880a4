package api

import (
	"context"
	"net/http"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// registerDaemon is the table of operations on the daemon.
func (s *server) registerDaemon() {
	add(s, operation{
		id: "getDaemon", method: http.MethodGet, path: "/daemon", role: auth.Viewer, tag: tagDaemon,
		summary: "How the daemon stands",
	}, s.getDaemon)
	add(s, operation{
		id: "shutdownDaemon", method: http.MethodPost, path: "/daemon/shutdown", role: auth.Admin, tag: tagDaemon, status: http.StatusAccepted,
		summary: "Stop everything and end", about: "The answer comes at once.", problems: []kind{kindShuttingDown},
	}, s.shutdownDaemon)
	add(s, operation{
		id: "getVersion", method: http.MethodGet, path: "/version", role: auth.Viewer, tag: tagDaemon,
		summary: "What answers",
	}, s.getVersion)
}

type daemonAnswer struct{ Body api.Daemon }

func (s *server) getDaemon(context.Context, *struct{}) (*daemonAnswer, error) {
	return &daemonAnswer{api.Daemon{
		Identifier: s.service.Identification(),
		State:      s.service.State().String(),
		PID:        s.service.PID(),
	}}, nil
}

func (s *server) shutdownDaemon(ctx context.Context, _ *struct{}) (*daemonAnswer, error) {
	if err := s.service.Shutdown(); err != nil {
		return nil, err
	}
	return s.getDaemon(ctx, nil)
}

type versionAnswer struct{ Body api.Version }

func (s *server) getVersion(context.Context, *struct{}) (*versionAnswer, error) {
	return &versionAnswer{api.Version{API: "v1", Daemon: service.BuildVersion(), Supervisor: service.Version}}, nil
}
