package api

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/service"
)

const (
	// The events that are kept for clients that come back: at most so many,
	// with at most so many bytes of output in them.
	keptEvents = 4096
	keptBytes  = 4 << 20
	// linger is how long events are kept after the last client has gone. Then
	// the bus is left alone, so that nobody makes events that nobody reads.
	linger = 10 * time.Minute
)

// hub hands the events of the bus to any number of clients, each at its own
// pace, and keeps the last ones, so that who was cut off can go on where they
// were. Without clients it does not listen.
type hub struct {
	service *service.Service
	epoch   string // begins the ids: another one is another daemon

	coming  sync.Mutex // while clients come and go; guards the next four
	clients int
	heard   map[event.Type]bool
	cancels []func()    // of the subscriptions for heard
	idle    *time.Timer // running since the last client has gone

	mu      sync.Mutex // taken under the lock of the bus, too; guards the rest
	ring    []numbered // the oldest that is kept at first
	first   int
	bytes   int
	serial  int64         // of the last event
	changed chan struct{} // closed at the next event; nil while nobody waits
}

// numbered is an event, when it came and its place in the order of all.
type numbered struct {
	event.Event
	serial int64
	at     time.Time
}

func newHub(s *service.Service) *hub {
	return &hub{service: s, epoch: strconv.FormatInt(time.Now().UnixMicro(), 36), heard: map[event.Type]bool{}}
}

// Accept implements event.Subscription.
func (h *hub) Accept(e event.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.serial++
	h.push(numbered{e, h.serial, time.Now()})
	if h.changed != nil {
		close(h.changed)
		h.changed = nil
	}
}

// push appends n, and lets the oldest go until it fits.
func (h *hub) push(n numbered) {
	h.ring = append(h.ring, n)
	h.bytes += weight(n.Event)
	for len(h.ring)-h.first > keptEvents || h.bytes > keptBytes && h.first < len(h.ring)-1 {
		h.bytes -= weight(h.ring[h.first].Event)
		h.ring[h.first] = numbered{}
		h.first++
	}
	if h.first > keptEvents { // half of it is gone
		kept := copy(h.ring, h.ring[h.first:])
		clear(h.ring[kept:])
		h.ring, h.first = h.ring[:kept], 0
	}
}

// attach listens to the given types, besides what others have asked for, for
// as long as a client is there: until detach. A type must be a leaf of the tree.
func (h *hub) attach(types []event.Type) {
	h.coming.Lock()
	defer h.coming.Unlock()
	var missing []event.Type
	for _, t := range types {
		if !h.heard[t] {
			missing = append(missing, t)
			h.heard[t] = true
		}
	}
	if len(missing) > 0 {
		h.cancels = append(h.cancels, h.service.Subscribe(h, missing...))
	}
	h.clients++
	if h.idle != nil {
		h.idle.Stop()
		h.idle = nil
	}
}

func (h *hub) detach() {
	h.coming.Lock()
	defer h.coming.Unlock()
	h.clients--
	if h.clients == 0 {
		h.idle = time.AfterFunc(linger, h.rest)
	}
}

// rest leaves the bus alone, unless somebody has come meanwhile.
func (h *hub) rest() {
	h.coming.Lock()
	defer h.coming.Unlock()
	if h.clients > 0 {
		return
	}
	for _, cancel := range h.cancels {
		cancel()
	}
	h.cancels, h.idle = nil, nil
	clear(h.heard)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ring, h.first, h.bytes = nil, 0, 0
	h.serial++ // who comes back is told that events may be missing
}

// last is the serial of the last event.
func (h *hub) last() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.serial
}

// id is what stands for a serial in Last-Event-ID.
func (h *hub) id(serial int64) string { return h.epoch + "-" + strconv.FormatInt(serial, 10) }

// parse reads an id. It is not known when it is of another daemon, or of one
// that was there before a restart.
func (h *hub) parse(id string) (serial int64, known bool) {
	epoch, number, _ := strings.Cut(id, "-")
	serial, err := strconv.ParseInt(number, 10, 64)
	return serial, err == nil && epoch == h.epoch && serial >= 0 && serial <= h.last()
}

// after returns the events behind the serial, and how many between are gone.
// Where there are none it waits, for the time given at most, and then returns
// none. The error is the cause of ctx's end.
func (h *hub) after(ctx context.Context, serial int64, wait time.Duration) (events []numbered, missed int64, err error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for ending := false; ; {
		h.mu.Lock()
		events, missed = h.behind(serial)
		if len(events) > 0 || missed > 0 {
			h.mu.Unlock()
			return events, missed, nil
		}
		if ending {
			h.mu.Unlock()
			return nil, 0, service.ErrShuttingDown
		}
		if h.changed == nil {
			h.changed = make(chan struct{})
		}
		changed := h.changed
		h.mu.Unlock()
		select {
		case <-changed:
		case <-timer.C:
			return nil, 0, nil
		case <-h.service.Closed():
			ending = true // what has come until then is still told
		case <-ctx.Done():
			return nil, 0, context.Cause(ctx)
		}
	}
}

// batch is how many events are taken at once, so that the lock is held shortly.
const batch = 256

// behind copies the events behind the serial. The lock is held.
func (h *hub) behind(serial int64) (events []numbered, missed int64) {
	kept := h.ring[h.first:]
	oldest := h.serial - int64(len(kept)) // the serial before the first that is kept
	if serial < oldest {
		missed, serial = oldest-serial, oldest
	}
	kept = kept[serial-oldest:]
	return append(events, kept[:min(batch, len(kept))]...), missed
}
