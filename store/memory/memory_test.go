package memory_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/job/storetest"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
)

// clock is one that is set by hand.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time          { return time.UnixMicro(c.at.Load()) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d / time.Microsecond)) }

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Place {
		c := &clock{}
		c.at.Store(time.Date(2030, 1, 1, 12, 0, 0, 123456789, time.UTC).UnixMicro())
		s := memory.New(memory.Options{Now: c.now})
		return storetest.Place{Open: func(*testing.T) job.Store { return s }, Advance: c.advance, Now: c.now}
	})
}

// TestStoreByTheClock takes the suite's other path: time goes by itself.
func TestStoreByTheClock(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Place {
		s := memory.New(memory.Options{})
		return storetest.Place{Open: func(*testing.T) job.Store { return s }}
	})
}
