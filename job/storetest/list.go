package storetest

import (
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

func listCases() []testCase {
	return []testCase{
		{"the order is by next time, then id, those without a time last", listsInOrder},
		{"pages come one after another", listsPages},
		{"only those that were asked for", listsSome},
		{"an empty store has no jobs", listsNothing},
		{"the order follows a change", listsAfterChanges},
	}
}

// someJobs are jobs in no order, and their IDs in the order of List.
func (w *world) someJobs() (jobs []job.Job, order []string) {
	jobs = []job.Job{
		w.newJob("Z never", time.Time{}), w.newJob("b", w.in(time.Hour)), w.newJob("任务", w.in(time.Hour)), w.newJob("early", w.in(-time.Hour)),
		w.newJob("B", w.in(time.Hour)), w.newJob("a never", time.Time{}), w.newJob("a", w.in(time.Hour)),
		w.newJob("a bit later", w.in(time.Hour+time.Microsecond)), w.newJob("ä", w.in(time.Hour)), w.newJob("a1", w.in(time.Hour)),
	}
	return jobs, []string{"early", "B", "a", "a1", "b", "ä", "任务", "a bit later", "Z never", "a never"}
}

func listsInOrder(w *world) {
	jobs, order := w.someJobs()
	w.add(jobs...)
	w.want("the jobs, IDs compared byte by byte", order, ids(w.list(job.Filter{})))
}

func listsPages(w *world) {
	jobs, order := w.someJobs()
	w.add(jobs...)
	for size := 1; size <= len(order)+1; size += 3 {
		var all []string
		after := ""
		for range len(order) + 1 {
			page := ids(w.list(job.Filter{After: after, Limit: size}))
			if len(page) > size {
				w.Fatalf("a page of %d jobs, want %d at most", len(page), size)
			}
			if len(page) == 0 {
				break
			}
			all = append(all, page...)
			after = page[len(page)-1]
		}
		w.want("all pages together", order, all)
	}
	w.want("what comes after the fourth", order[4:], ids(w.list(job.Filter{After: order[3]})))
}

func listsSome(w *world) {
	jobs, _ := w.someJobs()
	w.add(jobs...)
	w.want("the jobs", []string{"early", "b", "a never"}, ids(w.list(job.Filter{IDs: []string{"a never", "unknown", "b", "early"}})))
	w.want("unknown ones", []string(nil), ids(w.list(job.Filter{IDs: []string{"unknown"}})))
}

func listsNothing(w *world) {
	w.want("the jobs", []string(nil), ids(w.list(job.Filter{})))
	w.want("the jobs after one that is not there", []string(nil), ids(w.list(job.Filter{After: "x", Limit: 3})))
}

func listsAfterChanges(w *world) {
	w.add(w.newJob("a", w.in(time.Hour)), w.newJob("b", w.in(2*time.Hour)), w.newJob("c", w.in(3*time.Hour)))
	c := w.job("c")
	c.State.Next = w.in(time.Minute)
	if _, err := w.store.Replace(w.ctx(), c); err != nil {
		w.Fatalf("Replace: %v, want no error", err)
	}
	w.beat("n")
	a := w.advance(w.job("a"))
	a.State.Next = time.Time{}
	w.mustCommit("n", a)
	w.want("the jobs, when c is the first and a has no time", []string{"c", "b", "a"}, ids(w.list(job.Filter{})))
}
