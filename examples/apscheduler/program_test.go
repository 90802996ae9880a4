package main

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
)

// play runs the program for as long as d in virtual time, and returns the lines
// that it printed.
func play(t *testing.T, store job.Store, d time.Duration) []string {
	t.Helper()
	var out strings.Builder
	p, err := newProgram(&out, store, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.addJobs(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := p.run(ctx); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

// inBubble plays in virtual time, with a clock in UTC.
func inBubble(t *testing.T, story func(t *testing.T, store job.Store)) {
	synctest.Test(t, func(t *testing.T) {
		story(t, memory.New(memory.Options{}))
	})
}

func TestProgramPrintsWhatThePythonOnePrints(t *testing.T) {
	inBubble(t, func(t *testing.T, store job.Store) {
		begin := time.Now()
		at := func(s int) string { return begin.Add(time.Duration(s) * time.Second).Format(time.DateTime) }
		want := []string{
			"普通函数 ==> 10s执行一次 ==> " + at(10),
			"job执行: job.id => interval_func_test \t jobstore =>redis",
			"异步函数 ==> 15s执行一次 ==> " + at(15),
			"job执行: job.id => async_func_test \t jobstore =>redis",
			"普通函数 ==> 10s执行一次 ==> " + at(20),
			"job执行: job.id => interval_func_test \t jobstore =>redis",
		}
		if diff := cmp.Diff(want, play(t, store, 25*time.Second)); diff != "" {
			t.Errorf("output (-want +got):\n%s", diff)
		}
	})
}

func TestProgramRemovesAndAddsAgainWhatIsThereAlready(t *testing.T) {
	inBubble(t, func(t *testing.T, store job.Store) {
		play(t, store, 5*time.Second)
		want := []string{
			"Job identifier (interval_func_test) conflicts with an existing job",
			"key interval_func_test 存在 干掉它",
			"Job identifier (async_func_test) conflicts with an existing job",
			"key async_func_test 存在 干掉它",
		}
		got := play(t, store, 12*time.Second)
		if diff := cmp.Diff(want, got[:min(len(want), len(got))]); diff != "" {
			t.Errorf("output (-want +got):\n%s", diff)
		}
		if last := got[len(got)-1]; !strings.HasPrefix(last, "job执行: job.id => interval_func_test") {
			t.Errorf("the last line is %q, want that the job runs", last)
		}
	})
}

func TestProgramEndsItsJobsAfterFourMinutes(t *testing.T) {
	inBubble(t, func(t *testing.T, store job.Store) {
		counts := map[string]int{}
		for _, line := range play(t, store, time.Hour) {
			counts[strings.Fields(line)[0]]++
		}
		if diff := cmp.Diff(map[string]int{"普通函数": 24, "异步函数": 16, "job执行:": 40}, counts); diff != "" {
			t.Errorf("lines (-want +got):\n%s", diff)
		}
		left, err := store.List(t.Context(), job.Filter{})
		if err != nil || len(left) != 0 {
			t.Errorf("left in the store: %v, %v", left, err)
		}
	})
}

func TestProgramsShareTheWork(t *testing.T) {
	inBubble(t, func(t *testing.T, store job.Store) {
		counted := &counter{}
		first, err := newProgram(counted, store, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		second, err := newProgram(counted, store, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if err := first.addJobs(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		done := make(chan error)
		for _, p := range []*program{first, second} {
			go func() { done <- p.run(ctx) }()
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if counted.runs != 40 {
			t.Errorf("two programs ran %d times, want 40 as one does", counted.runs)
		}
	})
}

// counter counts the lines of functions. Two programs write to it, each with
// its own lock, so it has one as well.
type counter struct {
	mu   sync.Mutex
	runs int
}

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if strings.Contains(string(p), "函数 ==>") {
		c.runs++
	}
	return len(p), nil
}

var _ io.Writer = (*counter)(nil)
