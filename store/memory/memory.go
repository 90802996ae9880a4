// Package memory keeps jobs and runs in the memory of the process: for programs
// whose jobs need not outlive them, and for tests. It is the reference for what
// a job.Store promises; job/storetest holds the other stores to the same.
//
// Several schedulers may share one Store, each as a node of its own. Nothing is
// written anywhere: what is in it when the program ends is gone. Jobs are handed
// out as copies, but Args, Metadata and the list of attempts are shared and must
// not be changed in place.
//
// # How it is built
//
// One mutex guards all; no method waits for anything while it holds it. Jobs that
// have a next time stand in a heap of their service, which is what a scheduler
// must have to run them (job.Work.Needs). A claim walks the heaps of what its
// node serves as if they were one, and stops at the first job that is not due:
// it costs what it finds, however many jobs there are. Runs that wait stand in
// heaps of the same kind.
//
// What many jobs have in common (executor, function, policy) is kept once. A job
// takes about 200 bytes with its ID, its trigger and its place in the indexes, a
// row of the history about 250. The history grows until Prune is called, which
// schedulers do.
package memory

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Options of a Store.
type Options struct {
	// Now is the store's clock; nil: time.Now.
	Now func() time.Time
}

// Store implements job.Store. All methods may be called concurrently.
type Store struct {
	now func() time.Time

	mu       sync.Mutex
	jobs     index[*entry]
	classes  map[classKey]*class
	latest   *class              // that somebody joined
	services map[string]*service // by what a scheduler must have
	runs     index[*row]         // all
	pasts    map[string]*past    // by job
	nodes    map[string]*node
	groups   map[string]map[int]*row // the places of concurrency groups that are held
	token    int64                   // the last that was given out
	rev      int64                   // the last revision of any job: one that came anew is not taken for the old one
	seen     micros                  // up to here claims have looked: earlier jobs may be passed over
	watchers map[chan struct{}]struct{}
}

// New returns an empty Store.
func New(o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Store{
		now:      o.Now,
		jobs:     newIndex[*entry](),
		classes:  make(map[classKey]*class),
		services: make(map[string]*service),
		runs:     newIndex[*row](),
		pasts:    make(map[string]*past),
		nodes:    make(map[string]*node),
		groups:   make(map[string]map[int]*row),
		watchers: make(map[chan struct{}]struct{}),
		seen:     math.MinInt64,
	}
}

// Close implements job.Store. There is nothing to let go of; the jobs are gone
// with the last reference to s.
func (s *Store) Close() error { return nil }

// micros is a time as it is kept: microseconds since 1970, or never.
type micros int64

// never stands for the zero Time. It is later than all times.
const never micros = math.MaxInt64

// microsOf rounds up, as job.Micro does.
func microsOf(t time.Time) micros {
	if t.IsZero() {
		return never
	}
	m := micros(t.UnixMicro())
	if t.Nanosecond()%1000 != 0 {
		m++
	}
	return m
}

func (m micros) time() time.Time {
	if m == never {
		return time.Time{}
	}
	return time.UnixMicro(int64(m)).UTC()
}

// clock is the store's now.
func (s *Store) clock() micros { return microsOf(s.now()) }

// Watch implements job.Watcher.
func (s *Store) Watch(ctx context.Context) <-chan struct{} {
	c := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers[c] = struct{}{}
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watchers, c)
		close(c)
	})
	return c
}

// notify wakes the watchers. The lock is held.
func (s *Store) notify() {
	for c := range s.watchers {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

var (
	_ job.Store      = (*Store)(nil)
	_ job.Watcher    = (*Store)(nil)
	_ job.NodeLister = (*Store)(nil)
)
