package simulation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/chaos"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

const (
	busy    = 40 * time.Second // with faults
	quiet   = 40 * time.Second // without, so that everything comes to rest
	quantum = 50 * time.Millisecond
	lease   = 4 * time.Second
)

// simulation is one seed's world and what is known of it.
type simulation struct {
	*world
	store   job.Store
	jobs    []chaos.Watched
	effects []chaos.Effect // guarded by world.mu
	nodes   []*running
	made    int
}

// running is a scheduler that works as a node.
type running struct {
	*node
	number    int
	scheduler *schedule.Scheduler
}

// simulate plays a seed in a bubble of its own, and returns what happened and
// which promises were broken. With a script it replays that.
func simulate(t *testing.T, seed uint64, script []string) (happened *trace, verdict chaos.Verdict) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &simulation{world: newWorld(seed), store: memory.New(memory.Options{Now: time.Now})}
		s.trace.script = script
		s.addJobs(t)
		for range 3 {
			s.spawn(t)
		}
		end := time.Now().Add(busy)
		s.play(end, &faults{slow: 0.05, before: 0.03, after: 0.03, slowest: 3 * time.Second}, func() { s.upset(t) })
		s.calm(t)
		s.play(time.Now().Add(quiet), &faults{}, func() {})
		s.stop()
		history, err := s.store.Runs(t.Context(), job.RunFilter{})
		if err := errors.Join(err, s.store.Close()); err != nil {
			t.Fatal(err)
		}
		s.note("the end, with %d effects and %d rows: %x", len(s.effects), len(history), digest(s.effects, history))
		s.trace.end()
		happened, verdict = &s.trace, chaos.Judge(s.jobs, s.effects, history, end)
	})
	return happened, verdict
}

// digest differs when anything that was done or recorded does.
func digest(what ...any) uint64 {
	h := fnv.New64a()
	for _, x := range what {
		text, err := json.Marshal(x)
		if err != nil {
			panic(err)
		}
		h.Write(text)
	}
	return h.Sum64()
}

