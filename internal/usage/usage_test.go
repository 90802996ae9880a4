package usage_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/usage"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

// machine has a process 7 that takes a quarter of a core and grows by a byte with
// every look at it, and a process 8 that is gone after a minute.
type machine struct {
	began time.Time
	looks atomic.Int64
}

func (m *machine) pids() []int {
	if time.Since(m.began) > time.Minute {
		return []int{7}
	}
	return []int{7, 8}
}

func (m *machine) read(pid int) (proc.Usage, bool) {
	if pid == 8 {
		return proc.Usage{Memory: 8}, true
	}
	return proc.Usage{CPU: time.Since(m.began) / 4, Memory: m.looks.Add(1)}, true
}

func inBubble(t *testing.T, test func(t *testing.T, m *machine, s *usage.Sampler)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := &machine{began: time.Now()}
		s := usage.New(m.pids, m.read)
		defer s.Close()
		test(t, m, s)
	})
}

func TestTheFirstLookTellsOfMemoryAndASecondLaterOfCPU(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *machine, s *usage.Sampler) {
		s.Look()
		if diff := cmp.Diff([]usage.Sample{{CPU: -1, Memory: 1}}, s.Of(7)); diff != "" {
			t.Errorf("at once (-want +got):\n%s", diff)
		}
		time.Sleep(1100 * time.Millisecond)
		if diff := cmp.Diff([]usage.Sample{{CPU: -1, Memory: 1}, {CPU: 0.25, Memory: 2}}, s.Of(7)); diff != "" {
			t.Errorf("after a second (-want +got):\n%s", diff)
		}
	})
}

func TestTenMinutesAreKept(t *testing.T) {
	inBubble(t, func(t *testing.T, m *machine, s *usage.Sampler) {
		for range 20 {
			s.Look()
			time.Sleep(time.Minute)
		}
		got := s.Of(7)
		if len(got) != usage.Kept {
			t.Fatalf("%d samples, want %d", len(got), usage.Kept)
		}
		for i, sample := range got {
			if want := m.looks.Load() - int64(len(got)-1-i); sample.Memory != want || sample.CPU != 0.25 {
				t.Errorf("sample %d is %+v, want memory %d and CPU 0.25", i, sample, want)
			}
		}
		if got := s.Of(8); got != nil {
			t.Errorf("of a process that is gone: %v", got)
		}
	})
}

func TestNobodyIsSampledWhenNobodyLooks(t *testing.T) {
	inBubble(t, func(t *testing.T, m *machine, s *usage.Sampler) {
		time.Sleep(time.Hour)
		if m.looks.Load() != 0 {
			t.Errorf("%d looks before anybody asked", m.looks.Load())
		}
		s.Look()
		time.Sleep(time.Hour)
		looks := m.looks.Load()
		if most := int64(usage.Kept + 3); looks > most {
			t.Errorf("%d looks for one that came once, want at most %d", looks, most)
		}
		if got := s.Of(7); got != nil {
			t.Errorf("known an hour later: %v", got)
		}
		time.Sleep(time.Hour)
		if m.looks.Load() != looks {
			t.Errorf("%d more looks", m.looks.Load()-looks)
		}
		s.Look()
		if got := s.Of(7); len(got) != 1 {
			t.Errorf("who comes back finds %v, want one sample", got)
		}
	})
}

func TestANumberThatIsUsedAgainBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cpu atomic.Int64
		cpu.Store(int64(time.Hour))
		s := usage.New(func() []int { return []int{7} }, func(int) (proc.Usage, bool) { return proc.Usage{CPU: time.Duration(cpu.Load())}, true })
		defer s.Close()
		s.Look()
		cpu.Store(int64(time.Second))
		time.Sleep(2 * time.Second)
		if diff := cmp.Diff([]usage.Sample{{CPU: -1}}, s.Of(7)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestNothingIsSampledAfterClose(t *testing.T) {
	inBubble(t, func(t *testing.T, m *machine, s *usage.Sampler) {
		s.Look()
		s.Close()
		looks := m.looks.Load()
		s.Look()
		time.Sleep(time.Hour)
		if m.looks.Load() != looks {
			t.Errorf("%d looks after Close", m.looks.Load()-looks)
		}
	})
}
