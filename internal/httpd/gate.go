package httpd

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
)

// gate decides who is let in to a server, and as whom:
//
//   - a bearer token that is known gives its role, on every server; one that is
//     unknown is refused, even where others need no credentials. Where no
//     tokens are configured such a header is of another scheme, as under
//     Supervisor.
//   - the user name and password give the role admin.
//   - a session, which is in a cookie, gives the role of what it was begun with, as
//     long as the server accepts that.
//   - where no password is configured everybody is an admin, as under
//     Supervisor. A server with TLS, which Supervisor does not have, is
//     stricter: everybody with a client certificate is, if it asks for those,
//     and otherwise nobody is let in without a token. So the server is not
//     open when the last token is withdrawn.
//
// A client certificate has been verified before the first request and comes
// on top of all this.
type gate struct {
	users       *auth.Basic // nil: no password is asked for
	tokens      *auth.Tokens
	tokenNeeded bool
	entrance    *auth.Entrance // nil: there are no sessions
}

func newGate(a Address) gate {
	g := gate{tokens: a.Tokens}
	if a.Username != "" {
		g.users = &auth.Basic{Username: a.Username, Password: a.Password}
	}
	g.tokenNeeded = g.users == nil && a.TLS.On() && a.TLS.ClientCA == ""
	if a.Sessions != nil {
		a.Failures = cmp.Or(a.Failures, &auth.Failures{})
		g.entrance = &auth.Entrance{
			Sessions: a.Sessions, Failures: a.Failures, Cookie: cookieName(a), Check: g.prove,
			Passwords: g.users != nil, Bearers: (g.users != nil || g.tokenNeeded) && g.tokens != nil,
		}
	}
	return g
}

// cookieName has the port, since a browser keeps one set of cookies for a host.
func cookieName(a Address) string { return "watchkeeper_session_" + strconv.Itoa(a.Port) }

// prove is what a session keeps of credentials that are right.
func (g gate) prove(authorization string) (auth.Proof, error) {
	if auth.IsBearer(authorization) {
		return g.tokens.Prove(authorization)
	}
	if g.users == nil {
		return auth.Proof{}, auth.ErrNoCredentials
	}
	if _, err := g.users.Check(authorization); err != nil {
		return auth.Proof{}, err
	}
	return g.users.Proof(), nil
}

// session is whose session r has.
func (g gate) session(r *http.Request) (auth.Identity, bool) {
	if g.entrance == nil {
		return auth.Identity{}, false
	}
	proof, ok := g.entrance.Find(r)
	switch {
	case !ok:
		return auth.Identity{}, false
	case g.users != nil && proof == g.users.Proof():
		return auth.Identity{Name: g.users.Username, Role: auth.Admin, Session: true}, true
	}
	id, ok := g.tokens.Proven(proof)
	id.Session = ok
	return id, ok
}

// check is who sent r, or why they are not let in.
func (g gate) check(r *http.Request) (auth.Identity, error) {
	header := r.Header.Get("Authorization")
	if header == "" && (g.users != nil || g.tokenNeeded) {
		if id, ok := g.session(r); ok {
			return id, nil
		}
	}
	switch {
	case g.tokens != nil && auth.IsBearer(header):
		return g.tokens.Check(header)
	case g.users != nil:
		return g.users.Check(header)
	case g.tokenNeeded:
		return auth.Identity{}, auth.ErrNoCredentials
	}
	return auth.Identity{Name: certificateName(r), Role: auth.Admin}, nil
}

// leads tells whether r is sent to the login page: a browser that goes to a page,
// and shows no credentials that would be wrong. Where a browser does not say what
// it does (over plain HTTP), one that has been here before is known by its cookie.
func (g gate) leads(r *http.Request) bool {
	if g.entrance == nil || !g.entrance.Closed() || r.Header.Get("Authorization") != "" {
		return false
	}
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	return g.entrance.Known(r) && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// challenge is the WWW-Authenticate header for who was not let in.
func (g gate) challenge(r *http.Request) string {
	switch {
	case g.entrance != nil && g.entrance.Known(r) && r.Header.Get("Sec-Fetch-Mode") != "navigate":
		// A module of a page whose session is over. At Basic the browser would ask
		// for a password in a window of its own.
		return `Session realm="default"`
	case g.tokens != nil && auth.IsBearer(r.Header.Get("Authorization")):
		return `Bearer realm="default", error="invalid_token"`
	case g.users != nil:
		return `Basic realm="default"`
	}
	return `Bearer realm="default"`
}

// certificateName is the common name of the client's certificate, "" without.
func certificateName(r *http.Request) string {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return ""
	}
	return r.TLS.PeerCertificates[0].Subject.CommonName
}
