package service_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
)

// lasting is an executor whose runs take so long.
type lasting time.Duration

func (l lasting) Execute(ctx context.Context, _ job.Task) (json.RawMessage, error) {
	select {
	case <-time.After(time.Duration(l)):
		return nil, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// askedStore counts how often it is asked for runs by their IDs.
type askedStore struct {
	job.Store
	asked  atomic.Int64
	answer time.Duration // it takes so long from what it saw to its answer
	lets   time.Duration // and so long to let go of a question that is given up
	broken atomic.Bool
	under  atomic.Int64 // questions under way
}

func (s *askedStore) Runs(ctx context.Context, f job.RunFilter) ([]job.Run, error) {
	if f.IDs == nil {
		return s.Store.Runs(ctx, f)
	}
	s.asked.Add(1)
	s.under.Add(1)
	defer s.under.Add(-1)
	if s.broken.Load() {
		return nil, errors.New("store is away")
	}
	runs, err := s.Store.Runs(ctx, f)
	select {
	case <-time.After(s.answer):
		return runs, err
	case <-ctx.Done():
		time.Sleep(s.lets)
		return nil, context.Cause(ctx)
	}
}

const anHourly = "[job:j]\ntrigger = interval\nhours = 100\ncommand = x\n"

// waitMany waits for one run in many places and returns when all have its end.
func waitMany(t *testing.T, d *jobDaemon, id string, waiters int) {
	t.Helper()
	var wg sync.WaitGroup
	for range waiters {
		wg.Go(func() {
			if i, err := d.Wait(t.Context(), id); err != nil || i.Run.Phase != job.Done {
				t.Errorf("waited for %+v, %v", i.Run, err)
			}
		})
	}
	wg.Wait()
}

func runNow(t *testing.T, d *jobDaemon) string {
	t.Helper()
	run, err := d.RunNow(t.Context(), service.Ref{ID: "j"})
	if err != nil {
		t.Fatal(err)
	}
	return run.Run.ID
}

func TestWhoWaitsForARunInHandAsksNoStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &askedStore{Store: memory.New(memory.Options{})}
		d := newJobDaemonWith(t, "a", store, &notes{}, files(t, anHourly), lasting(time.Hour))
		id := runNow(t, d)
		time.Sleep(time.Second) // it is taken in hand
		begin := time.Now()
		waitMany(t, d, id, 100)
		if took := time.Since(begin); took > time.Hour {
			t.Errorf("it took %v, and the run ends in less than an hour", took)
		}
		if n := store.asked.Load(); n != 200 {
			t.Errorf("100 waiters asked the store %d times, want once before and once after for each", n)
		}
	})
}

func TestWhoWaitForRunsOfAnotherNodeAskTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := memory.New(memory.Options{})
		newJobDaemonWith(t, "a", shared, &notes{}, files(t, anHourly), lasting(time.Hour))
		store := &askedStore{Store: shared}
		other := newJobDaemonWith(t, "b", store, &notes{}, files(t, "", "paused = true"), lasting(time.Hour))
		id := runNow(t, other)
		begin := time.Now()
		waitMany(t, other, id, 100)
		if late := time.Since(begin) - time.Hour; late > time.Second {
			t.Errorf("the end was noticed %v late", late)
		}
		if n := store.asked.Load(); n < 7000 || n > 7500 {
			t.Errorf("100 waiters asked the store %d times in an hour, want twice a second all together", n)
		}
		before := store.asked.Load()
		time.Sleep(time.Hour)
		if n := store.asked.Load() - before; n != 0 {
			t.Errorf("the store was asked %d times when nobody waited", n)
		}
	})
}

// The store says what it saw before the run was over, and the event comes while it
// answers.
func TestTheEndOfARunIsNotMissedWhileTheStoreAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &askedStore{Store: memory.New(memory.Options{}), answer: 3 * time.Second}
		d := newJobDaemonWith(t, "a", store, &notes{}, files(t, anHourly), lasting(2*time.Second))
		id := runNow(t, d)
		time.Sleep(time.Second)
		begin := time.Now()
		waitMany(t, d, id, 1)
		if took := time.Since(begin); took != 6*time.Second {
			t.Errorf("it took %v, want two answers of the store", took)
		}
	})
}

// A store may be closed when nobody waits any more.
func TestNoStoreIsAskedBehindTheLastWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &askedStore{Store: memory.New(memory.Options{}), answer: time.Second, lets: time.Second}
		d := newJobDaemonWith(t, "a", store, &notes{}, files(t, anHourly, "paused = true"), lasting(time.Hour))
		id := runNow(t, d) // it waits: nobody takes it
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		if i, err := d.Wait(ctx, id); err != nil || i.Run.Phase != job.Waiting {
			t.Errorf("the wait ended with %+v, %v", i.Run, err)
		}
		if n := store.under.Load(); n != 0 {
			t.Errorf("the store is asked %d questions still", n)
		}
	})
}

func TestWaitEndsWithItsContextAndWithItsStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &askedStore{Store: memory.New(memory.Options{})}
		d := newJobDaemonWith(t, "a", store, &notes{}, files(t, anHourly, "paused = true"), lasting(time.Hour))
		id := runNow(t, d) // it waits: nobody takes it
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if i, err := d.Wait(ctx, id); err != nil || i.Run.Phase != job.Waiting {
			t.Errorf("after a minute: %+v, %v", i.Run, err)
		}
		if _, err := d.Wait(t.Context(), "none"); !errors.Is(err, job.ErrNotFound) {
			t.Errorf("no run: %v", err)
		}
		time.AfterFunc(time.Minute, func() { store.broken.Store(true) })
		begin := time.Now()
		if _, err := d.Wait(t.Context(), id); err == nil || time.Since(begin) > time.Minute+time.Second {
			t.Errorf("its store went away: %v after %v", err, time.Since(begin))
		}
		store.broken.Store(false)
		time.AfterFunc(time.Minute, func() {
			if _, err := d.CancelRun(t.Context(), id); err != nil {
				t.Error(err)
			}
		})
		if i, err := d.Wait(t.Context(), id); err != nil || i.Run.Outcome.Kind != job.Cancelled {
			t.Errorf("cancelled while it waits: %+v, %v", i.Run, err)
		}
	})
}
