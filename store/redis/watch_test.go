package redis_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/redis"
)

// gets waits for a value of a channel.
func gets(t *testing.T, what string, news <-chan struct{}) {
	t.Helper()
	select {
	case _, open := <-news:
		if !open {
			t.Fatalf("%s: the channel is closed", what)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("%s: nobody was woken", what)
	}
}

func TestWatchersAreWoken(t *testing.T) {
	srv := startServer(t)
	other := srv.open(t, redis.Options{})
	s := srv.open(t, redis.Options{})
	mustBeat(t, s, "one")
	news := s.Watch(t.Context())
	gets(t, "a connection", news)
	mustAdd(t, other, newJob("j", time.Now().Add(time.Hour)))
	gets(t, "a job that is due next", news)
	mustAdd(t, other, newJob("k", time.Now().Add(time.Minute)))
	gets(t, "a job that is due before it", news)
	j := list(t, other, job.Filter{IDs: []string{"j"}})[0]
	j.State.Next = base()
	if _, err := other.Replace(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	gets(t, "a job that is due earlier", news)
	if err := other.Enqueue(t.Context(), job.Run{ID: "r", Job: "j", Slot: base(), Due: base(), Work: j.Work()}); err != nil {
		t.Fatal(err)
	}
	gets(t, "a run", news)
	b := mustClaim(t, s, "one")
	if len(b.Runs) != 1 {
		t.Fatalf("got %v, want the run", b.Runs)
	}
	if err := other.CancelRun(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
	gets(t, "a cancelled run", news)
	if p := mustBeat(t, s, "one"); len(p.Cancelled) != 1 || p.Cancelled[0] != "r" {
		t.Errorf("got %v, want the run", p.Cancelled)
	}
}

func TestWatchEndsWithTheStore(t *testing.T) {
	s, err := redis.Open(t.Context(), redis.Options{Addr: startServer(t).Socket()})
	if err != nil {
		t.Fatal(err)
	}
	news := s.Watch(t.Context())
	gets(t, "a connection", news)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, open := <-news; open {
		t.Error("the channel is open")
	}
}

// TestServerDiesAndComesBack: what was acknowledged is there when it writes
// each command to its file before the answer, and watchers are woken.
func TestServerDiesAndComesBack(t *testing.T) {
	srv := startServer(t, "--appendonly", "yes", "--appendfsync", "always")
	s := srv.open(t, redis.Options{})
	news := s.Watch(t.Context())
	gets(t, "a connection", news)
	for i := range 300 {
		mustAdd(t, s, newJob(fmt.Sprint(i), base()))
	}
	mustBeat(t, s, "one")
	b := mustClaim(t, s, "one")
	var advances []job.Advance
	for _, d := range b.Jobs {
		advances = append(advances, advanceOf(d.Job))
	}
	committed := mustCommit(t, s, "one", advances...)
	srv.kill(t)
	if _, err := s.List(t.Context(), job.Filter{}); err == nil {
		t.Error("a dead server gave an answer")
	}
	for drained := false; !drained; { // what was said before it died
		select {
		case <-news:
		default:
			drained = true
		}
	}
	srv.start(t)
	gets(t, "the server's return", news)
	waitFor(t, "the store", func() error {
		_, err := s.List(t.Context(), job.Filter{Limit: 1})
		return err
	})
	var finished []job.Finished
	for i, c := range committed {
		finished = append(finished, job.Finished{ID: advances[i].Runs[0].ID, Token: c.Tokens[0], Attempt: 1,
			Outcome: job.Outcome{Kind: job.Succeeded, Finished: b.Now}})
	}
	if errs, err := s.Finish(t.Context(), finished); errs != nil || err != nil {
		t.Error(errors.Join(append(errs, err)...))
	}
	again, err := s.Commit(t.Context(), "one", advances[:1])
	if err != nil || !errors.Is(again[0].Err, job.ErrChanged) {
		t.Errorf("the same advance again: got %v, %v, want ErrChanged", again, err)
	}
	if runs, err := s.Runs(t.Context(), job.RunFilter{Kinds: []job.OutcomeKind{job.Succeeded}}); err != nil || len(runs) != 300 {
		t.Errorf("got %d runs, %v, want all 300", len(runs), err)
	}
}
