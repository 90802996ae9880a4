package classic_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/classic"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// fake is a service that notes what it is asked for.
type fake struct {
	processes []service.ProcessInfo
	log       string
	results   []service.Result // of StartAll
	errs      map[string]error // by operation
	asked     []string
}

func (f *fake) ask(what, name string) error {
	f.asked = append(f.asked, strings.TrimSpace(what+" "+name))
	return f.errs[what]
}

func (f *fake) AllProcessInfo() []service.ProcessInfo { return f.processes }

func (f *fake) ProcessInfo(name string) (service.ProcessInfo, error) {
	for _, p := range f.processes {
		if (service.Namespec{Group: p.Group, Process: p.Name}).String() == name {
			return p, nil
		}
	}
	return service.ProcessInfo{}, &service.Error{Subject: name, Err: service.ErrBadName}
}

func (f *fake) Start(ctx context.Context, name string, _ bool) ([]service.Result, error) {
	return nil, errors.Join(ctx.Err(), f.ask("start", name))
}

func (f *fake) Stop(ctx context.Context, name string, _ bool) ([]service.Result, error) {
	return nil, errors.Join(ctx.Err(), f.ask("stop", name))
}
func (f *fake) StartAll(context.Context, bool) ([]service.Result, error) {
	return f.results, f.ask("startall", "")
}
func (f *fake) StopAll(context.Context, bool) ([]service.Result, error) {
	return nil, f.ask("stopall", "")
}
func (f *fake) ClearLog(name string) error { return f.ask("clearlog", name) }

func (f *fake) ReadLog(name, _ string, offset, _ int64) ([]byte, error) {
	return []byte(f.log), f.ask("read", fmt.Sprint(name, " ", offset))
}

func process(group, name string, s supervise.State) service.ProcessInfo {
	p := service.ProcessInfo{Group: group, Name: name, Description: "<b>up</b> \xff"}
	p.Status.State = s
	return p
}

func some() *fake {
	again := process("y", "y", supervise.Exited)
	again.Status.Next = time.Now()
	return &fake{processes: []service.ProcessInfo{
		process("g", "a b", supervise.Running), process("web", "web", supervise.Fatal), process("x", "x", supervise.Starting), again,
	}}
}

// get asks for a page as somebody with a role; headers are "Name: value".
func get(f *fake, role auth.Role, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://host:9001"+target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	classic.Handler(f).ServeHTTP(w, r.WithContext(auth.With(r.Context(), auth.Identity{Role: role})))
	return w
}

func TestStatusPage(t *testing.T) {
	w := get(some(), auth.Viewer, "GET", "/?message=%3Ci%3E%ff", "")
	page := w.Body.String()
	for _, want := range []string{
		"<title>Supervisor Status</title>",
		`<div class="status_msg" role="status">&lt;i&gt;` + "\uFFFD</div>",
		`<span class="statusrunning">running</span>`, `<span class="statuserror">fatal</span>`, `<span class="statusnominal">starting</span>`,
		"&lt;b&gt;up&lt;/b&gt; \uFFFD",
		`href="tail.html?processname=g%3Aa%20b"`, `href="logtail/g%3Aa%20b/stderr"`,
		`<tr class="shade">`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("page has no %q", want)
		}
	}
	for button, want := range map[string]int{"start": 2, "stop": 3, "restart": 1, "clearlog": 4} {
		if got := strings.Count(page, `value="`+button+`"`); got != want {
			t.Errorf("%d buttons %s, want %d", got, button, want)
		}
	}
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("Content-Security-Policy = %q", csp)
	}
	if strings.Contains(page, "<script") || strings.Contains(page, "style=") {
		t.Error("page has inline script or style")
	}
	if page := get(&fake{}, auth.Viewer, "GET", "/index.html", "").Body.String(); !strings.Contains(page, "No programs to manage") {
		t.Error("empty page does not say so")
	}
}

func TestActions(t *testing.T) {
	start := map[string]error{"start": &service.Error{Subject: "web", Err: supervise.ErrSpawn}}
	stop := map[string]error{"stop": &service.Error{Subject: "web", Err: supervise.ErrNotRunning}}
	for query, tt := range map[string]struct {
		errs    map[string]error
		message string // how it begins, quoted
		asked   string
	}{
		"action=refresh":                       {nil, "Page%20refreshed%20at%20", ""},
		"action=stopall":                       {nil, "All%20stopped%20at%20", "stopall"},
		"action=restartall":                    {nil, "All%20restarted%20at%20", "stopall,startall"},
		"action=start&processname=web":         {nil, "Process%20web%20started", "start web"},
		"action=start&processname=web&x=spawn": {start, "ERROR%3A%20Process%20web%3A%20spawn%20error", "start web"},
		"action=stop&processname=g:a+b":        {nil, "Process%20g%3Aa%20b%20stopped", "stop g:a b"},
		"action=stop&processname=web":          {stop, "ERROR%3A%20Process%20web%3A%20not%20running", "stop web"},
		"action=restart&processname=web":       {stop, "Process%20web%20restarted", "stop web,start web"},
		"action=clearlog&processname=web":      {nil, "Log%20for%20web%20cleared", "clearlog web"},
		"action=start&processname=nix":         {nil, "No%20such%20process%20named%20nix", ""},
	} {
		for method, status := range map[string]int{"GET": http.StatusMovedPermanently, "POST": http.StatusSeeOther} {
			f := some()
			f.errs = tt.errs
			target, body := "/index.html?"+query, ""
			if method == "POST" {
				target, body = "/index.html", query
			}
			w := get(f, auth.Operator, method, target, body)
			if w.Code != status || !strings.HasPrefix(w.Header().Get("Location"), "/?message="+tt.message) {
				t.Errorf("%s %s: %d to %q, want %d and %s", method, query, w.Code, w.Header().Get("Location"), status, tt.message)
			}
			if got := strings.Join(f.asked, ","); got != tt.asked {
				t.Errorf("%s %s asked for %q, want %q", method, query, got, tt.asked)
			}
		}
	}
}

