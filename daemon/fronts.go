package daemon

import (
	"github.com/watchkeeper-go/watchkeeper/internal/history"
	"github.com/watchkeeper-go/watchkeeper/internal/metrics"
	"github.com/watchkeeper-go/watchkeeper/internal/usage"
	"github.com/watchkeeper-go/watchkeeper/internal/web"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

// fronts are what answers over HTTP and keeps something between two requests.
type fronts struct {
	metrics *metrics.Metrics
	history *history.Log
	events  *history.Events
	usage   *usage.Sampler
	site    *web.Site
}

// newFronts makes them over the service. They listen from here on, so the
// programs are started afterwards.
func (i *instance) newFronts() *fronts {
	f := &fronts{
		metrics: metrics.New(i.service, i.bus),
		history: history.New(i.bus),
		events:  history.NewEvents(i.bus),
		usage:   usage.New(i.pids, proc.UsageOf),
	}
	f.site = web.New(web.Options{Service: i.service, History: f.history, Events: f.events, Usage: f.usage, Log: i.log, Started: i.started})
	return f
}

// pids are those of all children that live.
func (i *instance) pids() []int {
	var pids []int
	for _, info := range i.service.AllProcessInfo() {
		if info.Status.PID != 0 {
			pids = append(pids, info.Status.PID)
		}
	}
	return pids
}

// close ends what they do by themselves, once the servers and the processes are
// no more.
func (f *fronts) close() {
	f.site.Close()
	f.usage.Close()
	f.history.Close()
	f.events.Close()
}
