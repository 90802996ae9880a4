package executor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// ran is how an execution ended.
type ran struct {
	result string
	err    error
}

// handIn has the function called, and tells how it ended.
func handIn(ctx context.Context, r *executor.Remote, function string) <-chan ran {
	done := make(chan ran, 1)
	go func() {
		result, err := r.Execute(ctx, job.Task{Run: job.Run{ID: "j@1", Job: "j", Work: job.Work{Func: function, Args: json.RawMessage(`[1]`)}}})
		done <- ran{string(result), err}
	}()
	return done
}

// undertaking is a context for executions; end waits for them.
func undertaking(t *testing.T) (ctx context.Context, end func()) {
	ctx, cancel := context.WithCancel(t.Context())
	return ctx, func() {
		cancel()
		time.Sleep(2 * executor.DefaultStopWait)
	}
}

func join(r *executor.Remote, name string, functions ...string) (id string) {
	id, _ = r.Join(executor.RemoteJoin{Name: name, Functions: functions})
	return id
}

func exchange(t *testing.T, r *executor.Remote, id string, in executor.RemoteRequest) executor.RemoteAnswer {
	t.Helper()
	out, err := r.Exchange(t.Context(), id, in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// asks is a request for a run that waits for a minute.
func asks(after int64) executor.RemoteRequest {
	return executor.RemoteRequest{Free: 1, Wait: time.Minute, After: after}
}

func result(call int64, value string) executor.RemoteRequest {
	return executor.RemoteRequest{Results: []executor.RemoteResult{{Call: call, Result: json.RawMessage(value)}}}
}

func TestRemoteRunsFunctionsOfItsWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, end := undertaking(t)
		defer end()
		r := executor.NewRemote(executor.RemoteOptions{})
		id := join(r, "one", "b", "a")
		if diff := cmp.Diff([]string{"a", "b"}, r.Names()); diff != "" {
			t.Errorf("functions (-want +got):\n%s", diff)
		}
		begun := time.Now()
		time.AfterFunc(3*time.Second, func() { handIn(all, r, "a") })
		got := exchange(t, r, id, asks(0))
		if len(got.Calls) != 1 || got.Calls[0].Task.Run.Work.Func != "a" || time.Since(begun) != 3*time.Second {
			t.Fatalf("after %v: %+v", time.Since(begun), got)
		}
		done := handIn(all, r, "b")
		failed := handIn(all, r, "b")
		synctest.Wait()
		both := exchange(t, r, id, executor.RemoteRequest{Free: 9, After: got.Serial})
		if len(both.Calls) != 2 {
			t.Fatalf("%+v", both)
		}
		exchange(t, r, id, executor.RemoteRequest{Results: []executor.RemoteResult{
			{Call: both.Calls[0].Call, Result: json.RawMessage(`7`)},
			{Call: both.Calls[1].Call, Error: "ValueError: no", Detail: "Traceback"},
		}})
		ends := []ran{<-done, <-failed}
		slices.SortFunc(ends, func(a, b ran) int { return strings.Compare(b.result, a.result) })
		if ends[0].result != "7" || ends[0].err != nil || ends[1].err == nil || ends[1].err.Error() != "ValueError: no\nTraceback" {
			t.Errorf("ended %+v", ends)
		}
		if got := exchange(t, r, id, result(both.Calls[0].Call, `8`)); len(got.Unknown) != 1 {
			t.Errorf("a second result is answered %+v", got)
		}
	})
}

func TestRemoteWorkersGiveBackWhatTheyHaveNotBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, end := undertaking(t)
		defer end()
		r := executor.NewRemote(executor.RemoteOptions{})
		id := join(r, "one", "a")
		done := handIn(all, r, "a")
		synctest.Wait()
		got := exchange(t, r, id, asks(0))
		exchange(t, r, id, executor.RemoteRequest{Results: []executor.RemoteResult{{Call: got.Calls[0].Call, Declined: true}}})
		if end := <-done; !errors.Is(end.err, job.ErrNotBegun) || !strings.Contains(end.err.Error(), "worker one gave it back") {
			t.Errorf("ended with %v", end.err)
		}
	})
}

func TestRemoteWorkersShareRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, end := undertaking(t)
		defer end()
		r := executor.NewRemote(executor.RemoteOptions{})
		got := make(chan string, 3)
		for n := range 3 {
			name := fmt.Sprint(n)
			id := join(r, name, "f")
			go func() {
				out, err := r.Exchange(t.Context(), id, asks(0))
				if err != nil || len(out.Calls) != 1 {
					t.Errorf("worker %s: %+v, %v", name, out, err)
				}
				got <- name
			}()
		}
		synctest.Wait()
		for range 3 { // before anyone could look
			handIn(all, r, "f")
		}
		names := []string{<-got, <-got, <-got}
		slices.Sort(names)
		if diff := cmp.Diff([]string{"0", "1", "2"}, names); diff != "" {
			t.Errorf("workers (-want +got):\n%s", diff)
		}
	})
}

func TestRemoteWorkerThatDiesLosesItsRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, end := undertaking(t)
		defer end()
		r := executor.NewRemote(executor.RemoteOptions{Lease: 5 * time.Second})
		var changes atomic.Int32 // the end of a lease is told by its timer
		defer r.OnChange(func() { changes.Add(1) })()
		id := join(r, "web:1", "f")
		under, waits := handIn(all, r, "f"), handIn(all, r, "f")
		synctest.Wait()
		exchange(t, r, id, executor.RemoteRequest{Free: 1})
		begun := time.Now()
		ends := []ran{<-under, <-waits}
		if time.Since(begun) != 5*time.Second {
			t.Errorf("it took %v", time.Since(begun))
		}
		lost, back := 0, 0
		for _, e := range ends {
			if errors.Is(e.err, job.ErrLost) && strings.Contains(e.err.Error(), "worker web:1, which had it, was not heard of for 5s") {
				lost++
			}
			if errors.Is(e.err, job.ErrNotBegun) && strings.Contains(e.err.Error(), `no worker has function "f" any more`) {
				back++
			}
		}
		if lost != 1 || back != 1 {
			t.Errorf("ended %+v", ends)
		}
		if _, err := r.Exchange(t.Context(), id, asks(0)); !errors.Is(err, executor.ErrRemoteWorker) {
			t.Errorf("error %v", err)
		}
		synctest.Wait()
		if changes.Load() != 2 || len(r.Names()) != 0 || len(r.List()) != 0 {
			t.Errorf("%d changes, functions %v, workers %v", changes.Load(), r.Names(), r.List())
		}
		if e := <-handIn(all, r, "f"); !errors.Is(e.err, job.ErrNotBegun) {
			t.Errorf("without a worker: %v", e.err)
		}
	})
}

func TestRemoteWorkerThatWaitsIsAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := executor.NewRemote(executor.RemoteOptions{Lease: 5 * time.Second})
		id := join(r, "one", "f")
		for range 3 {
			exchange(t, r, id, asks(0))
			time.Sleep(4 * time.Second)
		}
		if w := r.List(); len(w) != 1 || time.Since(w[0].Seen) != 4*time.Second {
			t.Errorf("workers %+v", w)
		}
		if err := r.Leave(id); err != nil {
			t.Error(err)
		}
		if err := r.Leave(id); !errors.Is(err, executor.ErrRemoteWorker) {
			t.Errorf("error %v", err)
		}
	})
}

func TestRemoteAnswerThatWasLostComesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, end := undertaking(t)
		defer end()
		r := executor.NewRemote(executor.RemoteOptions{})
		id := join(r, "one", "f")
		done := handIn(all, r, "f")
		synctest.Wait()
		first := exchange(t, r, id, asks(0))
		again := exchange(t, r, id, asks(0))
		if len(first.Calls) != 1 || len(again.Calls) != 1 || first.Calls[0].Call != again.Calls[0].Call || first.Serial != again.Serial {
			t.Fatalf("first %+v, again %+v", first, again)
		}
		if got := exchange(t, r, id, executor.RemoteRequest{Free: 1, After: again.Serial}); len(got.Calls) != 0 {
			t.Errorf("what it has got comes again: %+v", got)
		}
		exchange(t, r, id, result(first.Calls[0].Call, `1`))
		if e := <-done; e.err != nil {
			t.Error(e.err)
		}
	})
}

func TestRemoteRunIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, end := undertaking(t)
		defer end()
		r := executor.NewRemote(executor.RemoteOptions{StopWait: 3 * time.Second})
		id := join(r, "one", "f")
		wish := errors.New("somebody's wish")
		ctx, cancel := context.WithCancelCause(all)
		obeys, ignores := handIn(ctx, r, "f"), handIn(ctx, r, "f")
		synctest.Wait()
		calls := exchange(t, r, id, executor.RemoteRequest{Free: 2}).Calls
		waits := handIn(ctx, r, "f")
		time.AfterFunc(time.Second, func() { cancel(wish) })
		told := exchange(t, r, id, executor.RemoteRequest{Wait: time.Minute}).Cancel
		for len(told) < 2 {
			told = append(told, exchange(t, r, id, executor.RemoteRequest{Wait: time.Minute}).Cancel...)
		}
		if e := <-waits; !errors.Is(e.err, wish) || !strings.Contains(e.err.Error(), "no worker has begun with it") {
			t.Errorf("the one that waits: %+v", e)
		}
		exchange(t, r, id, executor.RemoteRequest{Results: []executor.RemoteResult{{Call: calls[0].Call, Error: "CancelledError"}}})
		begun := time.Now()
		ends := []ran{<-obeys, <-ignores}
		if time.Since(begun) != 3*time.Second {
			t.Errorf("it took %v", time.Since(begun))
		}
		var texts []string
		for _, e := range ends {
			texts = append(texts, e.err.Error())
		}
		slices.Sort(texts)
		want := []string{"CancelledError", "worker one was told to end it and has not within 3s; it may go on: somebody's wish"}
		if diff := cmp.Diff(want, texts); diff != "" {
			t.Errorf("errors (-want +got):\n%s", diff)
		}
	})
}