// TestFailuresAreShown: the original calls a restart of all a success whatever
// becomes of them.
func TestFailuresAreShown(t *testing.T) {
	f := some()
	f.results = []service.Result{
		{Group: "g", Name: "good"},
		{Group: "web", Name: "web", Err: &service.Error{Subject: "web", Err: supervise.ErrSpawn}},
		{Group: "g", Name: "bad", Err: &service.Error{Subject: "can't find command 'x'", Err: supervise.ErrNoFile}},
	}
	location := get(f, auth.Operator, "POST", "/", "action=restartall").Header().Get("Location")
	message, err := url.QueryUnescape(strings.TrimPrefix(location, "/?message="))
	if want := "ERROR: Process web: spawn error; Process g:bad: no such file"; message != want || err != nil {
		t.Errorf("the message is %q, %v, want %q", message, err, want)
	}
	if page := get(f, auth.Viewer, "GET", location, "").Body.String(); !strings.Contains(page, `<div class="status_msg failed" role="status">ERROR: Process web`) {
		t.Errorf("the page does not show it as a failure:\n%s", page)
	}
}

func TestActionsAreRefused(t *testing.T) {
	const stopAll = "/index.html?action=stopall"
	for title, tt := range map[string]struct {
		target string
		role   auth.Role
		header string
		want   int
	}{
		"to a viewer":           {stopAll, auth.Viewer, "X: y", 403},
		"another site":          {stopAll, auth.Admin, "Sec-Fetch-Site: cross-site", 403},
		"another origin":        {stopAll, auth.Admin, "Origin: http://evil", 403},
		"a hidden origin":       {stopAll, auth.Admin, "Origin: null", 403},
		"another port":          {stopAll, auth.Admin, "Origin: http://host:80", 403},
		"another page":          {stopAll, auth.Admin, "Referer: http://evil/host:9001", 403},
		"unknown action":        {"/?action=dance", auth.Admin, "X: y", 400},
		"nobody's process":      {"/?action=start", auth.Admin, "X: y", 400},
		"but not to curl":       {stopAll, auth.Admin, "User-Agent: curl", 301},
		"nor to a bookmark":     {stopAll, auth.Admin, "Sec-Fetch-Site: none", 301},
		"nor to the page":       {stopAll, auth.Admin, "Origin: http://host:9001", 301},
		"nor to the page's GET": {stopAll, auth.Admin, "Referer: http://host:9001/?message=x", 301},
	} {
		t.Run(title, func(t *testing.T) {
			f := some()
			w := get(f, tt.role, "GET", tt.target, "", tt.header)
			if w.Code != tt.want {
				t.Errorf("status = %d, want %d", w.Code, tt.want)
			}
			if done := slices.Contains(f.asked, "stopall"); done != (tt.want == 301) {
				t.Errorf("asked for %q", f.asked)
			}
		})
	}
}

func TestTail(t *testing.T) {
	f := some()
	f.log = "<line>\xff\n"
	for query, want := range map[string]string{
		"":                                   "No process name found",
		"?processname=web":                   "\n&lt;line&gt;\uFFFD\n</pre>",
		"?processname=web&limit=5000":        "processname=web&amp;limit=5000",
		"?processname=web&limit=99999999999": "limit=4194304",
		"?processname=web&limit=-1":          "limit=1024",
	} {
		if page := get(f, auth.Viewer, "GET", "/tail.html"+query, "").Body.String(); !strings.Contains(page, want) {
			t.Errorf("%q has no %q:\n%s", query, want, page)
		}
	}
	f.errs = map[string]error{"read": &service.Error{Subject: "n", Err: service.ErrBadName}}
	if page := get(f, auth.Viewer, "GET", "/tail.html?processname=n", "").Body.String(); !strings.Contains(page, "ERROR: n: no such process") {
		t.Errorf("unknown process:\n%s", page)
	}
}

func TestOtherPaths(t *testing.T) {
	for request, want := range map[string]int{
		"GET /ok.html": 200, "GET /classic": 200, "GET /classic/": 404, "POST /ok.html": 200, "HEAD /": 404, "PUT /": 400, "GET /nothing": 404, "GET /stylesheets/": 404,
		"GET /stylesheets/supervisor.css": 200, "HEAD /images/icon.svg": 200, "GET /../web.go": 404,
	} {
		method, path, _ := strings.Cut(request, " ")
		if got := get(some(), auth.Viewer, method, path, "").Code; got != want {
			t.Errorf("%s: %d, want %d", request, got, want)
		}
	}
	const style = "/stylesheets/supervisor.css"
	tag := get(some(), auth.Viewer, "GET", style, "").Header().Get("ETag")
	if got := get(some(), auth.Viewer, "GET", style, "", "If-None-Match: "+tag).Code; tag == "" || got != 304 {
		t.Errorf("the style again, with the tag %q: %d, want 304", tag, got)
	}
	if got := get(some(), auth.Nobody, "GET", "/", "").Code; got != 403 {
		t.Errorf("nobody: %d, want 403", got)
	}
}
