package daemon

import (
	"context"
	"log/slog"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// emptyInstance has no programs and no servers.
func emptyInstance() *instance {
	bus := event.NewBus()
	return &instance{
		daemon:     &daemon{},
		log:        slog.New(slog.DiscardHandler),
		bus:        bus,
		supervisor: supervise.New(supervise.Options{Starter: proctest.New(), Bus: bus, Log: slog.New(slog.DiscardHandler)}),
		asks:       make(chan ask, 8),
		over:       make(chan struct{}),
	}
}

func TestTheEndIsToldOnce(t *testing.T) {
	i := emptyInstance()
	told := event.NewQueue(8)
	defer i.bus.Subscribe(told, event.SupervisorStateChange)()
	end := &ending{done: make(chan struct{})}
	i.begin(end, nil)
	i.begin(end, nil)
	<-end.done
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if e, _, err := told.Next(t.Context()); err != nil || e.EventType() != event.SupervisorStateChangeStopping {
		t.Errorf("told of %v, %v, want SUPERVISOR_STATE_CHANGE_STOPPING", e, err)
	}
	if e, _, err := told.Next(done); err == nil {
		t.Errorf("told of %v, too", e.EventType())
	}
}

func TestAShutdownAtTheLastMomentOfARestartCounts(t *testing.T) {
	for name, tt := range map[string]struct {
		late []*config.Config // the next ones of asks that come too late
		want bool
	}{
		"nothing":              {nil, false},
		"a shutdown":           {[]*config.Config{nil}, true},
		"a restart":            {[]*config.Config{{}}, false},
		"a restart and an end": {[]*config.Config{{}, nil}, true},
	} {
		t.Run(name, func(t *testing.T) {
			i := emptyInstance()
			for _, next := range tt.late {
				i.ask(next != nil, next)
			}
			if got := i.toShutDown(); got != tt.want {
				t.Errorf("toShutDown = %v, want %v", got, tt.want)
			}
		})
	}
}
