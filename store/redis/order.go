package redis

import (
	"cmp"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// pageOf is the part of jobs that f selects, in the order of List.
func pageOf(jobs []job.Job, f job.Filter) []job.Job {
	slices.SortFunc(jobs, byNext)
	if f.After != "" {
		if i := slices.IndexFunc(jobs, func(j job.Job) bool { return j.ID == f.After }); i >= 0 {
			jobs = jobs[i+1:]
		}
	}
	if f.Limit > 0 && len(jobs) > f.Limit {
		jobs = jobs[:f.Limit]
	}
	return jobs
}

// byNext orders by next run time, those without one last, then by ID.
func byNext(a, b job.Job) int {
	return cmp.Or(
		cmp.Compare(rank(a.State), rank(b.State)),
		a.State.Next.Compare(b.State.Next),
		strings.Compare(a.ID, b.ID),
	)
}

// rank is 1 for a job that is never due by itself.
func rank(s job.State) int {
	if s.Next.IsZero() {
		return 1
	}
	return 0
}

// latestFirst orders runs as Runs lists them.
func latestFirst(a, b job.Run) int {
	return cmp.Or(b.Slot.Compare(a.Slot), strings.Compare(a.ID, b.ID))
}

// selects says whether f, without its Limit, selects r. Its Jobs are sorted, and
// it has no Job.
func selects(f *job.RunFilter, r *job.Run) bool {
	return (f.IDs == nil || slices.Contains(f.IDs, r.ID)) &&
		(f.Jobs == nil || among(f.Jobs, r.Job)) &&
		(len(f.Phases) == 0 || slices.Contains(f.Phases, r.Phase)) &&
		(len(f.Kinds) == 0 || slices.Contains(f.Kinds, r.Outcome.Kind)) &&
		(f.Since.IsZero() || !r.Slot.Before(f.Since)) &&
		(f.Before.IsZero() || r.Slot.Before(f.Before))
}

func among(sorted []string, id string) bool {
	_, ok := slices.BinarySearch(sorted, id)
	return ok
}
