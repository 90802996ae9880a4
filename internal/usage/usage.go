// Package usage samples what processes take of CPU and memory, and keeps the last
// ten minutes. It does so only while somebody looks, and ten minutes on: an idle
// daemon that nobody looks at is left alone.
package usage

import (
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

const (
	// Every is the time between two samples.
	Every = 10 * time.Second
	// Kept is how many samples are kept of a process: ten minutes.
	Kept = 60
	// first is the time between the first two samples: CPU is a difference, and who
	// has just begun to look wants to see it.
	first = time.Second
	// linger is how long samples are taken after the last look.
	linger = Kept * Every
)

// Sample is what a process took, without its children.
type Sample struct {
	CPU    float64 // of one core, since the sample before; negative: not known
	Memory int64   // bytes that are resident
}

// Sampler samples the processes of a daemon. All methods may be called
// concurrently.
type Sampler struct {
	pids func() []int
	read func(pid int) (proc.Usage, bool)

	mu      sync.Mutex
	until   time.Time   // when to cease, if nobody looks
	timer   *time.Timer // to the next sample; nil: nobody looks
	closed  bool
	sampled time.Time // the last time
	known   map[int]*series
}

// series is what is known of one process. A ring once it is full: the oldest is at
// first.
type series struct {
	cpu     time.Duration // altogether, at the last sample
	samples []Sample
	first   int
	seen    bool // in the sample that is being taken
}

// New returns a Sampler of the processes that pids names at each sample. Usually
// read is proc.UsageOf.
func New(pids func() []int, read func(pid int) (proc.Usage, bool)) *Sampler {
	return &Sampler{pids: pids, read: read, known: map[int]*series{}}
}

// Look says that somebody looks now. When nobody did so far, the first sample is
// there when it returns.
func (s *Sampler) Look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = time.Now().Add(linger)
	if s.timer != nil || s.closed {
		return
	}
	s.sample()
	s.timer = time.AfterFunc(first, s.tick)
}

// Close ends the sampling.
func (s *Sampler) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.rest()
}

// Of are the last samples of a process, the oldest first; none where the system
// does not tell.
func (s *Sampler) Of(pid int) []Sample {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.known[pid]
	if k == nil {
		return nil
	}
	return append(append([]Sample(nil), k.samples[k.first:]...), k.samples[:k.first]...)
}

func (s *Sampler) tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || time.Now().After(s.until) {
		s.rest()
		return
	}
	s.sample()
	s.timer.Reset(Every)
}

// rest forgets everything. The lock is held.
func (s *Sampler) rest() {
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	s.sampled = time.Time{}
	clear(s.known)
}

// sample looks at all processes. The lock is held: a thousand take some 20 ms, every
// ten seconds.
func (s *Sampler) sample() {
	now := time.Now()
	passed := now.Sub(s.sampled)
	for _, pid := range s.pids() {
		if u, ok := s.read(pid); ok {
			s.add(pid, u, passed)
		}
	}
	for pid, k := range s.known {
		if !k.seen {
			delete(s.known, pid)
		}
		k.seen = false
	}
	s.sampled = now
}

func (s *Sampler) add(pid int, u proc.Usage, passed time.Duration) {
	k := s.known[pid]
	sample := Sample{CPU: -1, Memory: u.Memory}
	if k == nil || u.CPU < k.cpu { // new, or another process with the same number
		k = &series{}
		s.known[pid] = k
	} else if passed > 0 {
		sample.CPU = float64(u.CPU-k.cpu) / float64(passed)
	}
	k.cpu, k.seen = u.CPU, true
	if len(k.samples) < Kept {
		k.samples = append(k.samples, sample)
		return
	}
	k.samples[k.first] = sample
	k.first = (k.first + 1) % Kept
}
