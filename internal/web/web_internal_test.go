package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/webtest"
)

// TestOldAddressesAreSupervisors: bookmarks of actions, and what the original has
// besides.
func TestOldAddressesAreSupervisors(t *testing.T) {
	s := New(Options{})
	if s.Serves(httptest.NewRequest("GET", "/login", nil)) != true {
		t.Error("the login page is not here")
	}
	for request, want := range map[string]bool{
		"GET /": true, "GET /?q=x": true, "POST /actions/start": true, "GET /assets/page.css": true,
		"GET /?action=stopall": false, "GET /?processname=x&action=start": false, "GET /?message=done": false, "GET /?action=": false, "HEAD /": false, "POST /": false,
		"GET /index.html": false, "GET /tail.html": false, "GET /classic": false, "GET /stylesheets/supervisor.css": false, "GET /nothing": false,
		"GET /../etc/hostname": false, "GET /actions/start": false, "GET /logtail/x": false,
	} {
		method, target, _ := strings.Cut(request, " ")
		if got := s.Serves(httptest.NewRequest(method, target, nil)); got != want {
			t.Errorf("%s: %v, want %v", request, got, want)
		}
	}
}

func TestEveryPageIsProtected(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		for _, p := range pages() {
			answer := w.get(strings.ReplaceAll(strings.TrimSuffix(p.path, "{$}"), "{name}", "idle"))
			if csp := answer.Header().Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; script-src 'self'") || strings.Contains(csp, "unsafe") {
				t.Errorf("%s: Content-Security-Policy: %q", p.path, csp)
			}
			html := answer.Body.String()
			for _, bad := range []string{" style=", "<style", " onclick=", "javascript:", "http://", "https://"} {
				if strings.Contains(html, bad) {
					t.Errorf("%s has %q", p.path, bad)
				}
			}
			for _, script := range webtest.Parse(t, html).All("script") {
				if !strings.HasPrefix(script.Attrs["src"], "/assets/") || script.Text() != "" {
					t.Errorf("%s has a script of %q", p.path, script.Attrs["src"])
				}
			}
		}
		w.role = auth.Nobody
		for _, p := range pages() {
			if got := w.get(strings.TrimSuffix(p.path, "{$}")).Code; got != http.StatusForbidden {
				t.Errorf("%s for nobody: %d, want 403", p.path, got)
			}
		}
	})
}

// TestEveryControlHasAName: for who does not see it.
func TestEveryControlHasAName(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		page := w.page("/")
		for _, tag := range []string{"a", "button", "input", "select"} {
			for _, n := range page.All(tag) {
				if n.Attrs["type"] != "hidden" && n.Text() == "" && n.Attrs["aria-label"] == "" && n.Attrs["id"] != "confirm-yes" {
					t.Errorf("<%s> %v has no name", tag, n.Attrs)
				}
			}
		}
		ids := map[string]bool{}
		for _, n := range page.All("[id]") {
			if ids[n.Attrs["id"]] {
				t.Errorf("the id %s is there twice", n.Attrs["id"])
			}
			ids[n.Attrs["id"]] = true
		}
	})
}

func TestAnswersAreCompressed(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		plain := w.get("/assets/page.css")
		packed := w.get("/assets/page.css", "Accept-Encoding", "br, gzip;q=0.5")
		if packed.Header().Get("Content-Encoding") != "gzip" || packed.Body.Len()*2 > plain.Body.Len() {
			t.Errorf("the style sheet has %d bytes, and %d for who takes gzip", plain.Body.Len(), packed.Body.Len())
		}
		z, err := gzip.NewReader(w.get("/", "Accept-Encoding", "gzip").Body)
		if err != nil {
			t.Fatal(err)
		}
		html, err := io.ReadAll(z)
		if err != nil || !strings.Contains(string(html), "</html>") {
			t.Errorf("the page: %v, %d bytes", err, len(html))
		}
		if got := w.get("/", "Accept-Encoding", "gzip;q=0").Header().Get("Content-Encoding"); got != "" {
			t.Errorf("who takes no gzip gets %s", got)
		}
	})
}

func TestAssetsAreKept(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		address := w.page("/").One(t, "link[rel=stylesheet]").Attrs["href"]
		answer := w.get(address)
		if got := answer.Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
			t.Errorf("%s: Cache-Control: %s", address, got)
		}
		for _, encoding := range []string{"", "gzip"} {
			tag := w.get("/assets/live.js", "Accept-Encoding", encoding).Header().Get("ETag")
			if got := w.get("/assets/live.js", "Accept-Encoding", encoding, "If-None-Match", tag).Code; tag == "" || got != http.StatusNotModified {
				t.Errorf("again with ETag %s: %d, want 304", tag, got)
			}
		}
		for name, want := range map[string]int{"nothing.js": 404, "..%2Fweb.go": 404, "page.css": 200} {
			if got := w.get("/assets/" + name).Code; got != want {
				t.Errorf("%s: %d, want %d", name, got, want)
			}
		}
	})
}
