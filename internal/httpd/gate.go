package httpd

import (
	"net/http"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
)

// gate decides who is let in to a server, and as whom:
//
//   - a bearer token that is known gives its role, on every server; one that is
//     unknown is refused, even where others need no credentials. Where no
//     tokens are configured such a header is of another scheme, as under
//     Supervisor.
//   - the user name and password give the role admin.
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
}

func newGate(a Address) gate {
	g := gate{tokens: a.Tokens}
	if a.Username != "" {
		g.users = &auth.Basic{Username: a.Username, Password: a.Password}
	}
	g.tokenNeeded = g.users == nil && a.TLS.On() && a.TLS.ClientCA == ""
	return g
}

// check is who sent r, or why they are not let in.
func (g gate) check(r *http.Request) (auth.Identity, error) {
	header := r.Header.Get("Authorization")
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

// challenge is the WWW-Authenticate header for who was not let in.
func (g gate) challenge(r *http.Request) string {
	switch {
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
