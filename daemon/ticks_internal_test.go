package daemon

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
)

// tickLog notes ticks as "TYPE when".
type tickLog []string

func (l *tickLog) Accept(e event.Event) {
	tick := e.(event.Ticked)
	*l = append(*l, fmt.Sprintf("%v %s", tick.Type, tick.When.UTC().Format(time.TimeOnly)))
}

func TestTicker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // starts at midnight
		bus := event.NewBus()
		over := make(chan struct{})
		done := make(chan struct{})
		go func() {
			defer close(done)
			ticker{bus}.run(over)
		}()

		// A day without a subscriber passes without a tick, and the first
		// slice after it is not taken for news.
		time.Sleep(24*time.Hour + 57*time.Second)
		var seen tickLog
		cancel := bus.Subscribe(&seen, event.Tick)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		want := "[TICK_5 00:01:00 TICK_60 00:01:00 TICK_5 00:01:05]"
		if got := fmt.Sprint(seen); got != want {
			t.Errorf("ticks = %s, want %s", got, want)
		}

		// Nor are there any after the last one has left.
		cancel()
		seen = nil
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(seen) > 0 {
			t.Errorf("ticks after the subscription has ended: %v", seen)
		}
		close(over)
		<-done
	})
}
