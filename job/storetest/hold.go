package storetest

import (
	"fmt"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// holdCases are about stores whose claims keep the jobs that they give from
// other nodes for a moment. There is nothing to check where they do not.
func holdCases() []testCase {
	cases := []testCase{
		{"what one node was given, others are not", holdsWhatItGives},
		{"a node that does not commit keeps jobs for a moment", holdsForAMoment},
		{"a hold ends with the lease of its node", holdsWithLease},
		{"a hold is in the way of no write, and ends with it", holdsUntilWritten},
		{"claims at the same time give each job once", holdsInRaces},
	}
	for i, c := range cases {
		cases[i].run = func(w *world) {
			if w.place.Holds {
				c.run(w)
			}
		}
	}
	return cases
}

// addDueMany adds jobs that are due, and returns their IDs in the order of claims.
func (w *world) addDueMany(n int) []string {
	w.Helper()
	ids := make([]string, n)
	jobs := make([]job.Job, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("job %02d", i)
		jobs[i] = w.newJob(ids[i], w.in(-time.Second))
	}
	w.add(jobs...)
	return ids
}

func holdsWhatItGives(w *world) {
	ids := w.addDueMany(12)
	w.beat("a")
	w.want("what a is given while it is alone", ids, dueIDs(w.claim("a").Jobs))
	w.beat("b", "c")
	w.want("what b is given, as a kept nothing for itself then", ids[:5], dueIDs(w.claim("b", limit(5)).Jobs))
	w.want("what a is given", ids[5:9], dueIDs(w.claim("a", limit(4)).Jobs))
	w.want("what c is given", ids[9:], dueIDs(w.claim("c").Jobs))
	w.want("what b is given again", ids[:5], dueIDs(w.claim("b", limit(5)).Jobs))
}

func holdsForAMoment(w *world) {
	w.beat("a", "b")
	ids := w.addDueMany(3)
	w.want("what a is given", ids, dueIDs(w.claim("a").Jobs))
	b := w.claim("b")
	if len(b.Jobs) != 0 || !b.NextDue.After(b.Now) {
		w.Fatalf("b is given %v at %v, NextDue is %v: want nothing, and a later time", dueIDs(b.Jobs), b.Now, b.NextDue)
	}
	w.pass(b.NextDue.Sub(b.Now))
	w.want("what b is given at NextDue", ids, dueIDs(w.claim("b").Jobs))
}

func holdsWithLease(w *world) {
	w.beat("a", "b", "c")
	ids := w.addDueMany(3)
	w.want("what a is given", ids, dueIDs(w.claim("a").Jobs))
	w.beatFor("a", 0, 0)
	w.want("what b is given when a has left", ids, dueIDs(w.claim("b").Jobs))
}

func holdsUntilWritten(w *world) {
	w.beat("a", "b")
	ids := w.addDueMany(4)
	w.want("what a is given", ids, dueIDs(w.claim("a").Jobs))
	w.mustCommit("b", w.advance(w.job(ids[0])))
	if _, err := w.store.Replace(w.ctx(), w.job(ids[1])); err != nil {
		w.Errorf("Replace of a job that is held: %v, want no error", err)
	}
	if err := w.store.Remove(w.ctx(), ids[2], 0); err != nil {
		w.Errorf("Remove of a job that is held: %v, want no error", err)
	}
	w.want("what b is given", ids[1:2], dueIDs(w.claim("b").Jobs))
}

func holdsInRaces(w *world) {
	w.beatAll()
	ids := w.addDueMany(7 * racers)
	type answer struct {
		ids []string
		err error
	}
	answers := race(w, func(i int, s job.Store) answer {
		b, err := s.Claim(w.ctx(), w.claimOf(node(i), limit(7)))
		return answer{dueIDs(b.Jobs), err}
	})
	var all []string
	for i, a := range answers {
		if a.err != nil {
			w.Errorf("Claim of %s: %v, want no error", node(i), a.err)
		}
		all = append(all, a.ids...)
	}
	w.want("what they are given together", ids, sorted(all))
}
