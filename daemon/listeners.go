package daemon

import (
	"fmt"
	"slices"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/listener"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// pools makes the maker of the pools of event listeners.
func (i *instance) pools() *listener.Pools {
	return listener.New(listener.Options{
		Bus:     i.bus,
		Log:     i.log,
		Server:  i.config.Daemon.Identifier,
		Serials: &i.serials,
	})
}

// addGroups adds the groups of the configuration, which starts their programs.
// Listeners are told of all groups and that the daemon has come up before they
// are told of the first program, as by the original.
func (i *instance) addGroups() {
	isPool := func(g supervise.GroupSpec) bool { return g.Kind == supervise.KindListener }
	if slices.ContainsFunc(i.config.Groups, isPool) {
		defer i.supervisor.Hold()()
	}
	for _, g := range i.config.Groups {
		if err := i.supervisor.Add(g); err != nil {
			i.log.Error(fmt.Sprintf("add group %s: %v", g.Name, err))
		}
	}
	i.bus.Publish(event.SupervisorChanged{})
}
