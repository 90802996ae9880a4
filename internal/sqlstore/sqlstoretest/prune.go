package sqlstoretest

import (
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// PruneManyJobs checks that Prune gets to the history of every job, though a
// call looks at some of them only.
func PruneManyJobs(t *testing.T, s job.Store) {
	t.Helper()
	const jobs, runs, keep = 700, 3, 1
	for _, j := range Due(jobs, "j", job.Micro(time.Now())) {
		for i := range runs {
			r := job.Run{
				ID: job.RunID(j.ID, j.State.Slot.Add(time.Duration(i)*time.Second)), Job: j.ID,
				Slot: j.State.Slot.Add(time.Duration(i) * time.Second), Due: j.State.Slot, Work: j.Work(),
			}
			if err := s.Enqueue(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			if err := s.CancelRun(t.Context(), r.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	removed := 0
	end := time.After(time.Minute)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for removed < jobs*(runs-keep) {
		n, err := s.Prune(t.Context(), job.Keep{PerJob: keep})
		if err != nil {
			t.Fatal(err)
		}
		removed += n
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("%d runs were removed, want %d", removed, jobs*(runs-keep))
		}
	}
	left, err := s.Runs(t.Context(), job.RunFilter{})
	if err != nil {
		t.Fatal(err)
	}
	of := make(map[string]int)
	for _, r := range left {
		of[r.Job]++
		if !r.Slot.Equal(left[0].Slot) { // the latest slot, which all have
			t.Errorf("%s is left, want the newest run of the job alone", r.ID)
		}
	}
	if len(left) != jobs*keep || len(of) != jobs {
		t.Errorf("%d runs of %d jobs are left, want %d of %d", len(left), len(of), jobs*keep, jobs)
	}
}
