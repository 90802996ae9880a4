package auth

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// ErrCrossSite says that a browser sent the request on behalf of another site.
var ErrCrossSite = errors.New("the request comes from another site")

// CheckSite returns ErrCrossSite for what shows itself to be sent by a page
// of another site. A browser cannot be made to hide that: it sets
// Sec-Fetch-Site, Origin or Referer itself. What has none of them is a
// program, such as curl, which no foreign page can misuse.
//
// A proxy may have replaced Host, so X-Forwarded-Host counts as well: a page
// cannot set it across sites without being asked for permission first.
func CheckSite(r *http.Request) error {
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
	if from == "" || fromHere(from, r) {
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
