package listener

import (
	"bytes"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// farewellTime is how long after a child has closed one of its pipes its end
// may come: it is no breach of the protocol to end.
const farewellTime = time.Second

// listener is one process of a pool. It implements supervise.Listener, whose
// methods have the loop of the pool do what is to be done.
type listener struct {
	name string
	pool *pool
	// offence is how the present child has broken the protocol; nil: it has not.
	offence atomic.Pointer[string]
	shown   atomic.Int32 // a copy of state

	// Only the loop touches what follows.
	child   supervise.ListenerChild // nil: there is none
	running bool                    // the process is RUNNING
	mute    bool                    // the child cannot be written to
	state   state
	in      reader
	event   *accepted // what it is busy with; nil: nothing
}

// takes reports whether an event can be sent to the listener.
func (l *listener) takes() bool { return l.mayTake() && l.state == ready }

// mayTake reports whether an event can be sent to the listener now or once it
// has said that it is ready.
func (l *listener) mayTake() bool {
	return l.child != nil && l.running && !l.mute && l.state != unknown
}

// Introduce implements supervise.Listener.
func (l *listener) Introduce(child supervise.ListenerChild) {
	l.pool.tell(func() {
		l.offence.Store(nil)
		l.child, l.mute, l.in, l.event = child, false, reader{}, nil
		l.set(acknowledged)
	})
}

// Running implements supervise.Listener.
func (l *listener) Running(now bool) { l.pool.tell(func() { l.running = now }) }

// Read implements supervise.Listener.
func (l *listener) Read(pid int, data []byte) {
	if l.offence.Load() != nil {
		return // nobody listens to it any more
	}
	data = bytes.Clone(data)
	l.of(pid, func() { l.hear(data) })
}

// Ended implements supervise.Listener. What the child was busy with goes to
// another.
func (l *listener) Ended() {
	l.pool.tell(func() {
		l.child = nil
		l.set(acknowledged)
		l.offence.Store(nil)
		l.giveBack()
	})
}

// Silent implements supervise.Listener.
func (l *listener) Silent(pid int) { l.lost(pid, "has closed its standard output") }

// Deaf implements supervise.Listener.
func (l *listener) Deaf(pid int) { l.of(pid, l.deaf) }

// of has the loop do something about the child with the given pid, if it is
// still there.
func (l *listener) of(pid int, do func()) {
	l.pool.tell(func() {
		if l.child != nil && l.child.PID() == pid {
			do()
		}
	})
}

// deaf takes note of a child that cannot be written to.
func (l *listener) deaf() {
	if l.mute {
		return
	}
	l.mute = true
	l.giveBack()
	l.lost(l.child.PID(), "has closed its standard input")
}

// lost gives up a child that is not gone a while after it closed a pipe.
func (l *listener) lost(pid int, how string) {
	time.AfterFunc(farewellTime, func() {
		l.of(pid, func() { l.giveUp(how) })
	})
}

// Status implements supervise.Listener.
func (l *listener) Status() supervise.ListenerStatus {
	s := supervise.ListenerStatus{State: state(l.shown.Load()).String()}
	if offence := l.offence.Load(); offence != nil {
		s.Offence = *offence
	}
	s.Waiting, s.Discarded = l.pool.buffer.state()
	return s
}

// hear takes in what the child has written.
func (l *listener) hear(data []byte) {
	l.in.pending = append(l.in.pending, data...)
	for {
		what, text := l.in.next(l.state)
		switch what {
		case nothing:
			return
		case readiness:
			l.become(ready)
		case result:
			l.judge(text)
		default:
			if what == badResult {
				l.pool.logf(slog.LevelWarn, "%s: bad result line: '%s'", l.name, dataText(text))
			}
			l.giveUp(offence(what, text))
		}
	}
}

// judge is Supervisor's default_handler: OK means that the event was dealt
// with, anything else that it was not.
func (l *listener) judge(text []byte) {
	if string(text) == "OK" {
		l.pool.debugf("%s: event was processed", l.name)
		l.become(acknowledged)
		l.event = nil
		return
	}
	l.pool.logf(slog.LevelWarn, "%s: event was rejected", l.name)
	l.become(acknowledged)
	l.giveBack()
}

// giveBack returns the event that the listener is busy with to the pool.
func (l *listener) giveBack() {
	if l.event == nil {
		return
	}
	l.pool.putBack(*l.event)
	l.event = nil
}

// giveUp ends the use of a child that has broken the protocol.
func (l *listener) giveUp(how string) {
	if l.state == unknown {
		return
	}
	how = "broke the event listener protocol: " + how
	l.offence.Store(&how)
	l.become(unknown)
	l.pool.logf(slog.LevelWarn, "%s: has entered the UNKNOWN state and will no longer receive events, "+
		"this usually indicates the process violated the eventlistener protocol", l.name)
	l.giveBack()
	l.child.Replace(how)
}

// become enters a state and says so.
func (l *listener) become(s state) {
	l.pool.debugf("%s: %v -> %v", l.name, l.state, s)
	l.set(s)
}

func (l *listener) set(s state) {
	l.state = s
	l.shown.Store(int32(s))
}

var _ supervise.Listener = (*listener)(nil)
