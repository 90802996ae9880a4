package mongo_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/mongo"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// t0 is the time at which tests begin.
func t0() time.Time { return time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC) }

// start is a clock that stands at t0.
func start() time.Time { return t0() }

func newJob(id string, next time.Time) job.Job {
	return job.Job{
		ID: id, Trigger: trigger.Every(10 * time.Second), Executor: "default", Func: "f",
		State: job.State{Next: next, Slot: next},
	}
}

func add(t testing.TB, s job.Store, jobs ...job.Job) {
	t.Helper()
	if errs, err := s.Add(t.Context(), jobs); errs != nil || err != nil {
		t.Fatal(errs, err)
	}
}

func beat(t testing.TB, s job.Store, node string, now time.Time) job.Pulse {
	t.Helper()
	p, err := s.Beat(t.Context(), job.Beat{Node: node, Lease: 15 * time.Second, Ahead: time.Second, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func claimOf(node string, now time.Time) job.Claim {
	return job.Claim{Node: node, Serves: []string{"default"}, Limit: 100, Horizon: time.Second, Now: now}
}

func claim(t testing.TB, s job.Store, node string, now time.Time) job.Batch {
	t.Helper()
	b, err := s.Claim(t.Context(), claimOf(node, now))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// advance is what a plan makes of a due job: one run of its slot.
func advance(d job.Due) job.Advance {
	j := d.Job
	next := j.State.Next.Add(10 * time.Second)
	place := -1
	if j.Policy.Group != "" {
		place = 0
	}
	return job.Advance{
		ID: j.ID, Rev: j.State.Rev,
		State: job.State{Next: next, Slot: next, Last: j.State.Slot},
		Runs: []job.Run{{
			ID: job.RunID(j.ID, j.State.Slot), Job: j.ID, Slot: j.State.Slot, Due: j.State.Next,
			Phase: job.Running, Place: place, Work: j.Work(),
		}},
	}
}

func TestStoreRunsJobs(t *testing.T) {
	s := newPlace(t).open(t, start)
	beat(t, s, "a", t0())
	add(t, s, newJob("x", t0()), newJob("y", t0().Add(time.Minute)))
	b := claim(t, s, "a", t0())
	if len(b.Jobs) != 1 || b.Jobs[0].Job.ID != "x" || !b.NextDue.Equal(t0().Add(time.Minute)) {
		t.Fatalf("got %+v, want job x, and then y in a minute", b)
	}
	committed, err := s.Commit(t.Context(), "a", []job.Advance{advance(b.Jobs[0])})
	if err != nil || committed[0].Err != nil || committed[0].Tokens[0] == 0 {
		t.Fatal(committed, err)
	}
	fin := job.Finished{ID: job.RunID("x", t0()), Token: committed[0].Tokens[0], Attempt: 1, Outcome: job.Outcome{Kind: job.Succeeded, Finished: t0()}}
	stale := fin
	stale.Token--
	if errs, err := s.Finish(t.Context(), []job.Finished{stale}); err != nil || !errors.Is(errs[0], job.ErrFenced) {
		t.Errorf("an old token: %v, %v, want %v", errs, err, job.ErrFenced)
	}
	if errs, err := s.Finish(t.Context(), []job.Finished{fin}); errs != nil || err != nil {
		t.Error(errs, err)
	}
	runs, err := s.Runs(t.Context(), job.RunFilter{})
	if err != nil || len(runs) != 1 || runs[0].Phase != job.Done || runs[0].Outcome.Kind != job.Succeeded {
		t.Errorf("got %+v, %v, want one that succeeded", runs, err)
	}
}

// TestGroupLimitsHold has many nodes want the one place of a group.
func TestGroupLimitsHold(t *testing.T) {
	p := newPlace(t)
	const n = 6
	stores := make([]*mongo.Store, n)
	for i := range stores {
		stores[i] = p.open(t, start)
		beat(t, stores[i], fmt.Sprint("node", i), t0())
		j := newJob(fmt.Sprint("job", i), t0())
		j.Policy.Group, j.Policy.GroupLimit = "g", 1
		add(t, stores[i], j)
	}
	due := claim(t, stores[0], "node0", t0()).Jobs
	answers := make(chan error, n)
	for i, s := range stores {
		go func() {
			committed, err := s.Commit(t.Context(), fmt.Sprint("node", i), []job.Advance{advance(due[i])})
			if err == nil {
				err = committed[0].Err
			}
			answers <- err
		}()
	}
	won := 0
	for range n {
		switch err := <-answers; {
		case err == nil:
			won++
		case !errors.Is(err, job.ErrLimit):
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d hold the one place", won)
	}
	if again := claim(t, stores[0], "node0", t0()).Jobs; len(again) != n-1 || len(again[0].Places) != 1 {
		t.Errorf("got %+v, want %d jobs and one place held", again, n-1)
	}
}
