package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/pgtest"
	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore/sqlstoretest"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// patience is how long a server may take to be back.
const patience = time.Minute

// TestAServerThatDiesLosesNothing kills the server under load. Calls fail, then
// work again, on the same Store; what was acknowledged is there.
func TestAServerThatDiesLosesNothing(t *testing.T) {
	server := pgtest.Need(t)
	s := open(t, server.Database(t))
	defer s.Close()
	watch := s.Watch(t.Context())
	next(t, "the connection", watch)

	w := &writer{store: s}
	w.addUntilItFails(t, 200, func() {
		if err := server.Kill(); err != nil {
			t.Error(err)
		}
	})
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	next(t, "the connection anew", watch)
	w.addUntilItWorks(t)
	next(t, "a job that is added", watch)

	jobs, err := s.List(t.Context(), job.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	stored := make(map[string]bool, len(jobs))
	for _, j := range jobs {
		stored[j.ID] = true
	}
	for _, id := range w.acknowledged {
		if !stored[id] {
			t.Errorf("job %s was added, and is gone", id)
		}
	}
}

// next waits for a value.
func next(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatalf("waited %v for %s, in vain", patience, what)
	}
}

// writer adds jobs and notes which were acknowledged.
type writer struct {
	store        job.Store
	n            int
	acknowledged []string
}

func (w *writer) add(ctx context.Context) error {
	jobs := sqlstoretest.Due(2, "j", time.Now().Add(time.Hour))
	for i := range jobs {
		w.n++
		jobs[i].ID += time.Duration(w.n).String()
	}
	errs, err := w.store.Add(ctx, jobs)
	if err == nil && errs != nil {
		err = errors.Join(errs...)
	}
	if err == nil {
		w.acknowledged = append(w.acknowledged, jobs[0].ID, jobs[1].ID)
	}
	return err
}

// addUntilItFails calls then once n jobs are there, and goes on meanwhile.
func (w *writer) addUntilItFails(t *testing.T, n int, then func()) {
	t.Helper()
	done := make(chan struct{})
	began := false
	for {
		err := w.add(t.Context())
		if err != nil {
			t.Logf("after %d jobs: %v", len(w.acknowledged), err)
			<-done
			return
		}
		if !began && len(w.acknowledged) >= n {
			began = true
			go func() {
				defer close(done)
				then()
			}()
		}
	}
}

func (w *writer) addUntilItWorks(t *testing.T) {
	t.Helper()
	end := time.After(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for w.add(t.Context()) != nil {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("nothing can be added %v after the server is back", patience)
		}
	}
}

func TestAStopInTheMiddleOfATransactionHoldsNobodyUp(t *testing.T) {
	url := need(t).Database(t)
	s, err := openWith(t, url, 200*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if errs, err := s.Add(t.Context(), sqlstoretest.Due(1, "j", time.Now())); errs != nil || err != nil {
		t.Fatal(errs, err)
	}
	stop := make(chan struct{})
	stopped := make(chan struct{})
	ended := make(chan error)
	go func() {
		ended <- s.DB.Write(t.Context(), func(tx sqlstoreTx) error {
			if _, err := tx.Exec(t.Context(), `update watchkeeper_jobs set paused = true`); err != nil {
				return err
			}
			close(stopped)
			<-stop
			return nil
		})
	}()
	<-stopped
	if err := s.Remove(t.Context(), "j0000000", 0); err != nil {
		t.Errorf("Remove while somebody sleeps in a transaction: %v, want no error", err)
	}
	close(stop)
	if err := <-ended; err == nil {
		t.Error("the transaction that slept was committed, want an error")
	}
}
