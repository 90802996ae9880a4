package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/pgtest"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/postgres"
)

// database is an empty database of a private server.
func database(t *testing.T) string {
	t.Helper()
	return pgtest.Need(t).Database(t)
}

// within reports whether something becomes true in time.
func within(d time.Duration, ok func() bool) bool {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(d); time.Now().Before(deadline); <-tick.C {
		if ok() {
			return true
		}
	}
	return false
}

// check fails the test when err is not nil.
func check(t *testing.T, err error, doing string, args ...any) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", fmt.Sprintf(doing, args...), err)
	}
}

// running is a replica that serves.
type running struct {
	*replica
	url  string
	stop context.CancelFunc
	done chan error
}

// startReplicas starts n on one database, each with connections of its own.
func startReplicas(t *testing.T, n int, database string) []*running {
	t.Helper()
	listeners := make([]net.Listener, n)
	peers := make([]string, n)
	for i := range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		check(t, err, "listen")
		listeners[i], peers[i] = l, "http://"+l.Addr().String()
	}
	replicas := make([]*running, n)
	for i := range n {
		replicas[i] = startReplica(t, listeners[i], peers, database)
	}
	return replicas
}

func startReplica(t *testing.T, l net.Listener, peers []string, database string) *running {
	t.Helper()
	store, err := postgres.Open(t.Context(), database, postgres.Options{})
	check(t, err, "open store")
	name := l.Addr().String()
	r, err := newReplica(name, store, slog.New(slog.DiscardHandler))
	check(t, err, "make replica")
	check(t, r.declare(t.Context(), peers), "declare jobs")
	ctx, stop := context.WithCancel(context.Background())
	started := &running{r, "http://" + name, stop, make(chan error, 1)}
	go func() { started.done <- r.serve(ctx, l) }()
	t.Cleanup(func() {
		started.end(t)
		check(t, store.Close(), "close store")
	})
	return started
}

// end stops a replica, if it was not stopped before.
func (r *running) end(t *testing.T) {
	t.Helper()
	r.stop()
	if err, first := <-r.done; first {
		check(t, err, "replica %s", r.name)
		close(r.done)
	}
}

// probes are the runs of the job that succeeded.
func (r *running) probes(t *testing.T) []job.Run {
	t.Helper()
	runs, err := r.scheduler.Runs(t.Context(), job.RunFilter{Job: "probe", Kinds: []job.OutcomeKind{job.Succeeded}})
	check(t, err, "history")
	return runs
}

// get reads a page.
func (r *running) get(t *testing.T, path string) string {
	t.Helper()
	response, err := http.Get(r.url + path)
	check(t, err, "get %s", path)
	body, err := io.ReadAll(response.Body)
	check(t, err, "read %s", path)
	check(t, response.Body.Close(), "close %s", path)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s answered %s: %s", path, response.Status, body)
	}
	return string(body)
}

// TestReplicasShareTheWork: every scheduled time is carried out once, by one of
// three replicas; when the one that did it last ends, the others go on; each
// page shows the runs of all.
func TestReplicasShareTheWork(t *testing.T) {
	replicas := startReplicas(t, 3, database(t))
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()

	first := replicas[0]
	if !within(time.Minute, func() bool { return len(first.probes(t)) >= 2 }) {
		t.Fatal("nothing runs")
	}
	var last probeResult
	check(t, json.Unmarshal(first.probes(t)[0].Outcome.Result, &last), "read result")
	if last.Up != 3 {
		t.Errorf("the last look found %+v, want 3 up", last)
	}

	var left []*running
	for _, r := range replicas {
		if r.name == last.By {
			r.end(t)
			continue
		}
		left = append(left, r)
	}
	if len(left) != 2 {
		t.Fatalf("%q is none of the replicas", last.By)
	}
	ended := time.Now()
	if !within(time.Minute, func() bool { return left[0].probes(t)[0].Slot.After(ended.Add(2 * time.Second)) }) {
		t.Fatal("nothing runs after one replica has ended")
	}
	seen := map[string]bool{}
	runs := left[0].probes(t)
	for _, run := range runs {
		var result probeResult
		check(t, json.Unmarshal(run.Outcome.Result, &result), "read result")
		if seen[run.ID] {
			t.Errorf("%s ran twice", run.ID)
		}
		seen[run.ID] = true
		if by := replicaOf(run.Owner); by != result.By {
			t.Errorf("%s ran on %s, the history says %s", run.ID, result.By, by)
		}
		if run.Slot.After(ended) && (result.By == last.By || result.Up != 2) {
			t.Errorf("after %s has ended: %+v", last.By, result)
		}
	}
	for _, r := range left {
		page := r.get(t, "/")
		for _, want := range []string{"Replica " + r.name, "probe", "next run at", last.By, replicaOf(runs[0].Owner)} {
			if !strings.Contains(page, want) {
				t.Errorf("the page of %s does not show %q", r.name, want)
			}
		}
	}
}

func TestPageRunsJobsNow(t *testing.T) {
	r := startReplicas(t, 1, database(t))[0]
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	asked := func() int {
		runs, err := r.scheduler.Runs(t.Context(), job.RunFilter{Kinds: []job.OutcomeKind{job.Succeeded}})
		check(t, err, "history")
		n := 0
		for _, run := range runs {
			if strings.HasPrefix(run.ID, "probe~") {
				n++
			}
		}
		return n
	}
	response, err := http.PostForm(r.url+"/jobs/probe/run", url.Values{})
	check(t, err, "post")
	check(t, response.Body.Close(), "close")
	if response.StatusCode != http.StatusOK || response.Request.URL.Path != "/" {
		t.Errorf("it leads to %s with %s", response.Request.URL, response.Status)
	}
	if !within(time.Minute, func() bool { return asked() == 1 }) {
		t.Error("the job does not run")
	}
	response, err = http.PostForm(r.url+"/jobs/nothing/run", url.Values{})
	check(t, err, "post")
	body, err := io.ReadAll(response.Body)
	check(t, err, "read")
	check(t, response.Body.Close(), "close")
	if want := "No job by the id of nothing was found\n"; response.StatusCode != http.StatusNotFound || string(body) != want {
		t.Errorf("a job that is not there: %s, %q", response.Status, body)
	}
}
