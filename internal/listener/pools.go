package listener

import (
	"fmt"
	"log/slog"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// Serials counts the events that pools were told of. As in the original the
// count goes on over a reload, so it belongs to the daemon. The zero Serials
// begins with 0.
type Serials struct{ next uint64 }

// Options are what pools work with.
type Options struct {
	Bus     *event.Bus
	Log     *slog.Logger // the main log; messages are Supervisor's, to the letter
	Server  string       // the identifier of the daemon, for headers
	Serials *Serials
}

// Pools makes the pools of one daemon, whose events share one count.
type Pools struct {
	options Options

	// The lock of the Bus guards what follows.
	seen uint64 // the number of the event that was counted last
	last uint64 // its serial
}

// New returns a maker of pools.
func New(o Options) *Pools { return &Pools{options: o} }

// serial is the serial of the event with the given number of the Bus. The lock
// of the Bus is held.
func (p *Pools) serial(number uint64) uint64 {
	if number != p.seen {
		p.seen, p.last = number, p.options.Serials.next
		p.options.Serials.next++
	}
	return p.last
}

// Open makes the pool of a group of listeners; it is supervise's NewPool. From
// now on the pool keeps the events that the group subscribes to.
func (p *Pools) Open(g supervise.GroupSpec) (supervise.Pool, error) {
	types, err := typesOf(g)
	if err != nil {
		return nil, err
	}
	pool := newPool(g, p)
	pool.unsubscribe = p.options.Bus.Subscribe(pool, types...)
	go pool.run()
	return pool, nil
}

// typesOf are the events of both trees that the group names.
func typesOf(g supervise.GroupSpec) ([]event.Type, error) {
	var types []event.Type
	for _, names := range [][]string{g.Listener.Events, g.Listener.JobEvents} {
		for _, name := range names {
			t, known := event.ParseType(name)
			if !known {
				return nil, fmt.Errorf("unknown event type %s", name)
			}
			types = append(types, t)
		}
	}
	return types, nil
}
