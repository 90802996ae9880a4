package httpd

import (
	"net"
	"os"
	"time"
)

// Socket is a bound address that is lent to one server after another. Clients
// that come between two of them wait, and are not refused. Its methods are
// called by one goroutine at a time.
type Socket struct {
	address  Address
	uid      int // whose it became when it was bound
	listener listener
}

// listener is what net's listeners have in common.
type listener interface {
	net.Listener
	SetDeadline(time.Time) error
}

// Bind is Listen for a socket that is to outlive a server.
func Bind(a Address, stale func(path string)) (*Socket, error) {
	l, err := bind(a, stale)
	if err != nil {
		return nil, err
	}
	return &Socket{address: place(a), uid: os.Getuid(), listener: l}, nil
}

// place is where a listens and who may connect; which section says so, the
// credentials and what TLS needs may change.
func place(a Address) Address {
	a.Section, a.Username, a.Password = "", "", ""
	a.Tokens, a.TLS = nil, TLS{}
	return a
}

// Fits reports whether binding a anew would yield the same: not if we are
// another user by now, or if the path leads to the socket no more.
func (s *Socket) Fits(a Address) bool {
	if place(a) != s.address || os.Getuid() != s.uid {
		return false
	}
	l, isUnix := s.listener.(*unixListener)
	return !isUnix || l.reachable()
}

// Lend returns a listener that leaves the socket open when it is closed. The
// one that was lent before must be closed.
func (s *Socket) Lend() (net.Listener, error) {
	if err := s.listener.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	return lent{s.listener}, nil
}

// Close closes the socket and removes its path.
func (s *Socket) Close() error { return s.listener.Close() }

// lent is a listener whose Close ends Accept and nothing else.
type lent struct{ listener }

// Close implements net.Listener.
func (l lent) Close() error { return l.SetDeadline(time.Unix(1, 0)) }
