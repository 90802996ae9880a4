package storetest

import (
	"errors"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// want compares; what says of what.
func (w *world) want(what string, want, got any) {
	w.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		w.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// wantErr is for errors that somebody branches on.
func (w *world) wantErr(what string, want, got error) {
	w.Helper()
	if !errors.Is(got, want) {
		w.Errorf("%s: got error %v, want %v", what, got, want)
	}
}

// wantTime compares times to the microsecond.
func (w *world) wantTime(what string, want, got time.Time) {
	w.Helper()
	if !got.Equal(want) {
		w.Errorf("%s is %v, want %v", what, got, want)
	}
}

func errAt(errs []error, i int) error {
	if errs == nil {
		return nil
	}
	return errs[i]
}

func ids(jobs []job.Job) []string {
	var all []string
	for i := range jobs {
		all = append(all, jobs[i].ID)
	}
	return all
}

func dueIDs(jobs []job.Due) []string {
	var all []string
	for i := range jobs {
		all = append(all, jobs[i].Job.ID)
	}
	return all
}

func runIDs(runs []job.Run) []string {
	var all []string
	for i := range runs {
		all = append(all, runs[i].ID)
	}
	return all
}

func takenIDs(taken []job.Taken) []string {
	var all []string
	for i := range taken {
		all = append(all, taken[i].Run.ID)
	}
	return all
}

func sorted(all []string) []string {
	slices.Sort(all)
	return all
}

func isOneOf(err error, allowed []error) bool {
	for _, want := range allowed {
		if errors.Is(err, want) {
			return true
		}
	}
	return false
}
