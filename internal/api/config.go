package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// registerConfig is the table of operations on the configuration.
func (s *server) registerConfig() {
	add(s, operation{
		id: "getConfig", method: http.MethodGet, path: "/config", role: auth.Viewer, tag: tagConfig,
		summary: "What the files declared when they were read last",
	}, s.getConfig)
	add(s, operation{
		id: "checkConfig", method: http.MethodPost, path: "/config/check", role: auth.Admin, tag: tagConfig,
		summary: "Look for faults in the files, and for what an update would do", about: "Nothing is put in force or kept.",
	}, s.checkConfig)
	add(s, operation{
		id: "rereadConfig", method: http.MethodPost, path: "/config/reread", role: auth.Admin, tag: tagConfig,
		summary:  "Read the files anew",
		about:    "The answer is which groups and jobs differ from those in force, which stay as they are until an update, or until a group is removed and added.",
		problems: []kind{kindBadConfiguration, kindShuttingDown},
	}, s.rereadConfig)
	add(s, operation{
		id: "updateConfig", method: http.MethodPost, path: "/config/update", role: auth.Admin, tag: tagConfig,
		summary: "Read the files anew and put what changed in force",
		about: "Groups and jobs that are gone are stopped and forgotten, those that changed started over, new ones added. The answer is what was done, " +
			"once it is.",
		problems: []kind{kindBadConfiguration, kindNotFound, kindShuttingDown, kindBadRequest, kindTooLarge, kindMediaType},
	}, s.updateConfig)
	add(s, operation{
		id: "reloadDaemon", method: http.MethodPost, path: "/config/reload", role: auth.Admin, tag: tagConfig, status: http.StatusAccepted,
		summary:  "Stop everything and start over with the files as they are now",
		about:    "The answer comes at once. With faults in the files nothing stops.",
		problems: []kind{kindBadConfiguration, kindShuttingDown},
	}, s.reloadDaemon)
}

type configAnswer struct{ Body api.Config }

func (s *server) getConfig(context.Context, *struct{}) (*configAnswer, error) {
	c := api.Config{Identifier: s.service.Identification(), Groups: []api.ConfigGroup{}}
	places := map[string]int{}
	for _, info := range s.service.AllConfigInfo() {
		at, ok := places[info.Program.Group]
		if !ok {
			at = len(c.Groups)
			places[info.Program.Group] = at
			c.Groups = append(c.Groups, api.ConfigGroup{Name: info.Program.Group, Priority: info.GroupPriority, InUse: info.InUse})
		}
		_, program, _ := strings.Cut(info.Program.Section, ":")
		if g := &c.Groups[at]; !slices.Contains(g.Programs, program) {
			g.Programs = append(g.Programs, program)
		}
	}
	slices.SortFunc(c.Groups, func(a, b api.ConfigGroup) int { return cmp.Compare(a.Name, b.Name) })
	return &configAnswer{c}, nil
}

type checkAnswer struct{ Body api.ConfigCheck }

func (s *server) checkConfig(context.Context, *struct{}) (*checkAnswer, error) {
	diff, err := diffOf(s.service.Check())
	if errors.Is(err, service.ErrCannotReread) {
		check := api.ConfigCheck{Faults: []api.FieldError{{Message: err.Error()}}}
		if faults, ok := errors.AsType[config.Errors](err); ok {
			check.Faults = faultsOf(faults)
		}
		return &checkAnswer{check}, nil
	}
	if err != nil {
		return nil, err
	}
	return &checkAnswer{api.ConfigCheck{Valid: true, Diff: &diff}}, nil
}

type diffAnswer struct{ Body api.ConfigDiff }

func (s *server) rereadConfig(context.Context, *struct{}) (*diffAnswer, error) {
	diff, err := diffOf(s.service.Reread())
	if err != nil {
		return nil, err
	}
	return &diffAnswer{diff}, nil
}

type updateInput struct {
	Body *api.UpdateRequest
}

func (s *server) updateConfig(ctx context.Context, in *updateInput) (*diffAnswer, error) {
	var only []string
	if in.Body != nil {
		only = in.Body.Groups
	}
	diff, err := diffOf(s.service.Update(ctx, only...))
	if err != nil {
		return nil, err
	}
	return &diffAnswer{diff}, nil
}

func (s *server) reloadDaemon(ctx context.Context, _ *struct{}) (*daemonAnswer, error) {
	if err := s.service.Restart(); err != nil {
		return nil, err
	}
	return s.getDaemon(ctx, nil)
}

func diffOf(added, changed, removed []string, err error) (api.ConfigDiff, error) {
	list := func(names []string) []string { return append([]string{}, names...) }
	return api.ConfigDiff{Added: list(added), Changed: list(changed), Removed: list(removed)}, err
}
