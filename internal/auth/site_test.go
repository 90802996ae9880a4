package auth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
)

// TestWhoSentTheBrowser: each row is a request and which of the three checks
// refuse it: s(ite), p(rogram), h(ost).
func TestWhoSentTheBrowser(t *testing.T) {
	for title, tt := range map[string]struct {
		method, host string
		headers      string // "Name: value", one a line
		refused      string
	}{
		"curl":                            {"GET", "localhost:9001", "", ""},
		"curl by a name":                  {"GET", "evil.example:9001", "", ""},
		"a program by a name":             {"POST", "pm.example.com:9001", "", ""},
		"no host at all":                  {"GET", "", "", ""},
		"the page itself":                 {"POST", "localhost:9001", "Sec-Fetch-Site: same-origin\nOrigin: http://localhost:9001", ""},
		"the page, in numbers":            {"POST", "192.0.2.1:9001", "Origin: http://192.0.2.1:9001", "p"},
		"the page, in IPv6 numbers":       {"POST", "[::1]:9001", "Origin: http://[::1]:9001", "p"},
		"the page, by the machine's name": {"POST", "pi:9001", "Origin: http://pi:9001", "p"},
		"the page, below localhost":       {"POST", "w.localhost:9001", "Origin: http://w.localhost:9001", "p"},
		"typed":                           {"GET", "localhost:9001", "Sec-Fetch-Site: none", "p"},
		"another site":                    {"POST", "localhost:9001", "Sec-Fetch-Site: cross-site\nOrigin: http://evil.example", "sp"},
		"another site, plain HTTP":        {"POST", "10.0.0.1:9001", "Origin: http://evil.example", "sp"},
		"a sandboxed frame":               {"POST", "localhost:9001", "Origin: null", "sp"},
		"a link from another site":        {"GET", "localhost:9001", "Referer: http://evil.example/", "s"},
		"a neighbour's port":              {"POST", "localhost:9001", "Sec-Fetch-Site: same-site\nOrigin: http://localhost:80", "sp"},
		"a rebound name":                  {"POST", "evil.example:9001", "Origin: http://evil.example:9001", "ph"},
		"a rebound name with a dot more":  {"POST", "evil.example.:9001", "Origin: http://evil.example.:9001", "ph"},
		"a rebound name reads":            {"GET", "evil.example:9001", "Referer: http://evil.example:9001/\nAccept-Encoding: gzip, deflate", "h"},
		"a name that only begins well":    {"GET", "127.0.0.1.evil.example", "Accept-Encoding: gzip, deflate", "h"},
		"a proxy with TLS":                {"POST", "pm.example.com", "Sec-Fetch-Site: same-origin\nOrigin: https://pm.example.com", ""},
		"a proxy that replaces Host":      {"POST", "127.0.0.1:9001", "Origin: http://pm.example.com\nX-Forwarded-Host: pm.example.com", "p"},
		"a proxy that keeps plain HTTP":   {"POST", "pm.example.com", "Origin: http://pm.example.com", "ph"},
	} {
		t.Run(title, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, "/", nil)
			r.Host = tt.host
			for line := range strings.Lines(tt.headers) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
				r.Header.Set(name, value)
			}
			refused := ""
			for _, check := range []struct {
				name string
				do   func(*http.Request) error
				err  error
			}{{"s", auth.CheckSite, auth.ErrCrossSite}, {"p", auth.CheckProgram, auth.ErrCrossSite}, {"h", auth.CheckHost, auth.ErrHost}} {
				switch err := check.do(r); {
				case errors.Is(err, check.err):
					refused += check.name
				case err != nil:
					t.Errorf("check %s: %v, want %v", check.name, err, check.err)
				}
			}
			if refused != tt.refused {
				t.Errorf("refused by %q, want %q", refused, tt.refused)
			}
		})
	}
}

// TestASessionIsOfABrowser: what does not say where it comes from is a program
// elsewhere, and a foreign link here.
func TestASessionIsOfABrowser(t *testing.T) {
	for title, tt := range map[string]struct {
		name, value string
		want        error
	}{
		"a foreign link that hides where it is": {"", "", auth.ErrCrossSite},
		"a link of the page":                    {"Referer", "http://pm.example.com:9001/", nil},
		"a form of the page":                    {"Origin", "http://pm.example.com:9001", nil},
		"typed":                                 {"Sec-Fetch-Site", "none", nil},
		"a foreign link":                        {"Sec-Fetch-Site", "cross-site", auth.ErrCrossSite},
	} {
		r := httptest.NewRequest("GET", "http://pm.example.com:9001/?action=stopall", nil)
		if tt.name != "" {
			r.Header.Set(tt.name, tt.value)
		}
		r = r.WithContext(auth.With(r.Context(), auth.Identity{Role: auth.Admin, Session: true}))
		if err := auth.CheckSite(r); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", title, err, tt.want)
		}
	}
}
