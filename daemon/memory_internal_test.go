package daemon

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

// TestMemoryIsPaced: without a percentage the heap is collected when it has
// doubled, also when it grows to many times its size.
func TestMemoryIsPaced(t *testing.T) {
	was := debug.SetGCPercent(100)
	m := &memory{percent: 100}
	t.Cleanup(func() {
		m.restore()
		debug.SetGCPercent(was)
		if got := debug.SetMemoryLimit(-1); got != math.MaxInt64 {
			t.Errorf("the limit is left at %d", got)
		}
	})
	m.pace()
	if got := debug.SetGCPercent(-1); got != -1 {
		t.Fatalf("the percentage is %d: the runtime collects every two minutes", got)
	}

	const grown = 64 << 20
	before := collections()
	var kept [][]byte
	for n := 0; n < grown; n += 1 << 16 {
		kept = append(kept, make([]byte, 1<<16))
		if n%(1<<20) == 0 {
			awaitPace(t)
		}
	}
	if n := collections() - before; n < 2 || n > 30 {
		t.Errorf("%d collections while the heap grew to %d MiB, want about one for each time it doubled", n, grown>>20)
	}
	runtime.GC()
	if ratio := awaitPace(t); ratio > 2.6 {
		t.Errorf("the next collection is at %.1f times what lives, want 2", ratio)
	}
	runtime.KeepAlive(kept)
}

// awaitPace waits until the next collection is that of a heap that has about
// doubled, which another goroutine sees to after each, and returns how many
// times larger the heap will be.
func awaitPace(t *testing.T) (ratio float64) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; runtime.Gosched() {
		live, goal := read("/gc/heap/live:bytes"), read("/gc/heap/goal:bytes")
		if ratio = float64(goal) / float64(live); ratio > 1.6 {
			return ratio
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d bytes live, and the next collection is at %d", live, goal)
		}
	}
}

func collections() uint64 { return read("/gc/cycles/total:gc-cycles") }

func read(name string) uint64 {
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
