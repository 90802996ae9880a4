// Package httpd serves HTTP on unix and TCP sockets: it takes and gives back
// the socket (stale ones are told from live ones), authenticates, routes by
// prefix of the raw path as Supervisor does, bounds requests and stops
// gracefully. What the routes mean is left to the handlers it is given.
package httpd

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
)

// Address is where to listen.
type Address struct {
	Section  string // for messages, such as "unix_http_server"
	Network  string // "unix" or "tcp"
	Host     string
	Port     int
	Path     string
	Mode     uint32
	UID, GID int // -1: leave
	Username string
	Password string // clear text or {SHA}hex
}

// ErrInUse: another program listens there; its text names the pid where that is known.
var ErrInUse = errors.New("address in use")

// Listen opens the socket. A stale unix socket (connecting is refused) is
// replaced, and stale is told so; one that accepts is ErrInUse; a path that is no socket is an error.
func Listen(a Address, stale func(path string)) (net.Listener, error) { panic("stub") }

// Route sends requests whose raw path begins with Prefix to Handler.
type Route struct {
	Prefix  string
	Handler http.Handler
}

// Server serves the routes on one listener. Routes are tried in order.
type Server struct{ _ int }

// NewServer returns a server for a; it does not listen yet. access gets a line a request at level Trace.
func NewServer(a Address, routes []Route, log *slog.Logger) *Server { panic("stub") }

// Serve answers until Stop; it then returns nil.
func (s *Server) Serve(l net.Listener) error { panic("stub") }

// Stop refuses new requests, lets those under way end until ctx is done, and removes a unix socket.
func (s *Server) Stop(ctx context.Context) error { panic("stub") }
