package mongo_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// BenchmarkSecond is what a second of 200 jobs asks of the store: claim,
// commit and finish.
func BenchmarkSecond(b *testing.B) {
	const n = 200
	now := t0()
	s := newPlace(b).open(b, func() time.Time { return now })
	var jobs []job.Job
	for i := range n {
		jobs = append(jobs, newJob(fmt.Sprint("job", i), now))
	}
	add(b, s, jobs...)
	for b.Loop() {
		beat(b, s, "n", now)
		batch, err := s.Claim(b.Context(), job.Claim{Node: "n", Serves: []string{"default"}, Limit: n, Now: now})
		if err != nil || len(batch.Jobs) != n {
			b.Fatal(len(batch.Jobs), err)
		}
		var advances []job.Advance
		for _, d := range batch.Jobs {
			advances = append(advances, advance(d))
		}
		committed, err := s.Commit(b.Context(), "n", advances)
		if err != nil {
			b.Fatal(err)
		}
		var fins []job.Finished
		for i, c := range committed {
			if c.Err != nil {
				b.Fatal(c.Err)
			}
			fins = append(fins, succeeded(advances[i].Runs[0].ID, c.Tokens[0]))
		}
		if errs, err := s.Finish(b.Context(), fins); err != nil || errs != nil {
			b.Fatal(errs, err)
		}
		now = now.Add(10 * time.Second)
	}
}
