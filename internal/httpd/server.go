package httpd

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
)

// What a client may take of us.
const (
	maxHeader  = 64 << 10         // bytes
	maxBody    = int64(4 << 20)   // bytes
	headerTime = 10 * time.Second // from the first byte of a request to the end of its header
	bodyTime   = 60 * time.Second // for its body
	writeTime  = 2 * time.Minute  // for the client to take what one write gave it
	idleTime   = 5 * time.Minute  // between two requests

	// For the body of a request that is refused: net/http reads some of it, so
	// that the client sees the answer, and would wait for it without end.
	refusedTime = 500 * time.Millisecond
)

// software is what the Server header says: the original's, which monitors
// recognise it by.
const software = "Medusa/1.12"

// Server serves the routes on one listener. Routes are tried in order.
type Server struct {
	http   http.Server
	cancel context.CancelFunc // of every request
	routes []Route
	gate   gate
	certs  *certificates // nil: no TLS
	log    *slog.Logger
}

// NewServer returns a server for a; it does not listen yet.
// log gets a line a request at level Trace, and the panics of handlers.
func NewServer(a Address, routes []Route, log *slog.Logger) *Server {
	s := &Server{routes: routes, gate: newGate(a), log: log}
	if a.TLS.On() {
		s.certs = newCertificates(a.TLS, log)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.http = http.Server{
		Handler:                      s,
		ReadHeaderTimeout:            headerTime,
		IdleTimeout:                  idleTime,
		MaxHeaderBytes:               maxHeader,
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		BaseContext:                  func(net.Listener) context.Context { return ctx },
		ConnState:                    (&crowd{most: int64(a.Connections), log: log}).connState,
	}
	return s
}

// Serve answers until Stop; it then returns nil. It closes l. With TLS it
// returns at once if the certificate cannot be used.
func (s *Server) Serve(l net.Listener) error {
	if s.certs != nil {
		config, err := s.certs.listen()
		if err != nil {
			return errors.Join(err, l.Close())
		}
		l = tls.NewListener(l, config)
	}
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Stop refuses new requests, lets those under way end until ctx is done, then
// cancels them and closes their connections. It removes a unix socket.
func (s *Server) Stop(ctx context.Context) error {
	defer s.cancel()
	err := s.http.Shutdown(ctx)
	if ctx.Err() == nil || !errors.Is(err, ctx.Err()) {
		return err
	}
	s.cancel()
	return s.http.Close()
}

// ServeHTTP implements http.Handler: limits, authentication, routes.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := newAnswer(w)
	a.Header().Set("Server", software)
	a.Header().Set("X-Content-Type-Options", "nosniff") // a log is no page, whatever it looks like
	defer s.access(a, r)
	defer s.recover(a, r)
	route := s.route(r)
	a.modern = route.Modern
	id, ok := s.authenticate(a, r, route)
	if !ok {
		return
	}
	r = r.WithContext(auth.WithEntrance(auth.With(r.Context(), id), s.gate.entrance))
	if s.gate.users == nil && overLoopback(r) && auth.CheckHost(r) != nil {
		s.refuseHost(a, r)
		return
	}
	if route.Handler == nil {
		a.WriteHeader(http.StatusNotFound)
		return
	}
	if status := takeBody(a, r, route); status != 0 {
		refuse(a, r, status)
		return
	}
	route.Handler.ServeHTTP(a, r)
}

// overLoopback tells whether r was sent from this machine. There, the network
// in front of a server without a password protects from everybody but the
// pages in the user's own browser.
func overLoopback(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && from.Addr().Unmap().IsLoopback()
}

// refuseHost tells a user who comes by such a name, and not by an attack, what
// to do about it.
func (s *Server) refuseHost(a *answer, r *http.Request) {
	const why = "Refused: this server asks for no password, and a foreign site could have sent your browser here " +
		"by a name of its own. Use http://localhost or the address in numbers, or set username and password."
	mediaType, text := "text/plain;charset=utf-8", why+"\n"
	if a.modern {
		mediaType, text = "application/problem+json", problem(http.StatusForbidden, why)
	}
	a.Header().Set("Content-Type", mediaType)
	refuse(a, r, http.StatusForbidden)
	_, _ = io.WriteString(a, text) // a client that is gone misses nothing
}

// authenticate answers for itself when somebody is not let in.
func (s *Server) authenticate(w http.ResponseWriter, r *http.Request, route Route) (auth.Identity, bool) {
	id, err := s.gate.check(r)
	switch {
	case err == nil:
		return id, true
	case route.Open:
		return auth.Identity{}, true
	case route.Page && s.gate.leads(r):
		w.Header().Set("Location", LoginPath+"?next="+url.QueryEscape(next(r)))
		w.Header().Set("Cache-Control", "no-store")
		refuse(w, r, http.StatusSeeOther)
		return id, false
	}
	status := http.StatusBadRequest
	if !errors.Is(err, auth.ErrMalformed) {
		status = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", s.gate.challenge(r))
	}
	refuse(w, r, status)
	return id, false
}

// refuse answers a request whose body is not wanted and ends the connection.
func refuse(w http.ResponseWriter, r *http.Request, status int) {
	w.Header().Set("Connection", "close")
	if r.ContentLength != 0 {
		// Fails only on a connection that is closed already.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(refusedTime))
	}
	w.WriteHeader(status)
}

// route has no handler when none fits.
func (s *Server) route(r *http.Request) Route {
	for _, route := range s.routes {
		if strings.HasPrefix(r.URL.Path, route.Prefix) && (route.When == nil || route.When(r)) {
			return route
		}
	}
	return Route{}
}

// next is where to go after a login: to the page that was asked for. What was
// posted is not done then.
func next(r *http.Request) string {
	if r.Method == http.MethodPost {
		return "/"
	}
	return r.URL.RequestURI()
}

// takeBody reads the whole body, within its limits, before the handler runs:
// a deadline that stayed would end requests that wait for a process. Supervisor
// wants to know the length of what is posted, unless the route is Modern. It
// returns the status to refuse with, or 0.
func takeBody(w http.ResponseWriter, r *http.Request, route Route) int {
	most := cmp.Or(route.MaxBody, maxBody)
	unsaid := r.ContentLength < 0 || r.Method == http.MethodPost && r.Header.Get("Content-Length") == ""
	switch {
	case r.ContentLength > most:
		return http.StatusRequestEntityTooLarge
	case unsaid && !route.Modern:
		return http.StatusLengthRequired
	case r.ContentLength == 0:
		return 0
	}
	conn := http.NewResponseController(w)
	if err := conn.SetReadDeadline(time.Now().Add(bodyTime)); err != nil {
		return http.StatusInternalServerError
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	switch {
	case err != nil:
		return http.StatusRequestTimeout // or the client is gone, and reads no answer
	case int64(len(body)) > most:
		return http.StatusRequestEntityTooLarge
	}
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		return http.StatusInternalServerError
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return 0
}

// recover logs a panic of a handler and answers 500, or cuts off an answer
// that has begun.
func (s *Server) recover(a *answer, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if cause == http.ErrAbortHandler {
		panic(cause)
	}
	s.log.Error(fmt.Sprintf("Server Error: %s %s: panic: %v\n%s", r.Method, r.URL.Path, cause, debug.Stack()))
	if a.status != 0 {
		panic(http.ErrAbortHandler)
	}
	a.WriteHeader(http.StatusInternalServerError)
}
