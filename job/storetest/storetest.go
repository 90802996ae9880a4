// Package storetest is the suite that every job.Store passes: the sentences of
// the interface as checks. A driver runs it against the real server:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) storetest.Place {
//			prefix := emptyPrefix(t)
//			return storetest.Place{
//				Open: func(t *testing.T) job.Store { return open(t, prefix) },
//			}
//		})
//	}
//
// Time is the store's. Where the store has a clock of its own the suite waits
// for it, with leases of some hundred milliseconds; where the clock can be set
// (Place.Advance) nothing waits. All waiting is for a condition, with one
// generous limit.
package storetest

import (
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Place is where one store is kept: a database, a file, a prefix. It is empty
// and nobody else uses it.
type Place struct {
	// Open opens the store as one more process would. The suite closes what it
	// opened; the first handle is opened before anything else happens.
	Open func(t *testing.T) job.Store
	// Advance moves the store's clock. nil: the clock goes by itself.
	Advance func(d time.Duration)
	// Now is what callers tell the store as the time (Claim.Now, Beat.Now).
	// nil: time.Now.
	Now func() time.Time
	// Holds is whether a claim keeps the jobs that it gives from the claims of
	// other nodes for a moment.
	Holds bool
	// Corrupt makes what is stored of a job such that it cannot be decoded, as a
	// later release or a person might. nil: the store keeps no text of jobs.
	Corrupt func(t *testing.T, id string)
}

// Run runs the suite. It calls open for each case.
func Run(t *testing.T, open func(t *testing.T) Place) {
	for _, group := range []struct {
		name  string
		cases []testCase
	}{
		{"jobs", jobCases()},
		{"list", listCases()},
		{"claim", claimCases()},
		{"hold", holdCases()},
		{"next due", nextDueCases()},
		{"commit", commitCases()},
		{"limits", limitCases()},
		{"finish", finishCases()},
		{"lease", leaseCases()},
		{"nodes", nodeCases()},
		{"lost", lostCases()},
		{"waiting", waitingCases()},
		{"cancel", cancelCases()},
		{"history", historyCases()},
		{"prune", pruneCases()},
		{"race", raceCases()},
		{"watch", watchCases()},
		{"life", lifeCases()},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.cases {
				t.Run(c.name, func(t *testing.T) { c.run(newWorld(t, open(t))) })
			}
		})
	}
}

// testCase is one promise.
type testCase struct {
	name string
	run  func(w *world)
}
