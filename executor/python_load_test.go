package executor_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// together runs n calls at the same time and returns their results.
func together(t *testing.T, p *executor.Python, n int, make func(i int) job.Task) []executor.PythonResult {
	t.Helper()
	results := makeResults(n)
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() {
			text, err := p.Execute(t.Context(), make(i))
			if err != nil {
				t.Errorf("call %d: %v", i, err)
				return
			}
			results[i] = returned(t, string(text))
		})
	}
	running.Wait()
	return results
}

func makeResults(n int) []executor.PythonResult { return make([]executor.PythonResult, n) }

// A thousand coroutines are under way at once, on four workers, as with the
// seed's max_instances = 1000: each returns only once all of them have begun.
func TestPythonRunsAThousandTogether(t *testing.T) {
	p := workers(t, executor.PythonOptions{})
	if p.Workers() != 1000 {
		t.Fatalf("it runs %d at a time", p.Workers())
	}
	path := t.TempDir() + "/met"
	together(t, p, 1000, func(int) job.Task { return call("tasks:async_meet", path, 1000) })
	pids := map[string]int{}
	for _, r := range together(t, p, 1000, func(int) job.Task { return call("tasks:async_pid") }) {
		pids[string(r.Value)]++
	}
	if len(pids) > 4 {
		t.Errorf("there are %d workers: %v", len(pids), pids)
	}
}

func TestPythonRunsManyThreads(t *testing.T) {
	p := workers(t, executor.PythonOptions{Workers: 2})
	path := t.TempDir() + "/met"
	together(t, p, 300, func(int) job.Task { return call("tasks:meet", path, 300) })
}

// Output goes to its own run, whoever else prints at the same time.
func TestPythonKeepsOutputsApart(t *testing.T) {
	var mu sync.Mutex
	copies := map[string]*bytes.Buffer{}
	p := workers(t, executor.PythonOptions{Workers: 1, Output: func(task job.Task) io.Writer {
		mu.Lock()
		defer mu.Unlock()
		b := new(bytes.Buffer)
		copies[task.Run.ID] = b
		return b
	}})
	const times = 50
	results := together(t, p, 60, func(i int) job.Task {
		task := call([]string{"tasks:chat", "tasks:chat_in_thread"}[i%2], fmt.Sprintf("第%d", i), times)
		task.Run.ID = fmt.Sprint(i)
		return task
	})
	for i, r := range results {
		var want strings.Builder
		for k := range times {
			fmt.Fprintf(&want, "第%d %d\n", i, k)
		}
		if r.Output != want.String() {
			t.Fatalf("run %d has printed %q", i, r.Output)
		}
		if got := copies[fmt.Sprint(i)].String(); got != want.String() {
			t.Fatalf("the writer of run %d got %q", i, got)
		}
	}
}

// Signal handlers print in the middle of whatever the main thread does.
func TestPythonPrintsInSignalHandlers(t *testing.T) {
	p := workers(t, executor.PythonOptions{Workers: 1})
	var running sync.WaitGroup
	running.Go(func() {
		if got := value(t, p, call("tasks:signalled")); got == "0" || got == "" {
			t.Errorf("%q signals were handled", got)
		}
	})
	for i := range 20 {
		running.Go(func() { value(t, p, call("tasks:chat", fmt.Sprint(i), 300)) })
	}
	running.Wait()
}

// errFull is why a writer fails.
var errFull = errors.New("the disk is full")

type fullWriter struct{}

func (fullWriter) Write([]byte) (int, error) { return 0, errFull }

func TestPythonTellsOfOutputThatCannotBeWritten(t *testing.T) {
	p := workers(t, executor.PythonOptions{Output: func(job.Task) io.Writer { return fullWriter{} }})
	result, err := p.Execute(t.Context(), call("tasks:interval_func", "text"))
	if !errors.Is(err, errFull) || returned(t, string(result)).Output != "text\n" {
		t.Errorf("it returns %s, %v", result, err)
	}
}

// Workers are replaced while calls come from all sides, and each call is made
// once.
func TestPythonReplacesAfterMaxCalls(t *testing.T) {
	p := workers(t, executor.PythonOptions{Workers: 3, Concurrency: 10, MaxCalls: 40})
	var calls atomic.Int64
	var mu sync.Mutex
	made := map[string]int{}
	var callers sync.WaitGroup
	const all = 600
	for range 30 {
		callers.Go(func() {
			for n := calls.Add(1); n <= all; n = calls.Add(1) {
				pid := value(t, p, call([]string{"tasks:pid", "tasks:async_pid"}[n%2]))
				mu.Lock()
				made[pid]++
				mu.Unlock()
			}
		})
	}
	callers.Wait()
	sum := 0
	for pid, n := range made {
		sum += n
		if n > 40 {
			t.Errorf("worker %s has made %d calls", pid, n)
		}
	}
	if sum != all || len(made) < all/40 {
		t.Errorf("%d calls were made by %d workers, want %d by %d", sum, len(made), all, all/40)
	}
}

func TestPythonReplacesAboveMaxMemory(t *testing.T) {
	p := workers(t, executor.PythonOptions{Workers: 1, MaxMemory: 100 << 20})
	small := value(t, p, call("tasks:pid"))
	if again := value(t, p, call("tasks:pid")); again != small {
		t.Fatalf("worker %s was replaced by %s for nothing", small, again)
	}
	value(t, p, call("tasks:eat", 120<<20))
	if after := value(t, p, call("tasks:pid")); after == small {
		t.Error("the worker that has taken much memory goes on")
	}
}
