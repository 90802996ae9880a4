package memory_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// jobs are n interval jobs that are due at the same moment.
func jobs(n int, at time.Time) []job.Job {
	all := make([]job.Job, n)
	for i := range all {
		all[i] = job.Job{
			ID:       fmt.Sprintf("job-%07d", i),
			Trigger:  trigger.EveryFrom(at, time.Second),
			Executor: "default", Func: "sync", Policy: job.Policy{Named: true},
			State: job.State{Next: at, Slot: at},
		}
	}
	return all
}

// BenchmarkAdd adds jobs one call each.
func BenchmarkAdd(b *testing.B) {
	const n = 100_000
	all := jobs(n, time.Now().Add(time.Hour))
	ctx := context.Background()
	begun := cpuTime()
	for b.Loop() {
		s := memory.New(memory.Options{})
		for i := range all {
			if _, err := s.Add(ctx, all[i:i+1]); err != nil {
				b.Fatal(err)
			}
		}
	}
	perJob(b, n, begun)
}

// perJob reports the time and the processor time that a job took. The latter tells
// more where others use the machine, too.
func perJob(b *testing.B, n int, begun time.Duration) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/job")
	b.ReportMetric(float64(cpuTime()-begun)/float64(b.N*n), "cpu-ns/job")
}

// BenchmarkBytes tells what a job takes, with its trigger and its ID.
func BenchmarkBytes(b *testing.B) {
	const n = 100_000
	for b.Loop() {
		before := heap()
		s := memory.New(memory.Options{})
		for i := range n {
			one := jobs(1, time.Now().Add(time.Hour))
			one[0].ID = fmt.Sprintf("%032x", i)
			if _, err := s.Add(context.Background(), one); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(heap()-before)/n, "bytes/job")
		runtime.KeepAlive(s)
	}
}

// BenchmarkBytesOfHistory tells what a row of the history takes.
func BenchmarkBytesOfHistory(b *testing.B) {
	const n, each = 1000, 20
	ctx := context.Background()
	for b.Loop() {
		now := time.Now().Truncate(time.Second)
		s := memory.New(memory.Options{Now: func() time.Time { return now }})
		if _, err := s.Add(ctx, jobs(n, now)); err != nil {
			b.Fatal(err)
		}
		if _, err := s.Beat(ctx, job.Beat{Node: "n", Lease: time.Hour, Ahead: time.Minute}); err != nil {
			b.Fatal(err)
		}
		before := heap()
		for range each {
			turn(b, s)
			now = now.Add(time.Second)
		}
		b.ReportMetric(float64(heap()-before)/(n*each), "bytes/row")
		runtime.KeepAlive(s)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkSecond is what a second of 10,000 jobs asks of the store: claim,
// commit and finish.
func BenchmarkSecond(b *testing.B) {
	const n = 10_000
	ctx := context.Background()
	at := time.Now().Truncate(time.Second)
	now := at
	s := memory.New(memory.Options{Now: func() time.Time { return now }})
	if _, err := s.Add(ctx, jobs(n, at)); err != nil {
		b.Fatal(err)
	}
	begun := cpuTime()
	for b.Loop() {
		if _, err := s.Beat(ctx, job.Beat{Node: "n", Lease: time.Minute, Ahead: time.Minute}); err != nil {
			b.Fatal(err)
		}
		for done := 0; done < n; {
			done += turn(b, s)
		}
		if _, err := s.Prune(ctx, job.Keep{PerJob: 10}); err != nil {
			b.Fatal(err)
		}
		now = now.Add(time.Second)
	}
	perJob(b, n, begun)
}

// turn moves a batch of jobs on by one slot each.
func turn(b *testing.B, s *memory.Store) int {
	b.Helper()
	ctx := context.Background()
	batch, err := s.Claim(ctx, job.Claim{Node: "n", Serves: []string{"default:sync"}, Limit: 1000})
	if err != nil {
		b.Fatal(err)
	}
	advances := make([]job.Advance, len(batch.Jobs))
	for i, d := range batch.Jobs {
		slot := d.Job.State.Slot
		next := slot.Add(time.Second)
		advances[i] = job.Advance{
			ID: d.Job.ID, Rev: d.Job.State.Rev, State: job.State{Next: next, Slot: next, Last: slot},
			Runs: []job.Run{{ID: job.RunID(d.Job.ID, slot), Job: d.Job.ID, Slot: slot, Due: slot, Phase: job.Running, Place: -1, Work: d.Job.Work()}},
		}
	}
	answers, err := s.Commit(ctx, "n", advances)
	if err != nil {
		b.Fatal(err)
	}
	finished := make([]job.Finished, len(answers))
	for i, a := range answers {
		finished[i] = job.Finished{ID: advances[i].Runs[0].ID, Token: a.Tokens[0], Outcome: job.Outcome{Kind: job.Succeeded}}
	}
	if _, err := s.Finish(ctx, finished); err != nil {
		b.Fatal(err)
	}
	return len(advances)
}

// BenchmarkClaimOfAMillion finds the next due one among a million.
func BenchmarkClaimOfAMillion(b *testing.B) {
	ctx := context.Background()
	s := memory.New(memory.Options{})
	if _, err := s.Add(ctx, jobs(1_000_000, time.Now().Add(time.Hour))); err != nil {
		b.Fatal(err)
	}
	if _, err := s.Beat(ctx, job.Beat{Node: "n", Lease: time.Hour}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		batch, err := s.Claim(ctx, job.Claim{Node: "n", Serves: []string{"default:sync"}, Limit: 1000, Horizon: time.Second})
		if err != nil || len(batch.Jobs) != 0 || batch.NextDue.IsZero() {
			b.Fatalf("%+v, %v", batch, err)
		}
	}
}
