// Package httpd serves HTTP on unix and TCP sockets, with TLS or without: it
// takes and gives back the socket (stale ones are told from live ones),
// authenticates, routes by prefix of the path as Supervisor does, bounds
// requests and stops gracefully. What the routes mean is left to the handlers
// it is given.
package httpd

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
)

// Address is where to listen, and who is let in there.
type Address struct {
	Section  string // for messages, such as "unix_http_server"
	Network  string // "unix" or "tcp"
	Host     string // of tcp; empty or "*" is every IPv4 address
	Port     int
	Path     string // of unix
	Mode     uint32
	UID, GID int    // -1: leave
	Username string // empty: no password is asked for
	Password string // clear text or {SHA}hex
	Tokens   *auth.Tokens
	// Sessions are those of people who log in; nil: nobody can. Failures counts who
	// could not, and goes with them.
	Sessions *auth.Sessions
	Failures *auth.Failures
	TLS      TLS // of tcp; the zero value serves without
	// Connections is how many there may be at a time; 0: any number. What comes beyond
	// is closed at once, and said once for a burst.
	Connections int
}

// LoginPath is where people log in; ?next= is where they wanted to go.
const LoginPath = "/login"

// ErrInUse: another program listens there; its text names the pid where that is known.
var ErrInUse = errors.New("address in use")

// ErrPathTooLong is for a unix socket; the text is the original's.
var ErrPathTooLong = errors.New("socket.error reported AF_UNIX path too long")

// A ChownError is for a unix socket that we may not give to the owner that its
// section asks for.
type ChownError struct {
	Section, Path string
	UID, GID      int
	Err           error
}

// Error says which setting asks for what is not permitted.
func (e *ChownError) Error() string {
	return fmt.Sprintf("not permitted to chown %s to uid %d, gid %d; change chown of [%s]: %v",
		e.Path, e.UID, e.GID, e.Section, e.Err)
}

// Unwrap returns what the system said.
func (e *ChownError) Unwrap() error { return e.Err }

// Route sends requests whose path begins with Prefix, and of which When is true
// (nil: all), to Handler. The handler
// finds the whole body in memory, within its limit, and the identity in the
// context (auth.From), whose role is at least auth.Viewer. When it writes an error status and no Content-Type,
// Supervisor's page for that status is sent.
type Route struct {
	Prefix  string
	Handler http.Handler
	When    func(*http.Request) bool
	// Page: it is for people. A browser that shows no credentials is sent to Login,
	// where the server has sessions; programs are answered as everywhere.
	Page bool
	// Open: it is for everybody, such as the login page itself. Who is not let in
	// is auth.Nobody there.
	Open bool
	// MaxBody is how long a body may be, in bytes; 0: 4 MiB.
	MaxBody int64
	// Modern: it is none of Supervisor's. What the server itself refuses is then
	// a problem after RFC 9457 instead of Supervisor's page, and a request may
	// leave out the length of its body.
	Modern bool
}
