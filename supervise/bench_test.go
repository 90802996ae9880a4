package supervise_test

import (
	"fmt"
	"log/slog"
	"runtime"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// crowd is a group of n processes that are RUNNING as soon as they are started.
func crowd(n int) supervise.GroupSpec {
	g := group("g", 1)
	for i := range n {
		p := program(named(fmt.Sprintf("p%04d", i)), startsecs(0))
		p.Group = "g"
		g.Programs = append(g.Programs, p)
	}
	return g
}

// running returns a supervisor whose n processes are all RUNNING.
func running(b *testing.B, n int) (*supervise.Supervisor, *proctest.Starter) {
	b.Helper()
	starter := &proctest.Starter{}
	sup := supervise.New(supervise.Options{
		Starter: starter, Bus: event.NewBus(), Log: slog.New(slog.DiscardHandler), Environ: []string{"PATH=/bin"},
	})
	if err := sup.Add(crowd(n)); err != nil {
		b.Fatal(err)
	}
	for _, g := range sup.Groups() {
		for _, p := range g.Processes() {
			if err := p.AwaitRunning(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}
	return sup, starter
}

func BenchmarkStatusOf1000(b *testing.B) {
	sup, starter := running(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		up := 0
		for _, g := range sup.Groups() {
			for _, p := range g.Processes() {
				if p.Status().State == supervise.Running {
					up++
				}
			}
		}
		if up != 1000 {
			b.Fatalf("%d are RUNNING", up)
		}
	}
	stop(b, sup, starter)
}

func BenchmarkStartAndStopOf1000(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		sup, starter := running(b, 1000)
		stop(b, sup, starter)
	}
}

// BenchmarkMemoryOf1000 tells what a quiet process costs, goroutines included
// and the scripted child as well.
func BenchmarkMemoryOf1000(b *testing.B) {
	used := func() uint64 {
		var m runtime.MemStats
		for range 4 { // stacks shrink by half in each collection
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse
	}
	for b.Loop() {
		before := used()
		sup, starter := running(b, 1000)
		b.ReportMetric(float64(used()-before)/1000, "B/process")
		stop(b, sup, starter)
	}
}

func stop(b *testing.B, sup *supervise.Supervisor, starter *proctest.Starter) {
	b.Helper()
	if err := sup.Shutdown(b.Context()); err != nil {
		b.Fatal(err)
	}
	if left := alive(starter); len(left) > 0 {
		b.Fatalf("%d children live on", len(left))
	}
}
