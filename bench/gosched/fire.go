package schedbench

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// unset is a time that does not come.
const unset = 1 << 62

// window counts the runs begun in [from, to) and how late they were.
type window struct {
	cells        []cell
	noSkip       bool
	from, to     atomic.Int64 // Unix ns
	early, after atomic.Int64 // runs
}

// cell is what is known of one schedule.
type cell struct {
	mu   sync.Mutex
	late []int64 // ns
}

func newWindow(n, seconds int, noSkip bool) *window {
	w := &window{cells: make([]cell, n), noSkip: noSkip}
	for i := range w.cells {
		w.cells[i].late = make([]int64, 0, seconds+2)
	}
	w.from.Store(unset)
	return w
}

// run takes one firing.
func (w *window) run(id int, due time.Time) {
	now, from := time.Now().UnixNano(), w.from.Load()
	if now < from-int64(20*time.Millisecond) {
		w.early.Add(1)
		return
	}
	if now >= w.to.Load() {
		w.after.Add(1)
		return
	}
	c := &w.cells[id]
	c.mu.Lock()
	defer c.mu.Unlock()
	var late int64
	switch {
	case !due.IsZero():
		late = now - due.UnixNano()
	case w.noSkip:
		late = now - (from + int64(len(c.late))*int64(time.Second))
	case now < from:
		late = now - from
	default:
		late = (now - from) % int64(time.Second)
	}
	c.late = append(c.late, late)
}

// lateness is what all schedules saw, sorted, and how many of them ran at all.
func (w *window) lateness() (all []int64, jobs int) {
	for i := range w.cells {
		c := &w.cells[i]
		c.mu.Lock()
		if len(c.late) > 0 {
			jobs++
		}
		all = append(all, c.late...)
		c.mu.Unlock()
	}
	slices.Sort(all)
	return all, jobs
}

// fire measures schedules that are all due at each whole second.
func fire(d Driver, o options) (figures, error) {
	w := newWindow(o.n, o.seconds, d.NoSkip)
	e, err := d.Open(o.store, w.run)
	if err != nil {
		return nil, err
	}
	lead := time.Duration(3+o.n/2000) * time.Second
	if o.store == "persistent" {
		lead = time.Duration(5+o.n/400) * time.Second
	}
	start := time.Now().Add(lead).Truncate(time.Second).Add(time.Second)
	begin := time.Now()
	for i := range o.n {
		if err := e.Add(i, Spec{Every: time.Second, Start: start, Count: o.seconds}); err != nil {
			return nil, err
		}
	}
	adding := time.Since(begin).Seconds()
	if err := e.Start(); err != nil {
		return nil, err
	}
	if late := time.Until(start).Seconds(); late < 0.2 { // not ready in time: a later due instant
		start = start.Add(time.Duration(int(-late)+2) * time.Second)
	}
	end := start.Add(time.Duration(o.seconds) * time.Second)
	w.to.Store(end.UnixNano())
	w.from.Store(start.UnixNano())
	time.Sleep(time.Until(start.Add(-20 * time.Millisecond)))
	cpu0 := cpu()
	time.Sleep(time.Until(end))
	used, size := cpu()-cpu0, rss()
	all, jobs := w.lateness()
	stopWithin(e, 3*time.Second)
	due := o.n * o.seconds
	return figures{"n": o.n, "due": due, "runs_in_window": len(all), "runs_per_s": float64(len(all)) / float64(o.seconds),
		"not_run": due - len(all), "late_p50_ms": ms(all, .5), "late_p99_ms": ms(all, .99), "late_max_ms": ms(all, 1),
		"cpu_s": used, "jobs_seen": jobs, "early": w.early.Load(), "add_s": adding, "rss_mib": float64(size) / (1 << 20)}, nil
}

// ms is a quantile in milliseconds; -1 of nothing.
func ms(sorted []int64, q float64) float64 {
	if len(sorted) == 0 {
		return -1
	}
	return float64(sorted[int(q*float64(len(sorted)-1))]) / 1e6
}

// stopWithin stops an engine, but waits no longer than d.
func stopWithin(e Engine, d time.Duration) {
	done := make(chan struct{})
	go func() {
		e.Stop()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(d):
	}
}
