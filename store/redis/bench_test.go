package redis_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/redis"
)

// jobsDue are n jobs that are due at a time.
func jobsDue(n int, prefix string, at time.Time) []job.Job {
	jobs := make([]job.Job, n)
	for i := range jobs {
		jobs[i] = newJob(fmt.Sprintf("%s%07d", prefix, i), at)
	}
	return jobs
}

// BenchmarkAdd adds jobs one by one.
func BenchmarkAdd(b *testing.B) {
	s := startServer(b, "--appendonly", "yes").open(b, redis.Options{})
	jobs := jobsDue(b.N, "j", time.Now().Add(time.Hour))
	b.ResetTimer()
	for i := range jobs {
		mustAdd(b, s, jobs[i])
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
}

// BenchmarkAddMany adds 10,000 jobs at a time.
func BenchmarkAddMany(b *testing.B) {
	const n = 10_000
	s := startServer(b, "--appendonly", "yes").open(b, redis.Options{})
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		jobs := jobsDue(n, fmt.Sprintf("%d-", i), time.Now().Add(time.Hour))
		b.StartTimer()
		mustAdd(b, s, jobs...)
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "jobs/s")
}

// BenchmarkCycle claims, commits and finishes 10,000 runs: what a second costs
// with so many jobs due in it. cpu-s is what client and server used of it; the
// others are what the server used for each run.
func BenchmarkCycle(b *testing.B) {
	const n = 10_000
	srv := startServer(b, "--appendonly", "yes")
	s := srv.open(b, redis.Options{})
	mustAdd(b, s, jobsDue(n, "j", time.Now().Add(-10*time.Hour))...)
	mustBeat(b, s, "one")
	client := srv.client(b)
	before := cpu(b, client)
	var claim, commit, finish float64
	for b.Loop() {
		for range n / 1000 {
			start := serverCPU(b, client)
			batch := mustClaim(b, s, "one")
			claimed := serverCPU(b, client)
			advances := advancesOf(batch)
			committed := mustCommit(b, s, "one", advances...)
			written := serverCPU(b, client)
			if errs, err := s.Finish(b.Context(), finishedOf(advances, committed, batch.Now)); errs != nil || err != nil {
				b.Fatal(errs, err)
			}
			claim, commit, finish = claim+claimed-start, commit+written-claimed, finish+serverCPU(b, client)-written
		}
	}
	b.ReportMetric((cpu(b, client)-before)/float64(b.N), "cpu-s/op")
	for name, seconds := range map[string]float64{"claim": claim, "commit": commit, "finish": finish} {
		b.ReportMetric(seconds*1e6/float64(b.N)/n, name+"-us/run")
	}
}

// advancesOf moves the jobs of a batch on by a second, with one run each.
func advancesOf(batch job.Batch) []job.Advance {
	advances := make([]job.Advance, len(batch.Jobs))
	for i, d := range batch.Jobs {
		next := d.Job.State.Next.Add(time.Second)
		advances[i] = job.Advance{ID: d.Job.ID, Rev: d.Job.State.Rev, Runs: []job.Run{runOf(d.Job)},
			State: job.State{Next: next, Slot: next, Last: d.Job.State.Slot}}
	}
	return advances
}

// finishedOf says that the runs of advances succeeded.
func finishedOf(advances []job.Advance, committed []job.Committed, now time.Time) []job.Finished {
	finished := make([]job.Finished, len(committed))
	for i, c := range committed {
		finished[i] = job.Finished{ID: advances[i].Runs[0].ID, Token: c.Tokens[0], Started: now, Attempt: 1,
			Outcome: job.Outcome{Kind: job.Succeeded, Finished: now}}
	}
	return finished
}

// BenchmarkMillion opens a store of a million jobs, and claims in it.
func BenchmarkMillion(b *testing.B) {
	srv := startServer(b)
	s := srv.open(b, redis.Options{})
	for i := range 100 {
		mustAdd(b, s, jobsDue(10_000, fmt.Sprintf("%d-", i), time.Now().Add(time.Hour))...)
	}
	mustBeat(b, s, "one")
	b.Run("Open", func(b *testing.B) {
		for b.Loop() {
			srv.open(b, redis.Options{})
		}
	})
	b.Run("Claim", func(b *testing.B) {
		for b.Loop() {
			mustClaim(b, s, "one")
		}
	})
	b.ReportMetric(0, "ns/op")
}
