package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/web/lang"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// healthPage is what the page at /health shows.
type healthPage struct {
	// Problems are what is not well, in sentences.
	Problems  []string
	Daemon    daemonRow
	Disks     []diskRow
	Scheduler *schedulerPart // nil: there is none
	Trouble   string         // why it cannot start; "": it runs, or there is none
	Listeners []listenerRow
}

// daemonRow is how the daemon itself stands.
type daemonRow struct {
	Version     string
	PID         int
	State       service.State
	Class       string
	Since       time.Time
	Memory, CPU string // "": not known
	Open, Limit int    // files
	Files       bool   // they are known
}

// diskRow is a directory that the daemon writes to.
type diskRow struct {
	Dir         string
	Class, Word string
	Free, Total string // "": not known
	Used        int    // percent
	Fault       string
}

// listenerRow is a process that events are sent to.
type listenerRow struct {
	Name, Path  string
	Class, Word string
	Offence     string
	Waiting     int
	Dropped     int
}

func (s *Site) health(r *request) (any, error) {
	h := &healthPage{Daemon: s.daemonRow(r.words)}
	if h.Daemon.Class != "good" {
		h.Problems = append(h.Problems, r.words.T("health.ending"))
	}
	for _, dir := range s.Service.Disks() {
		h.addDisk(dir, r.words)
	}
	if js := s.Service.Jobs(); js != nil {
		ctx, cancel := storeContext(r)
		defer cancel()
		h.Scheduler = schedulerPartOf(ctx, js, r.words)
		h.Problems = append(h.Problems, h.Scheduler.problems(r.words)...)
	} else if err := s.Service.NoJobs(); errors.Is(err, service.ErrSchedulerDown) {
		h.Trouble = err.Error()
		h.Problems = append(h.Problems, r.words.T("health.scheduler-down"))
	}
	infos := s.Service.AllProcessInfo()
	for i := range infos {
		if infos[i].Status.Listener != nil {
			h.addListener(&infos[i], r.words)
		}
	}
	return h, nil
}

func (s *Site) daemonRow(w *lang.Words) daemonRow {
	d := daemonRow{Version: service.BuildVersion(), PID: s.Service.PID(), State: s.Service.State(), Class: "good", Since: s.Started}
	if d.State != service.StateRunning {
		d.Class = "busy"
	}
	if u, ok := proc.UsageOf(os.Getpid()); ok {
		d.Memory, d.CPU = w.Bytes(u.Memory), w.Duration(u.CPU)
	}
	d.Open, d.Limit, d.Files = proc.OwnDescriptors()
	return d
}

// nearlyFull is the part of a disk that is used, in percent, from which on the page
// says so.
const nearlyFull = 95

func (h *healthPage) addDisk(dir string, w *lang.Words) {
	row := diskRow{Dir: dir, Class: "good", Word: w.T("health.ok")}
	disk, err := proc.DiskOf(dir)
	if err != nil {
		row.Class, row.Word, row.Fault = "bad", w.T("health.unreadable"), err.Error()
		h.Problems = append(h.Problems, w.T("health.disk-unreadable", dir))
		h.Disks = append(h.Disks, row)
		return
	}
	row.Free, row.Total = w.Bytes(int64(disk.Free)), w.Bytes(int64(disk.Total))
	if disk.Total > 0 {
		row.Used = int(100 - disk.Free*100/disk.Total)
	}
	switch {
	case disk.Free < service.LeastFree:
		row.Class, row.Word = "bad", w.T("health.full")
		h.Problems = append(h.Problems, w.T("health.disk-full", dir))
	case row.Used >= nearlyFull:
		row.Class, row.Word = "busy", w.T("health.nearly-full")
	}
	h.Disks = append(h.Disks, row)
}

func (h *healthPage) addListener(info *service.ProcessInfo, w *lang.Words) {
	l := info.Status.Listener
	name := nameOf(info.Group, info.Name)
	row := listenerRow{Name: name, Path: programPath(name), Offence: l.Offence, Waiting: l.Waiting, Dropped: l.Discarded}
	row.Class, row.Word = classOf(&info.Status, true), w.T("state."+info.Status.State.String())
	if info.Status.State == supervise.Running {
		row.Class, row.Word = listenerClass(l.State), w.T("listener."+l.State)
	}
	if l.Offence != "" {
		row.Class = "bad"
	}
	if row.Class == "bad" {
		h.Problems = append(h.Problems, w.T("health.listener-bad", name))
	}
	h.Listeners = append(h.Listeners, row)
}

// listenerClass says how the state of a listener that runs is shown.
func listenerClass(state string) string {
	switch state {
	case "READY":
		return "good"
	case "BUSY", "ACKNOWLEDGED":
		return "busy"
	}
	return "bad"
}

// schedulerPart is how the scheduler stands, and all that belongs to it.
type schedulerPart struct {
	State     schedule.State
	Class     string
	Running   int
	Next      time.Time
	Stores    []storeRow
	Executors []service.ExecutorInfo
	Workers   []workerRow
	Nodes     []schedule.Node
}

// storeRow is a store of jobs.
type storeRow struct {
	Name, Type, Place string
	Class             string
	Took              time.Duration // 0: it was not asked
	Fault             string        // why it is away
	Since             time.Time     // since when; zero: just now
	Warnings          []string
}

// workerRow is a process that carries out the runs of an executor.
type workerRow struct {
	Executor, Name, ID string
	Functions          []string
	Joined, Seen       time.Time
	Running            int
}

func schedulerPartOf(ctx context.Context, js *service.Jobs, w *lang.Words) *schedulerPart {
	info := js.Status(ctx)
	p := &schedulerPart{State: info.State, Class: "busy", Running: info.Running, Next: info.Next, Executors: info.Executors}
	if info.State == schedule.Running {
		p.Class = "good"
	}
	for i := range info.Stores {
		p.Stores = append(p.Stores, storeRowOf(&info.Stores[i]))
	}
	for _, e := range info.Executors {
		if e.Type == config.RemoteExecutor {
			p.Workers = append(p.Workers, workersOf(js, e.Name)...)
		}
	}
	// Stores that do not answer are told of above; the others' nodes come all the same.
	p.Nodes, _ = js.Scheduler().Nodes(ctx)
	slices.SortStableFunc(p.Nodes, func(a, b schedule.Node) int { return cmp.Compare(a.Store, b.Store) })
	return p
}

func storeRowOf(s *service.StoreHealth) storeRow {
	row := storeRow{Name: s.Name, Type: string(s.Type), Place: s.Place(), Class: "good", Took: s.Took, Since: s.Since, Warnings: s.Warnings}
	if s.Err != nil {
		row.Class, row.Fault = "bad", s.Trouble()
	}
	return row
}

func workersOf(js *service.Jobs, executor string) (rows []workerRow) {
	remote, err := js.Remote(executor)
	if err != nil {
		return nil // its executor is not there any more
	}
	for _, w := range remote.List() {
		rows = append(rows, workerRow{executor, w.Name, w.ID, w.Functions, w.Joined, w.Seen, w.Running})
	}
	return rows
}

// problems are what is not well with the scheduler.
func (p *schedulerPart) problems(w *lang.Words) (all []string) {
	if p.State != schedule.Running {
		all = append(all, w.T(fmt.Sprintf("health.scheduler-%v", p.State)))
	}
	for _, s := range p.Stores {
		if s.Fault != "" {
			all = append(all, w.T("health.store-away", s.Name))
		}
	}
	return all
}

// latency is a short time as it is read.
func latency(d time.Duration) string {
	if d < time.Millisecond {
		return "< 1 ms"
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}
