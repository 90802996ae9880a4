package httpd_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/httpd"
)

// doors are servers that share their sessions, with a page, a login page and a
// route for programs. They say who asks.
type doors struct {
	sessions *auth.Sessions
	routes   []httpd.Route
}

func newDoors() *doors {
	who := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := auth.From(r.Context())
		fmt.Fprintf(w, "<%s %v %v>", id.Name, id.Role, id.Token)
	})
	login := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := auth.EntranceFrom(r.Context()).Login(w, r, r.Header.Get("X-Login")); err != nil {
			w.WriteHeader(http.StatusForbidden)
		}
	})
	return &doors{auth.NewSessions(), []httpd.Route{
		{Prefix: "/login", Handler: login, Open: true, MaxBody: 10}, {Prefix: "/page", Handler: who, Page: true}, {Prefix: "/", Handler: who},
	}}
}

func (d *doors) open(t *testing.T, a httpd.Address) string {
	t.Helper()
	a.Sessions, a.Failures = d.sessions, &auth.Failures{}
	address, _ := serve(t, a, d.routes...)
	return address
}

// login is the cookie of somebody who logs in; "" if they are not let in.
func login(t *testing.T, address, authorization string) string {
	t.Helper()
	answer := say(t, address, "POST /login HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 0\r\nX-Login: "+authorization+"\r\n\r\n")
	_, cookie, _ := strings.Cut(answer, "Set-Cookie: ")
	cookie, _, _ = strings.Cut(cookie, ";")
	return cookie
}

func read(t *testing.T, address, path string, headers ...string) string {
	t.Helper()
	lines := append([]string{"GET " + path + " HTTP/1.1", "Host: h", "Connection: close"}, headers...)
	return say(t, address, strings.Join(lines, "\r\n")+"\r\n\r\n")
}

func TestASessionIsWhatItWasBegunWith(t *testing.T) {
	d := newDoors()
	secret, hash := auth.NewSecret()
	tokens := auth.NewTokens(auth.Token{Name: "ci", Role: auth.Operator, Hash: hash})
	both := d.open(t, httpd.Address{Username: "u", Password: "p", Tokens: tokens})
	same := d.open(t, httpd.Address{Username: "u", Password: "p"})
	other := d.open(t, httpd.Address{Username: "u", Password: "other"})
	byPassword, byToken := login(t, both, auth.BasicHeader("u", "p")), login(t, both, auth.BearerHeader(secret))
	if byPassword == "" || byToken == "" {
		t.Fatalf("cookies %q and %q", byPassword, byToken)
	}
	for title, c := range map[string]struct {
		address, cookie string
		want            string
	}{
		"a password":                         {both, byPassword, "<u admin false>"},
		"a token has its role":               {both, byToken, "<token:ci operate false>"},
		"a server with the same password":    {same, byPassword, "<u admin false>"},
		"a server that has no such token":    {same, byToken, "401 Unauthorized"},
		"a server with another password":     {other, byPassword, "401 Unauthorized"},
		"a cookie that nobody was given":     {both, strings.Split(byToken, "=")[0] + "=" + auth.NewCookie(), "401 Unauthorized"},
		"the cookie of a server by its port": {both, "watchkeeper_session_1=" + strings.Split(byToken, "=")[1], "401 Unauthorized"},
	} {
		t.Run(title, func(t *testing.T) {
			if got := read(t, c.address, "/x", "Cookie: "+c.cookie); !strings.Contains(got, c.want) {
				t.Errorf("no %q in\n%s", c.want, got)
			}
		})
	}
	if got := login(t, both, auth.BasicHeader("u", "x")); got != "" {
		t.Errorf("who is not let in gets %q", got)
	}
	if got := read(t, both, "/x", "Cookie: "+byPassword, "Authorization: "+auth.BasicHeader("u", "x")); !strings.Contains(got, "401") {
		t.Errorf("wrong credentials beside a session:\n%s", got)
	}
}

// TestOnlyBrowsersAreSentToTheLoginPage: all else is answered as by the original.
func TestOnlyBrowsersAreSentToTheLoginPage(t *testing.T) {
	d := newDoors()
	address := d.open(t, httpd.Address{Username: "u", Password: "p"})
	const navigates, html = "Sec-Fetch-Mode: navigate", "Accept: text/html,*/*"
	old := "Cookie: watchkeeper_session_0=" + auth.NewCookie()
	sent, basic, session := []string{"303 See Other", "Location: /login?next=%2Fpage%3Fa%3Db"}, []string{"401 Unauthorized", `Www-Authenticate: Basic realm="default"`, "<p>Error code 401."}, []string{"401 Unauthorized", `Www-Authenticate: Session realm="default"`}
	for title, c := range map[string]struct {
		path    string
		headers []string
		want    []string
	}{
		"a browser at a page":                {"/page?a=b", []string{navigates}, sent},
		"a browser elsewhere":                {"/logtail", []string{navigates}, basic},
		"one whose session is over":          {"/logtail", []string{navigates, old}, basic},
		"a program":                          {"/page", nil, basic},
		"curl":                               {"/page", []string{"Accept: */*"}, basic},
		"a browser over plain HTTP":          {"/page", []string{html}, basic},
		"one that has been here before":      {"/page?a=b", []string{html, old}, sent},
		"its modules":                        {"/page", []string{"Sec-Fetch-Mode: cors", old}, session},
		"its modules, over plain HTTP":       {"/page", []string{"Accept: application/json", old}, session},
		"a browser with a wrong password":    {"/page", []string{navigates, "Authorization: Basic dTp4"}, basic},
		"somebody who asks for nothing else": {"/login", nil, []string{"403 Forbidden"}},
	} {
		t.Run(title, func(t *testing.T) {
			got := read(t, address, c.path, c.headers...)
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("no %q in\n%s", want, got)
				}
			}
		})
	}
	posted := say(t, address, "POST /page HTTP/1.1\r\nHost: h\r\nConnection: close\r\nSec-Fetch-Mode: navigate\r\nContent-Length: 0\r\n\r\n")
	if !strings.Contains(posted, "Location: /login?next=%2F\r\n") {
		t.Errorf("a form of a session that is over:\n%s", posted)
	}
	if got := say(t, address, "POST /login HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 11\r\n\r\nxxxxxxxxxxx"); !strings.Contains(got, "413") {
		t.Errorf("a long body of somebody unknown:\n%s", got)
	}
}

// TestNobodyLogsInWhereEverybodyIsLetIn: an open server asks for nothing, and a
// session of another makes nobody less there.
func TestNobodyLogsInWhereEverybodyIsLetIn(t *testing.T) {
	d := newDoors()
	address := d.open(t, httpd.Address{})
	if got := read(t, address, "/page", "Sec-Fetch-Mode: navigate"); !strings.Contains(got, "< admin false>") {
		t.Errorf("got\n%s", got)
	}
	if got := read(t, address, "/page", "Cookie: watchkeeper_session_0="+d.sessions.Begin(auth.Proof{})); !strings.Contains(got, "< admin false>") {
		t.Errorf("with a cookie:\n%s", got)
	}
}
