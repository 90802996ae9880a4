// Package scheduletest plays schedules in virtual time, so that a program can
// test in a moment what its jobs do in a year.
//
//	func TestReportsAfterANightWithoutPower(t *testing.T) {
//		evening := time.Date(2026, 3, 27, 22, 0, 0, 0, time.UTC)
//		scheduletest.Play(t, evening, options, func(p *scheduletest.Player) {
//			p.Declare(jobs()...)
//			p.Wait(time.Hour)
//			p.Off(9 * time.Hour) // the machine is off, from 23:00 on
//			p.Wait(time.Minute)
//			p.WantRuns("report", evening.Add(4*time.Hour))
//		})
//	}
//
// The story runs in a bubble of testing/synctest: time stands still while anything
// runs, and jumps to the next timer when everything waits. So jobs must not
// wait for the network or for processes there; give them stand-ins, or let a
// Recorder take their place.
package scheduletest

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

// Player is a scheduler in virtual time.
type Player struct {
	*schedule.Scheduler
	t *testing.T
}

// Play makes a scheduler with the given options (made in the bubble, as a store
// may have goroutines), starts it at the given time and lets story play with it.
// At the end it is shut down, and its stores are closed. A bubble begins with the
// year 2000; from must not be before.
func Play(t *testing.T, from time.Time, options func() schedule.Options, story func(*Player)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(from))
		o := options()
		if o.Now == nil {
			o.Now = time.Now
		}
		s, err := schedule.New(o)
		if err != nil {
			t.Fatal(err)
		}
		p := &Player{Scheduler: s, t: t}
		p.on()
		story(p)
		p.off()
		for _, store := range stores(o) {
			if err := store.Close(); err != nil {
				t.Errorf("close the store: %v", err)
			}
		}
	})
}

func stores(o schedule.Options) (all []job.Store) {
	for _, store := range o.Stores {
		all = append(all, store)
	}
	if o.Store != nil {
		all = append(all, o.Store)
	}
	return all
}

func (p *Player) on() {
	p.t.Helper()
	if err := p.Start(); err != nil {
		p.t.Fatal(err)
	}
	synctest.Wait()
}

func (p *Player) off() {
	p.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.Shutdown(ctx); err != nil {
		p.t.Errorf("shut down: %v", err)
	}
}

// Declare adds jobs as a program does at every start.
func (p *Player) Declare(jobs ...job.Job) {
	p.t.Helper()
	for _, j := range jobs {
		if _, err := p.Add(p.t.Context(), j, schedule.Declare); err != nil {
			p.t.Fatal(err)
		}
	}
}

// Wait lets so much time pass, with all that happens in it.
func (p *Player) Wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// Until lets time pass until the given moment.
func (p *Player) Until(at time.Time) { p.Wait(time.Until(at)) }

// Off shuts the scheduler down (runs are cancelled), lets so much time pass and
// starts it again.
func (p *Player) Off(d time.Duration) {
	p.t.Helper()
	p.off()
	time.Sleep(d)
	p.on()
}

// History is the rows of a job, the oldest first.
func (p *Player) History(id string) []job.Run {
	p.t.Helper()
	runs, err := p.Runs(p.t.Context(), job.RunFilter{Job: id})
	if err != nil {
		p.t.Fatal(err)
	}
	slices.Reverse(runs)
	return runs
}

// WantRuns fails the test unless the runs of a job that were carried out are
// those of these slots, in this order.
func (p *Player) WantRuns(id string, slots ...time.Time) {
	p.t.Helper()
	var got []time.Time
	for _, r := range p.History(id) {
		if r.Phase == job.Done && r.Outcome.Kind != job.Missed {
			got = append(got, r.Slot)
		}
	}
	if !slices.EqualFunc(got, slots, time.Time.Equal) {
		p.t.Errorf("job %s ran for %v, want %v", id, texts(got), texts(slots))
	}
}

func texts(times []time.Time) (all []string) {
	for _, t := range times {
		all = append(all, t.UTC().Format(time.RFC3339))
	}
	return all
}

// Recorder is an executor that does nothing, or what Do says, and notes what was
// to be done. The zero Recorder is ready to use; methods may be called
// concurrently.
type Recorder struct {
	// Do stands in for the work; nil: each attempt succeeds at once. It must not
	// be changed after the scheduler was started.
	Do func(ctx context.Context, t job.Task) (json.RawMessage, error)

	mu    sync.Mutex
	began []Began
}

// Began is an attempt that a Recorder saw.
type Began struct {
	At  time.Time // by the clock of the bubble
	Run job.Run
}

// Execute implements job.Executor.
func (r *Recorder) Execute(ctx context.Context, t job.Task) (json.RawMessage, error) {
	r.mu.Lock()
	r.began = append(r.began, Began{time.Now(), t.Run})
	r.mu.Unlock()
	if r.Do == nil {
		return nil, nil
	}
	return r.Do(ctx, t)
}

// Began returns the attempts since the last call, in their order.
func (r *Recorder) Began() []Began {
	r.mu.Lock()
	defer r.mu.Unlock()
	began := r.began
	r.began = nil
	return began
}
