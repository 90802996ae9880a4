package listener_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// Whatever listeners do, each event is dealt with once, and they hear of them
// in their order, as long as the buffer has room.
func TestEachEventIsDealtWithOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.IntRange(1, 4).Draw(rt, "listeners")
		steps := rapid.SliceOfN(rapid.SampledFrom([]string{
			"publish", "publish", "publish", "OK", "OK", "OK", "FAIL", "die", "break", "wait", "stop",
		}), 1, 60).Draw(rt, "steps")
		whom := rapid.SliceOfN(rapid.IntRange(0, size-1), len(steps), len(steps)).Draw(rt, "whom")
		synctest.Test(t, func(t *testing.T) {
			a := newAudience(t, size)
			for n, step := range steps {
				a.step(step, whom[n])
			}
			if err := a.finish(); err != nil {
				rt.Error(err)
			}
		})
	})
}

// audience is a pool whose listeners do what the test says.
type audience struct {
	*world
	published int
	answered  map[*proctest.Child]int // how many events it has answered
	ok        map[string]int          // how often an event, by its serial, was dealt with
	heard     []string                // serials that listeners have heard of
}

func newAudience(t *testing.T, size int) *audience {
	a := &audience{world: newWorld(t), answered: map[*proctest.Child]int{}, ok: map[string]int{}}
	a.plays(saying("READY\n"))
	a.pool(bufferSize(1000), processes(size), func(g *supervise.GroupSpec) {
		for n := range g.Programs {
			g.Programs[n].Start.Autorestart = supervise.RestartAlways
			g.Programs[n].Start.Retries = 1000
		}
	})
	return a
}

// step does one thing; what is about a listener that cannot do it is left out.
func (a *audience) step(what string, whom int) {
	process := a.process(fmt.Sprint("l", whom))
	switch what {
	case "publish":
		a.bus.Publish(event.Remote{Data: fmt.Sprint(a.published)})
		a.published++
	case "wait":
		time.Sleep(700 * time.Millisecond)
	case "stop":
		if process.Stop(a.t.Context(), true) == nil {
			_ = process.Start(a.t.Context(), false) // it may have been faster itself
		}
	default:
		a.act(what, process.Status().PID)
	}
	synctest.Wait()
}

// act has the child with the given pid do something about its event.
func (a *audience) act(what string, pid int) {
	a.hear()
	child := a.child(pid)
	if child == nil {
		return
	}
	events := told(child)
	if len(events) == a.answered[child] {
		return // it has none
	}
	switch what {
	case "OK":
		a.ok[strings.Fields(events[len(events)-1])[0]]++
		child.Say(ok+"READY\n", false)
	case "FAIL":
		child.Say("RESULT 4\nFAILREADY\n", false)
	case "die":
		child.End(proc.Exit{Code: 1})
	case "break":
		child.Say("broken\n", false)
	}
	a.answered[child] = len(events)
}

func (a *audience) child(pid int) *proctest.Child {
	for _, c := range a.starter.Children() {
		if c.PID() == pid {
			return c
		}
	}
	return nil
}

// hear notes which events were heard of: always the oldest.
func (a *audience) hear() {
	synctest.Wait()
	for _, c := range a.starter.Children() {
		for _, e := range told(c) {
			if serial := strings.Fields(e)[0]; !slices.Contains(a.heard, serial) {
				a.heard = append(a.heard, serial)
			}
		}
	}
	for n := range a.heard {
		if !slices.Contains(a.heard, fmt.Sprint(n)) {
			a.t.Errorf("of %d events that were heard of number %d is none", len(a.heard), n)
		}
	}
}

// finish has all that is left dealt with, and tells what is wrong.
func (a *audience) finish() error {
	for range 3 * (a.published + 10) {
		for _, p := range a.sup.Groups()[0].Processes() {
			a.act("OK", p.Status().PID)
		}
		time.Sleep(100 * time.Millisecond)
	}
	defer a.end()
	for n := range a.published {
		serial := fmt.Sprint(n)
		if a.ok[serial] != 1 {
			return fmt.Errorf("event %d was dealt with %d times", n, a.ok[serial])
		}
	}
	return nil
}