// addJobs adds jobs of all kinds.
func (s *simulation) addJobs(t *testing.T) {
	t.Helper()
	maker, err := schedule.New(schedule.Options{Store: s.store, Executor: nothing{}, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	every := []time.Duration{700 * time.Millisecond, time.Second, 2500 * time.Millisecond, 7 * time.Second}
	for n := range 8 {
		id := fmt.Sprintf("job-%d", n)
		dice := s.dice(id)
		p := job.Policy{
			Coalesce:     job.Coalesce(dice.IntN(3)),
			OnLost:       job.OnLost(n % 2),
			MaxInstances: 1 + dice.IntN(2),
			Overlap:      job.Overlap(dice.IntN(5)),
		}
		if dice.IntN(3) == 0 {
			p.Grace = 3 * time.Second
		}
		if dice.IntN(3) == 0 {
			p.Group, p.GroupLimit = "group", 2
		}
		if p.OnLost == job.RerunLost {
			p.Retry = job.Retry{Max: dice.IntN(3), Delay: 300 * time.Millisecond, Factor: 2}
		}
		d := every[n%len(every)]
		first := s.start.Add(time.Second + time.Duration(dice.IntN(1000))*time.Millisecond)
		if _, err := maker.Add(t.Context(), job.Job{ID: id, Trigger: trigger.EveryFrom(first, d), Policy: p}); err != nil {
			t.Fatal(err)
		}
		s.jobs = append(s.jobs, chaos.Watched{ID: id, First: first, Every: d, OnLost: p.OnLost})
	}
}

// spawn starts one more node.
func (s *simulation) spawn(t *testing.T) {
	t.Helper()
	s.made++
	r := &running{node: &node{name: fmt.Sprintf("n%d", s.made)}, number: s.made}
	dice := s.dice(r.name)
	skew := time.Duration(dice.Int64N(int64(400*time.Millisecond))) - 200*time.Millisecond
	var err error
	r.scheduler, err = schedule.New(schedule.Options{
		Store:    &gate{Store: s.store, world: s.world, node: r.node},
		Executor: &effects{s, r},
		History:  job.Keep{PerJob: 1 << 20},
		Name:     r.name,
		Now:      clock(skew),
		Random:   dice.Uint64, // one of its goroutines works at a time
		Timing:   schedule.Timing{Lease: lease, Poll: 2 * time.Second},
	})
	if err == nil {
		err = r.scheduler.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	s.nodes = append(s.nodes, r)
	s.note("%s starts, its clock is %v ahead", r.name, skew)
}

// play lets time pass until end; between lets something happen now and then.
func (s *simulation) play(end time.Time, f *faults, between func()) {
	for time.Now().Before(end) {
		for s.step(f) {
		}
		between()
		s.sleep(time.Now().Add(quantum))
	}
}

// upset kills, stops and continues nodes now and then, or as the trace says that
// is replayed.
func (s *simulation) upset(t *testing.T) {
	if s.trace.replays() {
		s.repeat(t, s.trace.event(time.Since(s.start)))
		return
	}
	dice := s.dice(fmt.Sprintf("upset %v", time.Since(s.start)))
	n := dice.IntN(200)
	if n >= 3 {
		return
	}
	r := s.nodes[dice.IntN(len(s.nodes))]
	switch {
	case r.dead:
	case n > 0:
		s.hold(r, !r.paused)
	case s.living() > 1:
		s.replace(t, r)
	}
}

// repeat does to a node what a line of a trace says.
func (s *simulation) repeat(t *testing.T, line string) {
	for _, r := range s.nodes {
		switch line {
		case r.name + killed:
			s.replace(t, r)
			return
		case r.name + held:
			s.hold(r, true)
			return
		case r.name + released:
			s.hold(r, false)
			return
		}
	}
}

// What happens to nodes, in the trace.
const (
	killed   = " is killed"
	held     = " stands still"
	released = " goes on"
)

// replace kills a node and starts another one.
func (s *simulation) replace(t *testing.T, r *running) {
	s.note("%s%s", r.name, killed)
	s.kill(r.node)
	s.spawn(t)
}

// hold stops a node, as SIGSTOP does, or lets it go on.
func (s *simulation) hold(r *running, paused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.dead || r.paused == paused {
		return
	}
	r.paused = paused
	what := released
	if paused {
		what = held
	}
	s.note("%s%s", r.name, what)
}

func (s *simulation) living() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.nodes {
		if !r.dead {
			n++
		}
	}
	return n
}

// calm lets everybody go on, and sees to it that somebody does.
func (s *simulation) calm(t *testing.T) {
	s.note("no more faults")
	for _, r := range s.nodes {
		s.hold(r, false)
	}
	s.spawn(t)
}

// stop ends all schedulers, the dead ones too.
func (s *simulation) stop() {
	over := make(chan error, len(s.nodes))
	for _, r := range s.nodes {
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			over <- r.scheduler.Shutdown(ctx)
		}()
	}
	for ended := 0; ended < len(s.nodes); {
		for s.step(&faults{}) {
		}
		select {
		case <-over: // a dead one could not tell its store
			ended++
		default:
			s.sleep(time.Now().Add(quantum))
		}
	}
}

// effects is the executor of a node: what it does is told to the oracle.
type effects struct {
	s *simulation
	r *running
}

var errWork = errors.New("the work failed")

// Execute implements job.Executor.
func (e *effects) Execute(ctx context.Context, t job.Task) (json.RawMessage, error) {
	run := fmt.Sprintf("%s/%d", t.Run.ID, t.Token)
	switch e.s.park(ctx, e.r.node, working, "effect of "+run, "") {
	case dead:
		return nil, errDead
	case givenUp:
		return nil, context.Cause(ctx)
	case proceed, slow, failBefore, failAfter:
	}
	e.s.mu.Lock()
	e.s.effects = append(e.s.effects, chaos.Effect{
		Job: t.Run.Job, Slot: t.Run.Slot.UnixMicro(), Token: t.Token, Process: e.r.number, At: time.Now().UnixMicro(),
	})
	e.s.mu.Unlock()
	fate := e.s.fate(t)
	select {
	case <-time.After(time.Duration(fate % 1_800_000_007)):
	case <-ctx.Done():
	}
	switch over := e.s.park(ctx, e.r.node, waking, "end of "+run, ""); {
	case over == dead:
		return nil, errDead
	case over == givenUp:
		return nil, context.Cause(ctx)
	case fate%7 == 0:
		return nil, errWork
	}
	return nil, nil
}

// fate is drawn from the seed for one attempt, whenever it is asked for.
func (s *simulation) fate(t job.Task) uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, s.seed, t.Run.ID, t.Run.Attempt)
	return h.Sum64()
}

// nothing is the executor of a scheduler that never starts.
type nothing struct{}

// Execute implements job.Executor.
func (nothing) Execute(context.Context, job.Task) (json.RawMessage, error) { return nil, nil }
