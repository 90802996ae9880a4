package chaos_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/chaos"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// seconds is how long a test is to upset things: CHAOS_SECONDS, which make
// ci-long and make chaos set; without it the test is not run.
func seconds(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("CHAOS_SECONDS")
	if text == "" {
		t.Skip("CHAOS_SECONDS is not set: make ci-long sets it")
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("CHAOS_SECONDS=%s: want a number of seconds", text)
	}
	return time.Duration(n) * time.Second
}

// TestClientsDieAndLoseTheServer: eight processes on one store, killed,
// stopped for longer than their lease, cut off and stalled.
func TestClientsDieAndLoseTheServer(t *testing.T) {
	for name, d := range drivers() {
		t.Run(name, func(t *testing.T) {
			a := newArena(t, name, d)
			a.upset(seconds(t), []func(){a.kill, a.kill, a.stop, a.cut, a.stall})
			a.judge()
		})
	}
}

// TestTheServerDies: the server itself is killed and comes back, under load.
func TestTheServerDies(t *testing.T) {
	for name, d := range drivers() {
		t.Run(name, func(t *testing.T) {
			a := newArena(t, name, d)
			a.upset(seconds(t)/2, []func(){a.kill, a.restartServer})
			a.judge()
		})
	}
}

// arena is one store, its server, and the workers on it.
type arena struct {
	*testing.T
	name    string
	driver  driver
	server  server
	proxy   *chaos.Proxy
	direct  job.Store // past the proxy
	dir     string
	workers []*worker
	made    int
	jobs    []chaos.Watched
}

func newArena(t *testing.T, name string, d driver) *arena {
	seconds(t)
	a := &arena{T: t, name: name, driver: d, dir: t.TempDir(), server: d.start(t)}
	network, address := a.server.Address()
	var err error
	if a.proxy, err = chaos.NewProxy(network, address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.proxy.Close(); err != nil {
			t.Error(err)
		}
	})
	if a.direct, err = open(t.Context(), name, a.server.URL(address)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.direct.Close(); err != nil {
			t.Error(err)
		}
	})
	a.addJobs()
	for range 8 {
		a.start()
	}
	t.Cleanup(a.killAll)
	return a
}

// addJobs adds the jobs, half of them with each promise.
func (a *arena) addJobs() {
	a.Helper()
	s, err := schedule.New(schedule.Options{Store: a.direct, Executor: &effects{}})
	if err != nil {
		a.Fatal(err)
	}
	first := time.Now().Add(4 * time.Second)
	jobs := make([]job.Job, a.driver.jobs)
	for n := range jobs {
		every := a.driver.every + time.Duration(n%9)*time.Second
		at := job.Micro(first.Add(time.Duration(n%1000) * time.Millisecond))
		w := chaos.Watched{ID: fmt.Sprintf("job-%04d", n), First: at, Every: every, OnLost: job.OnLost(n % 2)}
		jobs[n] = job.Job{
			ID:      w.ID,
			Trigger: trigger.EveryFrom(at, every),
			Policy:  job.Policy{Coalesce: job.Coalesce(n % 3), OnLost: w.OnLost},
		}
		a.jobs = append(a.jobs, w)
	}
	errs, err := s.AddMany(a.Context(), jobs)
	if err = errors.Join(append(errs, err)...); err != nil {
		a.Fatal(err)
	}
}

func (a *arena) start() {
	a.made++
	a.workers = append(a.workers, startWorker(a.T, a.name, a.server.URL(a.proxy.Addr()), a.dir, a.made))
}

// upset does one of the actions about twice a second.
func (a *arena) upset(d time.Duration, actions []func()) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		actions[rand.IntN(len(actions))]()
		<-time.After(time.Duration(200+rand.IntN(600)) * time.Millisecond)
	}
}

// kill ends a worker as a crash does, and starts another one.
func (a *arena) kill() {
	n := rand.IntN(len(a.workers))
	w := a.workers[n]
	w.signal(a.T, syscall.SIGKILL)
	<-w.ended
	a.workers = append(a.workers[:n], a.workers[n+1:]...)
	a.start()
}

