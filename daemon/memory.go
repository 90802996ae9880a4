package daemon

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// While everything starts at once the heap may grow to several times its
// size: each collection has to wait for a fork that is under way. What that
// leaves behind, with a thousand programs some 5 MiB, is given back to the
// system when the start is over.
const (
	startPercent = 400
	settledAfter = 2 * time.Second
	// lastRound is a moment after a collection in which the runtime's monitor
	// wakes what sweeps up behind it; otherwise it does so in its next round,
	// a minute later, and the daemon is not idle yet.
	lastRound = 20 * time.Millisecond
)

// heapMin is the heap that is not worth a collection, as without a limit.
const heapMin = 4 << 20

// memory decides when garbage is collected. Once the start is over that is
// when the heap has doubled, as usual, but told to the runtime as a limit:
// with a percentage it also collects every two minutes, which wakes a daemon
// that has nothing to do.
type memory struct {
	asked   bool // by the environment: nothing is changed
	percent int  // as it was before

	mu    sync.Mutex
	paced bool // the limit follows the heap
}

// hurry prepares for a start.
func hurry() *memory {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return &memory{asked: true}
	}
	return &memory{percent: debug.SetGCPercent(startPercent)}
}

// settle saves memory once the start is over, and leaves everything as it was
// when over is closed.
func (m *memory) settle(over <-chan struct{}) {
	if m.asked {
		return
	}
	select {
	case <-time.After(settledAfter):
		m.pace()
		time.Sleep(lastRound)
		<-over
	case <-over:
	}
	m.restore()
}

// pace gives back what the start has used, and makes the limit follow the heap
// from now on.
func (m *memory) pace() {
	debug.FreeOSMemory()
	m.mu.Lock()
	m.paced = true
	m.mu.Unlock()
	m.follow()
	debug.SetGCPercent(-1)
}

// follow sets the limit now, and again after the next collection.
func (m *memory) follow() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.paced {
		return
	}
	type garbage struct{ _ *garbage } // with a pointer, since what has none may share its place with something that lives
	runtime.AddCleanup(&garbage{}, (*memory).follow, m)
	debug.SetMemoryLimit(doubled())
}

// restore gives the pace back to the runtime.
func (m *memory) restore() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.paced = false
	debug.SetGCPercent(m.percent)
	debug.SetMemoryLimit(math.MaxInt64)
}

// doubled is how much memory will be in use when the heap has doubled.
func doubled() int64 {
	use := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/gc/heap/live:bytes"},
	}
	metrics.Read(use)
	n := func(i int) uint64 { return use[i].Value.Uint64() }
	beside := n(0) - n(1) - n(2) - n(3)
	heap := max(heapMin, 2*n(4))
	headroom := max(1<<20, (beside+heap)/32) // what the runtime keeps clear of the limit
	return int64(beside + heap + headroom)
}
