// Package metrics answers what Prometheus asks: how programs and jobs are.
//
// The text format is written here. Prometheus' own library would have all
// programs of ours start 1.7 ms later, since its packages build tables when they
// are loaded, and only one of them ever answers (docs/dependencies.md).
//
// Beside names of our own the page has those that node_exporter's collector for
// supervisord gives (node_supervisord_*), so that dashboards go on.
package metrics

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// Metrics is the page of one daemon.
type Metrics struct {
	service *service.Service
	counts  *counts
}

// New begins to count what happens on bus, for as long as that is used.
func New(s *service.Service, bus *event.Bus) *Metrics {
	m := &Metrics{service: s, counts: newCounts()}
	m.counts.subscribe(bus, m.named)
	return m
}

// named reports whether a job is one of the files.
func (m *Metrics) named(job string) bool {
	js := m.service.Jobs()
	return js != nil && js.Declared(job)
}

// storeTime bounds what a page asks the stores.
const storeTime = 2 * time.Second

// ServeHTTP implements http.Handler: GET for whoever may see states.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "metrics are read with GET", http.StatusMethodNotAllowed)
		return
	}
	if err := auth.Require(r.Context(), auth.Viewer); err != nil {
		status := http.StatusInternalServerError
		if errors.Is(err, auth.ErrForbidden) {
			status = http.StatusForbidden
		}
		http.Error(w, err.Error(), status)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), storeTime)
	defer cancel()
	text := m.text(ctx)
	w.Header().Set("Content-Type", contentType)
	if r.Method == http.MethodGet {
		// An error means that the client has gone.
		_, _ = io.WriteString(w, text)
	}
}

func (m *Metrics) text(ctx context.Context) string {
	var p page
	p.family("watchkeeper_build_info", gauge, "1, with the version of Supervisor whose behaviour is promised.")
	p.sample("watchkeeper_build_info", 1, label{"supervisor", service.Version})
	m.processes(&p)
	m.counts.write(&p)
	if js := m.service.Jobs(); js != nil {
		jobs(ctx, &p, js)
	}
	return p.b.String()
}

// processes writes how each process is, first under our names.
func (m *Metrics) processes(p *page) {
	infos := m.service.AllProcessInfo()
	each := func(name, kind, help string, value func(service.ProcessInfo) (float64, bool)) {
		p.family(name, kind, help)
		for _, i := range infos {
			if v, ok := value(i); ok {
				p.sample(name, v, label{"group", i.Group}, label{"name", i.Name})
			}
		}
	}
	each("watchkeeper_process_up", gauge, "Whether the process is RUNNING.", up)
	each("watchkeeper_process_state", gauge, "The number of its state, as getProcessInfo has it.", state)
	each("watchkeeper_process_exit_status", gauge, "Its last exit status.", exitStatus)
	each("watchkeeper_process_start_time_seconds", gauge, "When it was started last.", started)
	usage := make(map[int]proc.Usage, len(infos))
	for _, i := range infos {
		if pid := i.Status.PID; pid != 0 {
			if u, ok := proc.UsageOf(pid); ok {
				usage[pid] = u
			}
		}
	}
	if len(usage) > 0 { // only Linux tells
		each("watchkeeper_process_cpu_seconds_total", counter, "CPU time of the process, without that of its children.",
			func(i service.ProcessInfo) (float64, bool) { u, ok := usage[i.Status.PID]; return u.CPU.Seconds(), ok })
		each("watchkeeper_process_resident_memory_bytes", gauge, "Memory of the process, without that of its children.",
			func(i service.ProcessInfo) (float64, bool) {
				u, ok := usage[i.Status.PID]
				return float64(u.Memory), ok
			})
	}
	for _, old := range []struct {
		name, help string
		value      func(service.ProcessInfo) (float64, bool)
	}{
		{"node_supervisord_up", "As watchkeeper_process_up.", up},
		{"node_supervisord_state", "As watchkeeper_process_state.", state},
		{"node_supervisord_exit_status", "As watchkeeper_process_exit_status.", exitStatus},
		{"node_supervisord_start_time_seconds", "As watchkeeper_process_start_time_seconds.", started},
	} {
		each(old.name, gauge, old.help, old.value)
	}
}

func up(i service.ProcessInfo) (float64, bool) {
	return truth(i.Status.State == supervise.Running), true
}

func state(i service.ProcessInfo) (float64, bool) { return float64(i.Status.State), true }

func exitStatus(i service.ProcessInfo) (float64, bool) { return float64(i.Status.ExitStatus), true }

func started(i service.ProcessInfo) (float64, bool) {
	return seconds(i.Status.Start), !i.Status.Start.IsZero()
}

// jobs writes how the scheduler and its stores are.
func jobs(ctx context.Context, p *page, js *service.Jobs) {
	s := js.Status(ctx)
	p.only("watchkeeper_scheduler_state", gauge, "0 stopped, 1 running, 2 paused, 3 stopping.", float64(s.State))
	p.only("watchkeeper_scheduler_runs", gauge, "Runs that this daemon has in hand.", float64(s.Running))
	if !s.Next.IsZero() {
		p.only("watchkeeper_scheduler_next_run_time_seconds", gauge, "When a job is due next.", seconds(s.Next))
	}
	p.family("watchkeeper_jobstore_up", gauge, "Whether the store answers.")
	for _, store := range s.Stores {
		p.sample("watchkeeper_jobstore_up", truth(store.Err == nil), label{"jobstore", store.Name}, label{"type", string(store.Type)})
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

func compareProcesses(a, b process) int {
	return cmp.Or(strings.Compare(a.group, b.group), strings.Compare(a.name, b.name))
}

func compareOutcomes(a, b outcome) int {
	return cmp.Or(strings.Compare(a.job, b.job), strings.Compare(a.kind, b.kind))
}
