package auth

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// Why a request is taken for one that a foreign page has made a browser send.
var (
	ErrCrossSite = errors.New("the request comes from another site")
	ErrHost      = errors.New("the host is named as any site can name it")
)

// CheckSite returns ErrCrossSite for what shows itself to be sent by a page
// of another site. A browser cannot be made to hide that: it sets
// Sec-Fetch-Site, Origin or Referer itself. What has none of them is a
// program, such as curl, which no foreign page can misuse.
//
// A proxy may have replaced Host, so X-Forwarded-Host counts as well: a page
// cannot set it across sites without being asked for permission first.
//
// A request whose bearer token has been found right (the identity in its
// context says so) passes this check and the next one. What these refuse is
// a request that a browser was made to send with authority that it has by
// itself: a password that it remembers, a certificate, or the network in front of an
// open server. It has no tokens by itself. A page that sends one knows the
// secret, and could use it from anywhere; besides, it cannot set
// Authorization across sites without asking, which no answer of ours grants.
// A header alone proves nothing, because an open server lets it in whatever
// it holds: only a token that was checked counts.
//
// A request with a session comes from a browser, so what says nothing is refused:
// over plain HTTP a foreign link can be followed without any of these headers.
func CheckSite(r *http.Request) error {
	id := From(r.Context())
	if id.Token {
		return nil
	}
	site := r.Header.Get("Sec-Fetch-Site")
	switch site {
	case "same-origin", "none":
		return nil
	case "", "same-site":
	default:
		return ErrCrossSite
	}
	from := r.Header.Get("Origin")
	if from == "" && site == "" {
		from = r.Header.Get("Referer")
	}
	if from == "" && !id.Session || fromHere(from, r) {
		return nil
	}
	return ErrCrossSite
}

// fromHere tells whether a URL is of the host that r was sent to.
func fromHere(from string, r *http.Request) bool {
	u, err := url.Parse(from)
	if err != nil || u.Host == "" { // "null" has no host
		return false
	}
	return sameHost(u.Host, r.Host) || sameHost(u.Host, r.Header.Get("X-Forwarded-Host"))
}

func sameHost(a, b string) bool { return b != "" && strings.EqualFold(a, b) }

// CheckProgram is CheckSite for what programs use and pages do not, such as
// XML-RPC, which a foreign page could post as plain text. It returns
// ErrCrossSite for every request of a page but one that the browser vouches
// for: Sec-Fetch-Site is sent only over TLS and to the own machine, so a page
// that took over our host name (see CheckHost) has none. With a bearer token
// it passes what CheckSite does.
func CheckProgram(r *http.Request) error {
	if From(r.Context()).Token {
		return nil
	}
	site := r.Header.Get("Sec-Fetch-Site")
	if site == "same-origin" || site == "" && r.Header.Get("Origin") == "" {
		return nil
	}
	return ErrCrossSite
}

// CheckHost returns ErrHost for a request that DNS rebinding may be behind: a
// foreign page that made the name of its own site resolve to our address, and
// for which our answers then are of its own site. Such a name stands in Host.
// Addresses, names without a dot and those below localhost are nobody's site.
//
// It lets pass what the browser vouches for (see CheckProgram), so a proxy
// with TLS may keep the Host that it was asked for, and programs: every browser
// sends Origin with a POST and gzip in Accept-Encoding, which no page can change.
// And it lets pass a bearer token that has been found right: the name that a page
// came by does not help it to one.
func CheckHost(r *http.Request) error {
	if From(r.Context()).Token {
		return nil
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return nil
	}
	program := r.Header.Get("Origin") == "" &&
		(r.Method == http.MethodPost || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip"))
	if program || plausible(r.Host) {
		return nil
	}
	return ErrHost
}

// plausible tells whether a Host header names nothing that a site can own.
func plausible(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return true
	}
	return !strings.Contains(name, ".") || strings.HasSuffix(name, ".localhost")
}
