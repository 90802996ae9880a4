package service_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
	"github.com/watchkeeper-go/watchkeeper/store/sqlite"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// counting is a store that counts the runs that it hands out.
type counting struct {
	job.Store
	runs int
}

func (c *counting) Runs(ctx context.Context, f job.RunFilter) ([]job.Run, error) {
	runs, err := c.Store.Runs(ctx, f)
	c.runs += len(runs)
	return runs, err
}

// crowd adds jobs, the first of them with a run each that waits for a node that
// serves it. They are listed in the order of their names, which are "job n" with
// five digits.
func crowd(t testing.TB, store job.Store, jobs, live int) {
	t.Helper()
	next := time.Now().Add(time.Hour)
	all := make([]job.Job, jobs)
	for i := range all {
		all[i] = job.Job{ID: fmt.Sprintf("job %05d", i), Trigger: trigger.EveryFrom(next, time.Hour), Executor: "elsewhere", State: job.State{Next: next, Slot: next}}
	}
	if errs, err := store.Add(t.Context(), all); errs != nil || err != nil {
		t.Fatal(errs, err)
	}
	for _, j := range all[:live] {
		slot := next.Add(-2 * time.Hour)
		r := job.Run{ID: job.RunID(j.ID, slot), Job: j.ID, Slot: slot, Due: slot, Instance: -1, Place: -1, Work: j.Work()}
		if err := store.Enqueue(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAPageReadsTheRunsOfItsJobsAlone(t *testing.T) {
	store := &counting{Store: memory.New(memory.Options{})}
	crowd(t, store, 1000, 1000)
	d := newJobDaemon(t, "a", store, &notes{}, files(t, ""))
	first, err := d.List(t.Context(), service.JobFilter{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	store.runs = 0
	second, err := d.List(t.Context(), service.JobFilter{Limit: 50, After: first[49].Cursor()})
	if err != nil {
		t.Fatal(err)
	}
	if store.runs != 50 {
		t.Errorf("a page of 50 jobs read %d runs, want one of each", store.runs)
	}
	var waiting int
	for _, i := range second {
		waiting += i.Waiting
	}
	if first, last := second[0].Job.ID, second[49].Job.ID; first != "job 00050" || last != "job 00099" || waiting != 50 {
		t.Errorf("page from %s to %s, %d runs wait, want from job 00050 to job 00099 with 50", first, last, waiting)
	}
}

// BenchmarkPageOfJobs is the first 50 of 10,000 jobs, in stores where the runs of
// few and of all of them live.
func BenchmarkPageOfJobs(b *testing.B) {
	for _, kind := range []string{"memory", "sqlite"} {
		for _, live := range []int{50, 10_000} {
			b.Run(fmt.Sprintf("%s/%d live", kind, live), func(b *testing.B) {
				var store job.Store = memory.New(memory.Options{})
				if kind == "sqlite" {
					s, err := sqlite.Open(filepath.Join(b.TempDir(), "jobs.db"), sqlite.Options{})
					if err != nil {
						b.Fatal(err)
					}
					b.Cleanup(func() {
						if err := s.Close(); err != nil {
							b.Error(err)
						}
					})
					store = s
				}
				crowd(b, store, 10_000, live)
				d := newJobDaemon(b, "a", store, &notes{}, files(b, ""))
				for b.Loop() {
					infos, err := d.List(b.Context(), service.JobFilter{Limit: 50})
					if err != nil || len(infos) != 50 || slices.ContainsFunc(infos, func(i service.JobInfo) bool { return i.Waiting != 1 }) {
						b.Fatal(len(infos), err)
					}
				}
			})
		}
	}
}
