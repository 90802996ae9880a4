package supervise

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// sockets are the listening sockets of FastCGI programs. Each is open from the
// start of the first process that it is for until none is left that runs or is
// about to run again (SocketManager counts them alike, but closes the socket
// when all have ended at the same moment, also if they start again). Programs
// with the same URL share one.
type sockets struct {
	// mu is also held while a socket is made or closed, which the system does at
	// once, so that nobody finds one that is half-way.
	mu    sync.Mutex
	byURL map[string]*sharedSocket
	look  resolver
}

// sharedSocket is a socket that is open.
type sharedSocket struct {
	file    *os.File
	holders map[*Process]bool
}

func newSockets() *sockets {
	return &sockets{byURL: make(map[string]*sharedSocket), look: net.DefaultResolver.LookupNetIP}
}

// place is where a socket is to be made, or why that is not known.
type place struct {
	endpoint
	problem error
}

// find makes p a holder of the socket of its program if that is open, and else
// finds out where it is to be made, for hold. It may have to ask a name server.
func (s *sockets) find(p *Process) (at place) {
	s.mu.Lock()
	open := s.join(p)
	s.mu.Unlock()
	if open == nil {
		at.endpoint, at.problem = p.program.Socket.endpoint(s.look)
	}
	return at
}

// hold gives p the socket of its program, which it may hold already, or which is
// made at the place that was found. made reports whether there was none, also
// when making it failed.
func (s *sockets) hold(p *Process, at place) (file *os.File, made bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if file := s.join(p); file != nil {
		return file, false, nil
	}
	if at.problem != nil {
		return nil, true, at.problem
	}
	spec := p.program.Socket
	if file, err = at.listen(spec); err != nil {
		return nil, true, err
	}
	s.byURL[spec.URL] = &sharedSocket{file: file, holders: map[*Process]bool{p: true}}
	return file, true, nil
}

// join makes p a holder of the socket if that is open. The lock is held.
func (s *sockets) join(p *Process) *os.File {
	open := s.byURL[p.program.Socket.URL]
	if open == nil {
		return nil
	}
	open.holders[p] = true
	return open.file
}

// leave takes p from the holders of its socket and closes that after the last
// one. It does nothing if p holds none.
func (s *sockets) leave(p *Process) (closed bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	url := p.program.Socket.URL
	open := s.byURL[url]
	if open == nil || !open.holders[p] {
		return false, nil
	}
	delete(open.holders, p)
	if len(open.holders) > 0 {
		return false, nil
	}
	delete(s.byURL, url)
	return true, shut(open.file)
}

// try makes the sockets of g and closes them again, but for those that are open.
// For as long as patience an address may be in use.
func (s *sockets) try(g GroupSpec, patience time.Duration, log *slog.Logger) error {
	for _, spec := range g.Sockets() {
		e, err := spec.endpoint(s.look)
		if err == nil {
			err = s.tryOne(spec, e, patience, log)
		}
		if err != nil {
			return socketError(spec, err)
		}
	}
	return nil
}

func (s *sockets) tryOne(spec *SocketSpec, e endpoint, patience time.Duration, log *slog.Logger) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byURL[spec.URL] != nil {
		return nil
	}
	log.Info(creating(spec))
	file, err := e.listen(spec)
	for began := time.Now(); errors.Is(err, syscall.EADDRINUSE) && time.Since(began) < patience; {
		time.Sleep(patience / 20)
		file, err = e.listen(spec)
	}
	if err != nil {
		return err
	}
	log.Info(closing(spec))
	return shut(file)
}

// The original's lines.
func creating(s *SocketSpec) string { return "Creating socket " + s.URL }
func closing(s *SocketSpec) string  { return "Closing socket " + s.URL }

func socketError(s *SocketSpec, err error) error {
	//lint:ignore ST1005 Supervisor's words
	return fmt.Errorf("Could not create FastCGI socket %s: %w", s.URL, err)
}

// Sockets are those that the programs of g need, each once.
func (g GroupSpec) Sockets() []*SocketSpec {
	var all []*SocketSpec
	seen := make(map[string]bool)
	add := func(s *SocketSpec) {
		if s != nil && !seen[s.URL] {
			seen[s.URL] = true
			all = append(all, s)
		}
	}
	add(g.Socket)
	for _, p := range g.Programs {
		add(p.Socket)
	}
	return all
}

// TrySockets makes the sockets of g and closes them again, so that one that
// cannot be had is found before anything is started (as FastCGIProcessGroup
// does). The error wraps the system's. For an address in use it waits for as long
// as patience: whoever was killed a moment ago may still have it.
func TrySockets(g GroupSpec, patience time.Duration, log *slog.Logger) error {
	return newSockets().try(g, patience, log)
}

// TrySockets is the function of that name for a group that is to be added
// beside others: it leaves alone what is open, and does not wait.
func (s *Supervisor) TrySockets(g GroupSpec) error { return s.parts.sockets.try(g, 0, s.parts.Log) }

// findSocket prepares holdSocket.
func (p *Process) findSocket(l *launch) {
	if p.program.Socket != nil {
		l.socket = p.parts.sockets.find(p)
	}
}

// holdSocket is what the child gets as its standard input; nil: a pipe.
func (p *Process) holdSocket(l *launch) (*os.File, error) {
	if p.program.Socket == nil {
		return nil, nil
	}
	file, made, err := p.parts.sockets.hold(p, l.socket)
	l.makesSocket = made
	if err != nil {
		return nil, socketError(p.program.Socket, err)
	}
	return file, nil
}

// tellSocket logs that the launch has made the socket, or tried to.
func (p *Process) tellSocket(l *launch) {
	if l.makesSocket {
		p.logf(slog.LevelInfo, "%s", creating(p.program.Socket))
	}
}

// leaveSocket gives the socket up: there is no child, and none to come.
func (p *Process) leaveSocket() {
	if p.program.Socket == nil {
		return
	}
	closed, err := p.parts.sockets.leave(p)
	if closed {
		p.logf(slog.LevelInfo, "%s", closing(p.program.Socket))
	}
	if err != nil {
		p.logf(slog.LevelError, "close socket %s: %v", p.program.Socket.URL, err)
	}
}
