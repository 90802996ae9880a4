package schedule_test

import (
	"context"
	"encoding/json"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// BenchmarkAdd adds jobs one by one to a scheduler that runs.
func BenchmarkAdd(b *testing.B) {
	cron, err := trigger.Crontab("0 9 * * mon-fri")
	if err != nil {
		b.Fatal(err)
	}
	for name, t := range map[string]trigger.Trigger{
		"interval": trigger.EveryFrom(time.Now().Add(time.Hour), time.Hour),
		"cron":     cron,
	} {
		b.Run(name, func(b *testing.B) {
			s, err := schedule.New(schedule.Options{Store: memory.New(memory.Options{}), Executor: &scripted{}})
			if err != nil {
				b.Fatal(err)
			}
			if err := s.Start(); err != nil {
				b.Fatal(err)
			}
			ctx := context.Background()
			before := heap()
			b.ReportAllocs()
			cpu := cpuTime()
			b.ResetTimer()
			for n := range b.N {
				if _, err := s.Add(ctx, job.Job{ID: strconv.Itoa(n), Trigger: t}); err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			b.ReportMetric(float64((cpuTime()-cpu).Nanoseconds())/float64(b.N), "cpu-ns/job")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
			b.ReportMetric(float64(heap()-before)/float64(b.N), "heap-B/job")
			if err := s.Shutdown(ctx); err != nil {
				b.Fatal(err)
			}
		})
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// late is an executor that notes how late runs begin.
type late struct {
	mu   sync.Mutex
	late []time.Duration
}

func (l *late) Workers() int { return 64 }

func (l *late) Execute(_ context.Context, t job.Task) (json.RawMessage, error) {
	by := time.Since(t.Run.Slot)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.late = append(l.late, by)
	return nil, nil
}

// BenchmarkFire has 10,000 jobs due every second for 10 s: how late they begin,
// and what a run costs altogether.
func BenchmarkFire(b *testing.B) {
	const jobs, seconds = 10_000, 10
	for b.Loop() {
		l := &late{}
		s, err := schedule.New(schedule.Options{Store: memory.New(memory.Options{}), Executor: l})
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now().Truncate(time.Second).Add(3 * time.Second)
		all := make([]job.Job, jobs)
		for n := range all {
			all[n] = job.Job{ID: strconv.Itoa(n), Trigger: bounded{start, start.Add((seconds - 1) * time.Second)}}
		}
		if errs, err := s.AddMany(context.Background(), all); err != nil || errs != nil {
			b.Fatal(err, errs)
		}
		if err := s.Start(); err != nil {
			b.Fatal(err)
		}
		time.Sleep(time.Until(start.Add(-500 * time.Millisecond)))
		cpu := cpuTime()
		time.Sleep(time.Until(start.Add((seconds - 1) * time.Second).Add(500 * time.Millisecond)))
		cpu = cpuTime() - cpu
		if err := s.Shutdown(context.Background()); err != nil {
			b.Fatal(err)
		}
		if len(l.late) != jobs*seconds {
			b.Errorf("%d runs, want %d", len(l.late), jobs*seconds)
		}
		slices.Sort(l.late)
		b.ReportMetric(float64(l.late[len(l.late)*99/100].Milliseconds()), "p99-late-ms")
		b.ReportMetric(float64(l.late[len(l.late)/2].Microseconds())/1e3, "p50-late-ms")
		b.ReportMetric(float64(cpu.Nanoseconds())/float64(len(l.late)), "cpu-ns/run")
	}
}

// bounded is due each second from start to end.
type bounded struct{ start, end time.Time }

func (t bounded) Next(prev, now time.Time) time.Time {
	next := t.start
	if !prev.IsZero() {
		next = prev.Add(time.Second)
	}
	if next.After(t.end) {
		return time.Time{}
	}
	return next.UTC()
}

func (bounded) String() string { return "each second, bounded" }