// endsAsItIsWaitedFor is a context that is over, and before that does something.
type endsAsItIsWaitedFor struct {
	context.Context

	before func()
}

func (c endsAsItIsWaitedFor) Done() <-chan struct{} {
	c.before()
	done := make(chan struct{})
	close(done)
	return done
}

func TestRemoteKeepsAResultThatComesAsTheRunIsToEnd(t *testing.T) {
	r := executor.NewRemote(executor.RemoteOptions{})
	id := join(r, "one", "f")
	for n := range 50 { // select takes one of two that are ready by chance
		ctx := endsAsItIsWaitedFor{t.Context(), func() {
			call := exchange(t, r, id, executor.RemoteRequest{Free: 1, After: int64(n)}).Calls[0]
			exchange(t, r, id, result(call.Call, `7`))
		}}
		if e := <-handIn(ctx, r, "f"); e.err != nil || e.result != "7" {
			t.Fatalf("run %d ended with %+v", n, e)
		}
	}
}

func TestRemoteDoesNotHandOutAgainWhatWasGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, end := undertaking(t)
		defer end()
		r := executor.NewRemote(executor.RemoteOptions{StopWait: time.Second, Lease: time.Minute})
		id := join(r, "one", "f")
		ctx, cancel := context.WithCancel(all)
		done := handIn(ctx, r, "f")
		synctest.Wait()
		if lost := exchange(t, r, id, asks(0)); len(lost.Calls) != 1 {
			t.Fatalf("%+v", lost)
		}
		cancel()
		if e := <-done; e.err == nil || !strings.Contains(e.err.Error(), "it may go on") {
			t.Fatalf("ended with %+v", e)
		}
		if again := exchange(t, r, id, executor.RemoteRequest{Free: 1}); len(again.Calls) != 0 {
			t.Errorf("it is handed out again: %+v", again)
		}
	})
}

func TestRemoteForgetsFunctions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, end := undertaking(t)
		defer end()
		r := executor.NewRemote(executor.RemoteOptions{})
		one, two := join(r, "one", "f", "g"), join(r, "two", "f")
		changes := 0
		defer r.OnChange(func() { changes++ })()
		under, waits := handIn(all, r, "g"), handIn(all, r, "g")
		synctest.Wait()
		call := exchange(t, r, one, asks(0)).Calls[0]
		gone := func(id string, functions, gone []string, want ...string) {
			t.Helper()
			if err := r.Register(id, functions, gone); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, r.Names()); diff != "" {
				t.Errorf("functions (-want +got):\n%s", diff)
			}
		}
		gone(one, nil, []string{"f"}, "f", "g") // two has it
		gone(one, []string{"g"}, []string{"g", "no such"}, "f", "g")
		if changes != 0 {
			t.Errorf("%d changes while the functions are the same", changes)
		}
		gone(one, nil, []string{"g"}, "f")
		gone(two, nil, []string{"f"})
		if changes != 2 {
			t.Errorf("%d changes, want 2", changes)
		}
		exchange(t, r, one, result(call.Call, `7`))
		ends := []ran{<-under, <-waits}
		slices.SortFunc(ends, func(a, b ran) int { return strings.Compare(b.result, a.result) })
		if ends[0].result != "7" || !errors.Is(ends[1].err, job.ErrNotBegun) {
			t.Errorf("ended %+v: what is under way goes on, and what waits is given back", ends)
		}
	})
}

func TestRemoteLearnsOfFunctions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := executor.NewRemote(executor.RemoteOptions{})
		id := join(r, "one")
		changes := 0
		stop := r.OnChange(func() { changes++ })
		if err := r.Register(id, []string{"f"}, nil); err != nil {
			t.Fatal(err)
		}
		if err := r.Register(id, []string{"f"}, nil); err != nil {
			t.Fatal(err)
		}
		stop()
		if err := r.Register(id, []string{"g"}, nil); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"f", "g"}, r.Names()); diff != "" || changes != 1 {
			t.Errorf("%d changes, functions (-want +got):\n%s", changes, diff)
		}
		if err := r.Check(job.Job{}); err == nil {
			t.Error("a job without a function is accepted")
		}
		if err := r.Check(job.Job{Func: "later"}); err != nil {
			t.Errorf("a job whose function is to come is refused: %v", err)
		}
	})
}
