// Package sqlstoretest has the benchmarks and tests that the relational stores
// share, beside those of job/storetest.
package sqlstoretest

import (
	"encoding/json"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

const (
	// second is how many jobs are due in the second that is measured.
	second = 10_000
	// batch is how many a scheduler moves by one call.
	batch = 1000
	needs = "default:sync"
)

// Bench is a store to be measured.
type Bench struct {
	Store job.Store
	// CPU is what its server has used, in seconds.
	CPU func() float64
}

// Due are n jobs that are due at a time.
func Due(n int, prefix string, at time.Time) []job.Job {
	jobs := make([]job.Job, n)
	for i := range jobs {
		jobs[i] = job.Job{
			ID:       fmt.Sprintf("%s%07d", prefix, i),
			Trigger:  trigger.EveryFrom(at, time.Second),
			Executor: "default", Func: "sync", Args: json.RawMessage(`{"warehouse":17}`),
			Policy: job.Policy{Named: true},
			State:  job.State{Next: at, Slot: at},
		}
	}
	return jobs
}

// Add adds jobs one by one.
func (s Bench) Add(b *testing.B) {
	jobs := Due(b.N, "j", time.Now().Add(time.Hour))
	b.ResetTimer()
	for i := range jobs {
		s.add(b, jobs[i:i+1])
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
}

// AddMany adds 10,000 jobs at a time. It tells the CPU of client and server a
// job, too.
func (s Bench) AddMany(b *testing.B) {
	c := &cycle{Bench: s, B: b}
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		jobs := Due(second, fmt.Sprintf("%d-", i), time.Now().Add(time.Hour))
		b.StartTimer()
		c.measure(0, func() error {
			s.add(b, jobs)
			return nil
		})
	}
	b.ReportMetric(float64(second*b.N)/b.Elapsed().Seconds(), "jobs/s")
	b.ReportMetric(1e6*c.used[0]/float64(second*b.N), "cpu-us/job")
}

func (s Bench) add(b *testing.B, jobs []job.Job) {
	b.Helper()
	if errs, err := s.Store.Add(b.Context(), jobs); errs != nil || err != nil {
		b.Fatal(errs, err)
	}
}

// Cycle claims, commits and finishes 10,000 runs: what a second costs with so
// many jobs due in it. The metrics are seconds of CPU, of client and server
// together, and of each part.
func (s Bench) Cycle(b *testing.B) {
	s.add(b, Due(second, "j", time.Now().Add(-10*time.Hour)))
	if _, err := s.Store.Beat(b.Context(), job.Beat{Node: "one", Lease: time.Hour, Ahead: time.Hour, Now: time.Now()}); err != nil {
		b.Fatal(err)
	}
	c := &cycle{Bench: s, B: b}
	for b.Loop() {
		for range second / batch {
			c.turn()
		}
	}
	total := 0.0
	for i, part := range []string{"claim", "commit", "finish"} {
		b.ReportMetric(c.used[i]/float64(b.N), part+"-cpu-s")
		total += c.used[i]
	}
	b.ReportMetric(total/float64(b.N), "cpu-s")
}

// cycle is a Cycle under way.
type cycle struct {
	Bench
	*testing.B
	used [3]float64 // seconds, of Claim, Commit and Finish
}

// measure adds to part what f uses.
func (c *cycle) measure(part int, f func() error) {
	c.Helper()
	server := c.CPU()
	own := c.own() // inside, as asking for the server's is work, too
	if err := f(); err != nil {
		c.Fatal(err)
	}
	own = c.own() - own
	c.used[part] += own + c.CPU() - server
}

// own is what this process has used, in seconds.
func (c *cycle) own() float64 {
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		c.Fatal(err)
	}
	return float64(own.Utime.Nano()+own.Stime.Nano()) / 1e9
}

// turn moves a batch of jobs on by one slot.
func (c *cycle) turn() {
	var claimed job.Batch
	c.measure(0, func() (err error) {
		claimed, err = c.Store.Claim(c.Context(), job.Claim{
			Node: "one", Serves: []string{needs, "default:other"}, Limit: batch, Horizon: time.Second, Now: time.Now(),
		})
		return err
	})
	if len(claimed.Jobs) != batch {
		c.Fatalf("%d jobs were claimed, want %d", len(claimed.Jobs), batch)
	}
	advances := make([]job.Advance, batch)
	for i, d := range claimed.Jobs {
		slot := d.Job.State.Slot
		next := slot.Add(time.Second)
		advances[i] = job.Advance{
			ID: d.Job.ID, Rev: d.Job.State.Rev, State: job.State{Next: next, Slot: next, Last: slot},
			Runs: []job.Run{{
				ID: job.RunID(d.Job.ID, slot), Job: d.Job.ID, Slot: slot, Due: slot, Phase: job.Running, Place: -1, Work: d.Job.Work(),
			}},
		}
	}
	var committed []job.Committed
	c.measure(1, func() (err error) {
		committed, err = c.Store.Commit(c.Context(), "one", advances)
		return err
	})
	finished := make([]job.Finished, batch)
	for i, answer := range committed {
		finished[i] = job.Finished{
			ID: advances[i].Runs[0].ID, Token: answer.Tokens[0], Started: claimed.Now, Attempt: 1,
			Outcome: job.Outcome{Kind: job.Succeeded, Finished: claimed.Now},
		}
	}
	c.measure(2, func() error {
		errs, err := c.Store.Finish(c.Context(), finished)
		if errs != nil {
			c.Fatal(errs[0])
		}
		return err
	})
}

// Million finds what is due next among a million jobs.
func (s Bench) Million(b *testing.B) {
	const n = 1_000_000
	for i := 0; i < n; i += second {
		s.add(b, Due(second, fmt.Sprintf("%d-", i), time.Now().Add(time.Hour)))
	}
	if _, err := s.Store.Beat(b.Context(), job.Beat{Node: "one", Lease: time.Hour, Now: time.Now()}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		claimed, err := s.Store.Claim(b.Context(), job.Claim{
			Node: "one", Serves: []string{needs}, Limit: batch, Horizon: time.Second, Now: time.Now(),
		})
		if err != nil || len(claimed.Jobs) > 0 || claimed.NextDue.IsZero() {
			b.Fatal(claimed, err)
		}
	}
}

// Prune looks for surplus runs of some jobs, of 10,000 with ten runs each.
func (s Bench) Prune(b *testing.B) {
	s.add(b, Due(second, "j", time.Now().Add(-10*time.Hour)))
	if _, err := s.Store.Beat(b.Context(), job.Beat{Node: "one", Lease: time.Hour, Ahead: time.Hour, Now: time.Now()}); err != nil {
		b.Fatal(err)
	}
	c := &cycle{Bench: s, B: b}
	for range 10 * second / batch {
		c.turn()
	}
	b.ResetTimer()
	removed := 0
	for b.Loop() {
		n, err := s.Store.Prune(b.Context(), job.Keep{PerJob: 5})
		if err != nil {
			b.Fatal(err)
		}
		removed += n
	}
	b.ReportMetric(float64(removed)/float64(b.N), "runs/op")
}
