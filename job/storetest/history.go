package storetest

import (
	"fmt"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

func historyCases() []testCase {
	return []testCase{
		{"the latest slot comes first", latestFirst},
		{"filters select", filtersSelect},
		{"pages go back in time", pagesGoBack},
		{"runs outlive their job", runsOutliveJobs},
	}
}

// past writes rows of a job, one a minute back from the start of the case,
// the newest first.
func (w *world) past(id string, kinds ...job.OutcomeKind) []job.Run {
	w.Helper()
	j := w.newJob(id, time.Time{})
	w.add(j)
	j = w.job(id)
	var rows []job.Run
	for i, kind := range kinds {
		r := runOf(j, w.in(-time.Duration(i)*time.Minute))
		r.Phase, r.Instance = job.Done, -1
		r.Outcome = job.Outcome{Kind: kind, Finished: r.Slot}
		rows = append(rows, r)
	}
	a := w.advance(j, rows...)
	a.State = job.State{}
	w.beat("writer")
	w.mustCommit("writer", a)
	return rows
}

func latestFirst(w *world) {
	rows := w.past("x", job.Succeeded, job.Failed, job.Missed, job.Cancelled)
	w.want("the runs", runIDs(rows), runIDs(w.runs(job.RunFilter{})))
	w.want("no runs", []string(nil), runIDs(w.runs(job.RunFilter{Job: "unknown"})))
}

func filtersSelect(w *world) {
	x := w.past("x", job.Succeeded, job.Failed, job.Succeeded, job.Missed, job.Lost)
	y := w.past("y", job.Failed)
	w.beat("a")
	_, running := w.begin("a", "z")
	for _, c := range []struct {
		what   string
		filter job.RunFilter
		want   []string
	}{
		{"of a job", job.RunFilter{Job: "y"}, []string{y[0].ID}},
		{"with IDs", job.RunFilter{IDs: []string{x[3].ID, "unknown", x[1].ID}}, []string{x[1].ID, x[3].ID}},
		{"of some jobs", job.RunFilter{Jobs: []string{"z", "y", "unknown", "y"}}, []string{y[0].ID, running.ID}},
		{"of a job that is one of some", job.RunFilter{Job: "y", Jobs: []string{"z", "y"}}, []string{y[0].ID}},
		{"of a job that is none of some", job.RunFilter{Job: "x", Jobs: []string{"z", "y"}}, nil},
		{"of no jobs", job.RunFilter{Jobs: []string{}}, nil},
		{"that live of some jobs", job.RunFilter{Jobs: []string{"x", "z"}, Phases: []job.Phase{job.Running, job.Waiting}}, []string{running.ID}},
		{"of some jobs, two at most", job.RunFilter{Jobs: []string{"x", "y"}, Kinds: []job.OutcomeKind{job.Failed}, Limit: 2}, []string{y[0].ID, x[1].ID}},
		{"with IDs of some jobs", job.RunFilter{IDs: []string{x[3].ID, y[0].ID}, Jobs: []string{"x", "z"}}, []string{x[3].ID}},
		{"with IDs of a job", job.RunFilter{IDs: []string{x[3].ID, y[0].ID}, Job: "x"}, []string{x[3].ID}},
		{"that run", job.RunFilter{Phases: []job.Phase{job.Running, job.Waiting}}, []string{running.ID}},
		{"that are over, of a job", job.RunFilter{Job: "x", Phases: []job.Phase{job.Done}}, runIDs(x)},
		{"that failed or were lost", job.RunFilter{Job: "x", Kinds: []job.OutcomeKind{job.Failed, job.Lost}}, []string{x[1].ID, x[4].ID}},
		{"that are not over", job.RunFilter{Kinds: []job.OutcomeKind{job.None}}, []string{running.ID}},
		{"from a slot on", job.RunFilter{Job: "x", Since: x[2].Slot}, runIDs(x[:3])},
		{"before a slot", job.RunFilter{Job: "x", Before: x[2].Slot}, runIDs(x[3:])},
		{"between two slots", job.RunFilter{Job: "x", Since: x[3].Slot, Before: x[1].Slot}, runIDs(x[2:4])},
		{"two at most", job.RunFilter{Job: "x", Limit: 2}, runIDs(x[:2])},
		{"of all conditions", job.RunFilter{Job: "x", Kinds: []job.OutcomeKind{job.Succeeded}, Before: x[0].Slot, Limit: 1}, []string{x[2].ID}},
	} {
		w.want("the runs "+c.what, c.want, runIDs(w.runs(c.filter)))
	}
}

func pagesGoBack(w *world) {
	kinds := make([]job.OutcomeKind, 25)
	for i := range kinds {
		kinds[i] = job.Succeeded
	}
	rows := w.past("x", kinds...)
	var all []string
	var before time.Time
	for range len(rows) {
		page := w.runs(job.RunFilter{Before: before, Limit: 10})
		if len(page) == 0 {
			break
		}
		all = append(all, runIDs(page)...)
		before = page[len(page)-1].Slot
	}
	w.want("all pages together", runIDs(rows), all)
}

func runsOutliveJobs(w *world) {
	rows := w.past("x", job.Succeeded, job.Failed)
	if err := w.store.Remove(w.ctx(), "x", 0); err != nil {
		w.Fatalf("Remove: %v, want no error", err)
	}
	w.want("the runs of a job that was removed", runIDs(rows), runIDs(w.runs(job.RunFilter{Job: "x"})))
	w.add(w.newJob("x", time.Time{}))
	w.want("its runs when a job came anew", runIDs(rows), runIDs(w.runs(job.RunFilter{Job: "x"})))
}

func pruneCases() []testCase {
	return []testCase{
		{"the newest of each job stay", prunesByCount},
		{"what is too old goes", prunesByAge},
		{"both conditions hold together", prunesByBoth},
		{"the zero Keep keeps all", prunesNothing},
		{"what lives stays", prunesNoLiving},
		{"thousands of rows go", prunesMany},
	}
}

// prune prunes until there is nothing more to prune.
func (w *world) prune(k job.Keep) (removed int) {
	w.Helper()
	k.Now = w.place.Now()
	for {
		n, err := w.store.Prune(w.ctx(), k)
		if err != nil {
			w.Fatalf("Prune(%+v): %v, want no error", k, err)
		}
		if n == 0 {
			return removed
		}
		removed += n
	}
}

func prunesByCount(w *world) {
	x := w.past("x", job.Succeeded, job.Failed, job.Missed, job.Succeeded)
	y := w.past("y", job.Failed)
	if err := w.store.Remove(w.ctx(), "x", 0); err != nil {
		w.Fatalf("Remove: %v, want no error", err)
	}
	w.want("how many were removed", 2, w.prune(job.Keep{PerJob: 2}))
	w.want("what stays of x, whose job is gone", runIDs(x[:2]), runIDs(w.runs(job.RunFilter{Job: "x"})))
	w.want("what stays of y", runIDs(y), runIDs(w.runs(job.RunFilter{Job: "y"})))
	w.want("what stays in all", 3, len(w.runs(job.RunFilter{})))
}

func prunesByAge(w *world) {
	x := w.past("x", job.Succeeded, job.Failed, job.Missed, job.Succeeded)
	w.want("how many were removed", 2, w.prune(job.Keep{Age: 90 * time.Second}))
	w.want("what stays", runIDs(x[:2]), runIDs(w.runs(job.RunFilter{})))
}

func prunesByBoth(w *world) {
	x := w.past("x", job.Succeeded, job.Failed, job.Missed, job.Succeeded)
	y := w.past("y", job.Succeeded, job.Failed, job.Missed, job.Succeeded)
	w.want("how many were removed", 4, w.prune(job.Keep{PerJob: 3, Age: 90 * time.Second}))
	w.want("what stays of x when age is the narrower", runIDs(x[:2]), runIDs(w.runs(job.RunFilter{Job: "x"})))
	w.want("how many were removed then", 2, w.prune(job.Keep{PerJob: 1, Age: time.Hour}))
	w.want("what stays of y when the count is the narrower", runIDs(y[:1]), runIDs(w.runs(job.RunFilter{Job: "y"})))
}

func prunesNothing(w *world) {
	w.past("x", job.Succeeded, job.Failed)
	w.want("how many were removed", 0, w.prune(job.Keep{}))
	w.want("how many stay", 2, len(w.runs(job.RunFilter{})))
}

func prunesNoLiving(w *world) {
	w.beat("a")
	j, running := w.begin("a", "x")
	waiting := w.waitingRun(j, "1")
	waiting.Slot, waiting.Due = w.in(-48*time.Hour), w.in(-48*time.Hour)
	w.enqueue(waiting)
	w.past("y", job.Succeeded, job.Failed)
	w.prune(job.Keep{PerJob: 1, Age: time.Nanosecond})
	w.want("what stays", sorted([]string{running.ID, waiting.ID}), sorted(runIDs(w.runs(job.RunFilter{Job: "x"}))))
	w.mustFinish(w.finished(running))
}

func prunesMany(w *world) {
	const jobs, each = 12, 100
	kinds := make([]job.OutcomeKind, each)
	for i := range kinds {
		kinds[i] = job.Succeeded
	}
	for i := range jobs {
		w.past(fmt.Sprint("job ", i), kinds...)
	}
	w.want("how many were removed", jobs*(each-3), w.prune(job.Keep{PerJob: 3}))
	w.want("how many stay", jobs*3, len(w.runs(job.RunFilter{})))
}
