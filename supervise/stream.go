package supervise

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/internal/pyrepr"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

// drainPatience bounds how long the end of a child waits for its last bytes
// to be logged. They come anyway; what waits no longer is the restart.
const drainPatience = 100 * time.Millisecond

// stream is the way of one channel of a process to its log, over all lives of
// the process. Its methods are called by the owner of the process.
type stream struct {
	log   *output.Log
	pump  chan struct{} // closed when the latest pump has ended; nil before the first
	left  atomic.Bool   // abandoned: what the pump meets is no error any more
	pid   int           // the pump's own: whose bytes it carries
	ended func(pid int) // is told of the end of a pump; nil: nobody is
}

// newStream makes the stream and its log; nothing is opened yet.
func (p *Process) newStream(spec LogSpec, stderr bool) *stream {
	s := &stream{}
	c := output.Config{
		Name:      p.program.Name,
		Channel:   channel(stderr),
		Devices:   p.parts.Devices,
		Path:      spec.File,
		Prefix:    spec.Prefix,
		MaxBytes:  spec.MaxBytes,
		Backups:   spec.Backups,
		StripANSI: p.parts.StripANSI,
		Logger:    p.parts.Log,
		OnData:    p.onData(s, spec.Events, stderr),
	}
	if l := p.parts.listener; l != nil && !stderr {
		c.OnData = p.onProtocol(s, l)
		s.ended = l.Silent
	}
	if spec.Syslog {
		c.Syslog = p.parts.Syslog
	}
	if spec.CaptureMax > 0 {
		c.CaptureMax = spec.CaptureMax
		c.OnCapture = p.onCapture(s, stderr)
	}
	s.log = output.NewLog(c)
	return s
}

func channel(stderr bool) string {
	if stderr {
		return "stderr"
	}
	return "stdout"
}

// onData is what happens to each chunk besides being logged: nil, if nobody
// can want it, so that the pump need not ask.
func (p *Process) onData(s *stream, events, stderr bool) func([]byte) {
	debug := p.parts.Log.Enabled(context.Background(), slog.LevelDebug)
	if !events && !debug {
		return nil
	}
	kind := Output{Stderr: stderr}.EventType()
	return func(data []byte) {
		if debug {
			p.logf(slog.LevelDebug, "%s %s output:\n%s", pyrepr.String(p.program.Name), channel(stderr), text(data))
		}
		if events && p.parts.Bus.Wanted(kind) {
			p.parts.Bus.Publish(Output{
				Process: p.program.Name, Group: p.program.Group, PID: s.pid, Stderr: stderr, Data: bytes.Clone(data),
			})
		}
	}
}

// onCapture publishes what stood between the communication tags.
func (p *Process) onCapture(s *stream, stderr bool) func([]byte) {
	return func(data []byte) {
		var e event.Event = Communication{
			Process: p.program.Name, Group: p.program.Group, PID: s.pid, Stderr: stderr, Data: data,
		}
		p.parts.Bus.Publish(e)
		p.logf(slog.LevelDebug, "%s %s emitted a comm event", pyrepr.String(p.program.Name), channel(stderr))
	}
}

// text is data as it may stand in the main log.
func text(data []byte) string {
	return string(bytes.ToValidUTF8(data, []byte("\uFFFD")))
}

// open makes the log ready for a new life: the path is opened anew, whatever
// file the last life wrote to.
func (s *stream) open() error {
	if s.drained() {
		if err := s.log.Close(); err != nil {
			return err
		}
		return s.log.Open()
	}
	return s.log.Reopen() // bytes of the last life are still on their way
}

// carry starts a pump from src to the log, for the child with the given pid.
// It begins once the pump before it has ended, so the log has one writer.
func (s *stream) carry(src proc.Stream, pid int, failed func(error)) {
	before, done := s.pump, make(chan struct{})
	s.pump = done
	go func() {
		defer close(done)
		if before != nil {
			<-before
		}
		s.pid = pid
		err := errors.Join(output.Pump(s.log, src), src.Close())
		if s.ended != nil {
			s.ended(pid)
		}
		if err != nil && !s.left.Load() {
			failed(err)
		}
	}()
}

// abandon ends the pump of a child that lives on.
func (s *stream) abandon(src proc.Stream) error {
	s.left.Store(true)
	return src.Close()
}

// drained reports whether no pump is at work.
func (s *stream) drained() bool {
	if s.pump == nil {
		return true
	}
	select {
	case <-s.pump:
		return true
	default:
		return false
	}
}

// drain waits for the pump, up to the given moment, and reports whether it
// has ended.
func (s *stream) drain(patience <-chan time.Time) bool {
	if s.pump == nil {
		return true
	}
	select {
	case <-s.pump:
		return true
	case <-patience:
		return false
	}
}

// streams are those that the process has: one when stderr is redirected.
func (p *Process) streams() []*stream {
	if p.stderr == nil {
		return []*stream{p.stdout}
	}
	return []*stream{p.stdout, p.stderr}
}

// openLogs opens what a new life writes to.
func (p *Process) openLogs() error {
	for _, s := range p.streams() {
		if err := s.open(); err != nil {
			return err
		}
	}
	return nil
}

// carry starts the pumps of a new child.
func (p *Process) carry(child proc.Child) {
	p.stdout.carry(child.Stdout(), child.PID(), p.unreadable)
	if p.stderr != nil {
		p.stderr.carry(child.Stderr(), child.PID(), p.unreadable)
	}
}

// unreadable takes what goes wrong with the pipes of a child.
func (p *Process) unreadable(err error) {
	p.logf(slog.LevelError, "reading output of %s: %v", pyrepr.String(p.program.Name), err)
}

// drain waits for the last bytes of a child that has ended to be logged.
func (p *Process) drain() {
	patience := time.NewTimer(drainPatience)
	defer patience.Stop()
	for _, s := range p.streams() {
		if !s.drain(patience.C) {
			return // the moment comes only once
		}
	}
}

// closeLogs closes the logs; bytes that are still on their way keep theirs
// open until the next start or the end of the process.
func (p *Process) closeLogs() {
	for _, s := range p.streams() {
		if !s.drained() {
			continue
		}
		if err := s.log.Close(); err != nil {
			p.logf(slog.LevelError, "closing %s: %v", s.log.Path(), err)
		}
	}
}

// logf writes a line to the main log, if anybody reads that level.
func (p *Process) logf(level slog.Level, format string, args ...any) {
	ctx := context.Background()
	if p.parts.Log.Enabled(ctx, level) {
		p.parts.Log.Log(ctx, level, fmt.Sprintf(format, args...))
	}
}
