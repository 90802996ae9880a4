package service

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

// SchedulerInfo is how the scheduler of this daemon stands.
type SchedulerInfo struct {
	State     schedule.State
	Daemon    string
	Stores    []StoreHealth
	Executors []ExecutorInfo
	Running   int       // runs that it has in hand
	Next      time.Time // of all jobs of all stores; zero: none
}

// ExecutorInfo is an executor, and how many runs it carries out at a time.
type ExecutorInfo struct {
	Name  string
	Type  config.ExecutorType
	Limit int // 0: any number
	// Functions are those that processes have registered, for type remote.
	Functions []string
	Processes int // that have registered
}

// executors are those of the configuration in force.
func (js *Jobs) executors() []ExecutorInfo {
	c := js.config.Load().Scheduler
	infos := make([]ExecutorInfo, len(c.Executors))
	for n, e := range c.Executors {
		limit := cmp.Or(e.Workers, c.Workers)
		if e.Python != nil {
			limit = e.Workers * e.Python.Concurrency
		}
		infos[n] = ExecutorInfo{Name: e.Name, Type: e.Type, Limit: limit}
		if remote, err := js.Remote(e.Name); err == nil {
			infos[n].Limit, infos[n].Functions, infos[n].Processes = remote.Workers(), remote.Names(), len(remote.List())
		}
	}
	return infos
}

// statusTime is how long a status waits for stores. All are asked at once: one
// that hangs tells nothing of the others.
const statusTime = 5 * time.Second

// Status tells how the scheduler stands.
func (js *Jobs) Status(ctx context.Context) SchedulerInfo {
	s := js.parts.Scheduler
	i := SchedulerInfo{
		State: s.State(), Daemon: js.parts.Daemon, Stores: js.Stores(),
		Executors: js.executors(), Running: s.InHand(),
	}
	ctx, cancel := context.WithTimeout(ctx, statusTime)
	defer cancel()
	next := make([]time.Time, len(i.Stores))
	var asked sync.WaitGroup
	for n := range i.Stores {
		if i.Stores[n].Err == nil {
			asked.Go(func() {
				began := time.Now()
				next[n], i.Stores[n].Err = s.In(i.Stores[n].Name).NextDue(ctx)
				i.Stores[n].Took = time.Since(began)
			})
		}
	}
	asked.Wait()
	for _, t := range next {
		if !t.IsZero() && (i.Next.IsZero() || t.Before(i.Next)) {
			i.Next = t
		}
	}
	return i
}

// Stores tells how the stores stand, without asking them.
func (js *Jobs) Stores() []StoreHealth {
	stores := js.parts.Stores()
	for n := range stores {
		if stores[n].Err != nil {
			continue
		}
		stores[n].Since, stores[n].Err = js.parts.Scheduler.Trouble(stores[n].Name)
	}
	return stores
}

// PauseAll lets nothing begin on this daemon until ResumeAll, also after a restart
// of it or a crash. What is due meanwhile is other daemons', or overdue then. When
// that cannot be noted for the next start, it is paused all the same.
func (js *Jobs) PauseAll() error {
	if err := js.parts.Scheduler.Pause(); err != nil {
		return err
	}
	return js.remember(true)
}

// ResumeAll goes on after PauseAll.
func (js *Jobs) ResumeAll() error {
	if err := js.parts.Scheduler.Resume(); err != nil {
		return err
	}
	return js.remember(false)
}

// remember keeps beyond the end of the daemon whether its scheduler is paused.
func (js *Jobs) remember(paused bool) error {
	if js.parts.Pause == nil {
		return nil
	}
	if err := js.parts.Pause(paused); err != nil {
		return fmt.Errorf("note whether the scheduler is paused: %w", err)
	}
	return nil
}

// Shutdown lets nothing begin any more and waits for what runs until ctx is
// over; then that is cancelled. The daemon and its programs go on, jobs can be
// read and changed, and the next reload or start of the daemon runs them again.
func (js *Jobs) Shutdown(ctx context.Context) error { return js.parts.Scheduler.Shutdown(ctx) }