// stop makes a worker stand still for longer than its lease.
func (a *arena) stop() {
	w := a.workers[rand.IntN(len(a.workers))]
	if w.stopped {
		return
	}
	w.stopped = true
	w.signal(a.T, syscall.SIGSTOP)
	pause := a.driver.timing.Lease * 3 / 2
	go func() {
		select {
		case <-time.After(pause):
			_ = w.command.Process.Signal(syscall.SIGCONT) // it may have been killed
		case <-w.ended:
		}
	}()
}

func (a *arena) cut() { a.proxy.Cut() }

func (a *arena) stall() {
	resume := a.proxy.Stall()
	<-time.After(time.Duration(rand.IntN(2500)) * time.Millisecond)
	resume()
}

func (a *arena) restartServer() {
	a.server.Kill(a.T)
	<-time.After(time.Duration(rand.IntN(1500)) * time.Millisecond)
	a.server.Restart(a.T)
	<-time.After(3 * time.Second)
}

func (a *arena) killAll() {
	for _, w := range a.workers {
		_ = w.command.Process.Kill() // it may have ended
		<-w.ended
	}
}

// judge lets everything come to rest, ends the workers and asks the oracle.
func (a *arena) judge() {
	a.Helper()
	for _, w := range a.workers {
		w.signal(a.T, syscall.SIGCONT)
	}
	end := time.Now()
	a.rest(end)
	for _, w := range a.workers {
		w.signal(a.T, syscall.SIGTERM)
	}
	for _, w := range a.workers {
		select {
		case <-w.ended:
		case <-time.After(30 * time.Second):
			a.Errorf("worker %d does not end", w.number)
		}
	}
	var files []string
	for n := range a.made {
		files = append(files, effectsFile(a.dir, n+1))
	}
	effects, err := chaos.ReadEffects(files)
	if err != nil {
		a.Fatal(err)
	}
	history := a.runs(job.RunFilter{})
	v := chaos.Judge(a.jobs, effects, history, end)
	a.Logf("%d workers; %d slots, %d effects, %d runs lost, %d rows of missed slots, %d effects fenced",
		a.made, v.Slots, v.Effects, v.Lost, v.Missed, v.Fenced)
	if len(v.Broken) > 0 {
		a.Errorf("%d promises are broken:\n%s", len(v.Broken), strings.Join(v.Broken[:min(len(v.Broken), 20)], "\n"))
	}
	a.fenced(history)
}

// rest waits until no run up to end is under way.
func (a *arena) rest(end time.Time) {
	a.Helper()
	for deadline := time.Now().Add(90 * time.Second); ; <-time.After(500 * time.Millisecond) {
		busy := a.runs(job.RunFilter{Phases: []job.Phase{job.Waiting, job.Running}, Before: end})
		due, err := a.direct.List(a.Context(), job.Filter{Limit: 1})
		if err != nil {
			a.Fatal(err)
		}
		if len(busy) == 0 && len(due) == 1 && due[0].State.Next.After(end) {
			return
		}
		if time.Now().After(deadline) {
			a.Errorf("%d runs are still under way, such as %+v; next is due %v, and the unrest was over at %v",
				len(busy), busy[:min(1, len(busy))], due[0].State.Next, end)
			return
		}
	}
}

func (a *arena) runs(f job.RunFilter) []job.Run {
	a.Helper()
	ctx, cancel := context.WithTimeout(a.Context(), 3*time.Minute)
	defer cancel()
	runs, err := a.direct.Runs(ctx, f)
	if err != nil {
		a.Fatal(err)
	}
	return runs
}

// fenced tries to finish runs with tokens that are not theirs any more.
func (a *arena) fenced(history []job.Run) {
	a.Helper()
	tried := 0
	for _, r := range history {
		if r.Owner.Token == 0 || tried == 50 {
			continue
		}
		tried++
		late := job.Finished{ID: r.ID, Token: r.Owner.Token - 1, Outcome: job.Outcome{Kind: job.Succeeded}}
		errs, err := a.direct.Finish(a.Context(), []job.Finished{late})
		if err != nil || len(errs) != 1 || !errors.Is(errs[0], job.ErrFenced) {
			a.Errorf("to finish %s with an old token is answered with %v, %v", r.ID, errs, err)
		}
	}
	if tried == 0 {
		a.Error("no run has a token")
	}
}
