// Package history remembers what became of processes lately: the last changes of
// state of each, how its last child ended, and how often it was restarted. It
// hears of them over the bus; nothing of it outlives the daemon.
package history

import (
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// Kept is how many changes are kept of each process.
const Kept = 100

// Change is one change of the state of a process.
type Change struct {
	At       time.Time
	From, To supervise.State
	PID      int
	Tries    int
	Expected bool
	How      string // see supervise.StateChanged
	// Stdout and Stderr are how far the logs had got.
	Stdout, Stderr output.Mark
}

// Past is what is known of a process since the daemon started, or since its group
// was added.
type Past struct {
	// Restarts counts the starts that followed an end, or an attempt that had
	// failed, without a stop in between.
	Restarts int
	// End is the last end of a child, or the last attempt that failed; its At is
	// zero while there was none.
	End Change
}

// Log is the history of all processes of a daemon. All methods may be called
// concurrently.
type Log struct {
	cancel func()

	mu        sync.Mutex
	processes map[name]*process
}

type name struct{ group, process string }

type process struct {
	past    Past
	changes []Change // a ring once it has grown to Kept: the oldest is at first
	first   int
}

// New listens to the bus until Close.
func New(bus *event.Bus) *Log {
	l := &Log{processes: map[name]*process{}}
	l.cancel = bus.Subscribe(l, event.ProcessState, event.ProcessGroupRemoved)
	return l
}

// Close leaves the bus alone. What is known stays known.
func (l *Log) Close() { l.cancel() }

// Accept implements event.Subscription.
func (l *Log) Accept(e event.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch e := e.(type) {
	case supervise.StateChanged:
		l.of(name{e.Group, e.Process}).add(Change{time.Now(), e.From, e.To, e.PID, e.Tries, e.Expected, e.How, e.Stdout, e.Stderr})
	case event.GroupChanged:
		for n := range l.processes {
			if n.group == e.Group {
				delete(l.processes, n)
			}
		}
	}
}

// of is the process of that name; the lock is held.
func (l *Log) of(n name) *process {
	p := l.processes[n]
	if p == nil {
		p = &process{}
		l.processes[n] = p
	}
	return p
}

func (p *process) add(c Change) {
	if c.To == supervise.Starting && (c.From == supervise.Exited || c.From == supervise.Backoff) {
		p.past.Restarts++
	}
	switch c.To {
	case supervise.Exited, supervise.Backoff, supervise.Stopped: // FATAL follows on BACKOFF, and knows less
		if c.How != "" {
			p.past.End = c
		}
	}
	if len(p.changes) < Kept {
		p.changes = append(p.changes, c)
		return
	}
	p.changes[p.first] = c
	p.first = (p.first + 1) % Kept
}

// Past tells of a process what is not in its Status.
func (l *Log) Past(group, process string) Past {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.processes[name{group, process}]; p != nil {
		return p.past
	}
	return Past{}
}

// Changes are the last changes of a process, the oldest first, at most Kept.
func (l *Log) Changes(group, process string) []Change {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.processes[name{group, process}]
	if p == nil {
		return nil
	}
	return append(append([]Change(nil), p.changes[p.first:]...), p.changes[:p.first]...)
}
