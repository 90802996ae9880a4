package metrics

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// counts are what only events tell: how often something has happened since the
// daemon has started.
type counts struct {
	mu       sync.Mutex
	starts   map[process]float64
	runs     map[outcome]float64
	retries  float64
	troubles map[string]float64 // by store
	bounds   []float64          // upper ends of the buckets of lateness, in seconds
	lateness []float64          // one more, for what is later
	late     float64            // seconds altogether
}

type process struct{ group, name string }

// outcome is how runs of a job ended.
type outcome struct{ job, kind string }

func newCounts() *counts {
	bounds := []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 60, 300}
	return &counts{
		starts: map[process]float64{}, runs: map[outcome]float64{}, troubles: map[string]float64{},
		bounds: bounds, lateness: make([]float64, len(bounds)+1),
	}
}

// subscribe begins to count. named tells whether the runs of a job are counted
// under its name: jobs that come and go over the API would make names without
// end.
func (c *counts) subscribe(bus *event.Bus, named func(job string) bool) {
	bus.Subscribe(&subscription{c, named}, event.ProcessStateStarting, event.ProcessGroupRemoved, event.JobStarted, event.JobExecuted, event.JobError,
		event.JobMissed, event.JobMaxInstances, event.JobLost, event.JobCancelled, event.JobRetried, event.JobStoreTrouble)
}

type subscription struct {
	*counts
	named func(job string) bool
}

// Accept implements event.Subscription.
func (s *subscription) Accept(e event.Event) {
	c := s.counts
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e := e.(type) {
	case supervise.StateChanged:
		c.starts[process{e.Group, e.Process}]++
	case event.GroupChanged:
		maps.DeleteFunc(c.starts, func(p process, _ float64) bool { return p.group == e.Group })
	case schedule.RunStarted:
		c.began(time.Since(e.Slot).Seconds())
	case schedule.Executed:
		s.ended(e.RunEvent, "succeeded", 1)
	case schedule.Errored:
		s.ended(e.RunEvent, "failed", 1)
	case schedule.Cancelled:
		s.ended(e.RunEvent, "cancelled", 1)
	case schedule.Lost:
		s.ended(e.RunEvent, "lost", 1)
	case schedule.Missed:
		s.ended(e.RunEvent, "missed", float64(max(1, e.Skipped.Count)))
	case schedule.LimitReached:
		s.ended(e.RunEvent, "missed", float64(max(1, e.Skipped.Count)))
	case schedule.Retried:
		c.retries++
	case schedule.StoreTrouble:
		c.troubles[e.Alias]++
	}
}

func (s *subscription) ended(e schedule.RunEvent, kind string, n float64) {
	name := e.Job
	if !s.named(name) {
		name = ""
	}
	s.runs[outcome{name, kind}] += n
}

func (c *counts) began(late float64) {
	late = max(late, 0)
	at, _ := slices.BinarySearch(c.bounds, late)
	c.lateness[at]++
	c.late += late
}

// write writes what was counted.
func (c *counts) write(p *page) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p.family("watchkeeper_process_starts_total", counter, "How often the process was started.")
	for _, at := range slices.SortedFunc(maps.Keys(c.starts), compareProcesses) {
		p.sample("watchkeeper_process_starts_total", c.starts[at], label{"group", at.group}, label{"name", at.name})
	}
	if len(c.runs) == 0 && c.late == 0 && len(c.troubles) == 0 {
		return
	}
	p.family("watchkeeper_job_runs_total", counter, "Runs by outcome; job is empty for jobs that no file declares.")
	for _, at := range slices.SortedFunc(maps.Keys(c.runs), compareOutcomes) {
		p.sample("watchkeeper_job_runs_total", c.runs[at], label{"job", at.job}, label{"outcome", at.kind})
	}
	p.only("watchkeeper_job_retries_total", counter, "Attempts that failed and are followed by another.", c.retries)
	const late = "watchkeeper_job_lateness_seconds"
	p.family(late, histogram, "From the scheduled time of a run to its begin, jitter included.")
	sum := 0.0
	for i, bound := range c.bounds {
		sum += c.lateness[i]
		p.sample(late+"_bucket", sum, label{"le", number(bound)})
	}
	sum += c.lateness[len(c.bounds)]
	p.sample(late+"_bucket", sum, label{"le", "+Inf"})
	p.sample(late+"_sum", c.late)
	p.sample(late+"_count", sum)
	p.family("watchkeeper_jobstore_troubles_total", counter, "How often the store has stopped to answer.")
	for _, store := range slices.Sorted(maps.Keys(c.troubles)) {
		p.sample("watchkeeper_jobstore_troubles_total", c.troubles[store], label{"jobstore", store})
	}
}
