package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/history"
	"github.com/watchkeeper-go/watchkeeper/internal/usage"
	"github.com/watchkeeper-go/watchkeeper/internal/webtest"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/service/servicetest"
)

// programs are one in each state that a page can show.
const programs = `[supervisord]
logfile=$DIR/main.log
childlogdir=$DIR
[program:broken]
command=/nonexistent
startretries=0
[program:again]
command=/bin/true
startsecs=0
autorestart=true
restartpause=3600
[program:done]
command=/bin/true
startsecs=0
autorestart=false
[program:idle]
command=/bin/cat
autostart=false
[program:odd]
command=/bin/false
startsecs=0
autorestart=false
[program:slow]
command=/bin/cat
startsecs=100
[program:web]
command=/bin/cat
startsecs=0
process_name=web<&%(process_num)d>
numprocs=2
`

// world is a daemon and its page, in virtual time.
type world struct {
	*servicetest.Daemon
	t    *testing.T
	site *Site
	role auth.Role // of who asks

	entrance *auth.Entrance
	cookie   string // of who asks
}

// newWorld has who asks, and the way in; the daemon and its page are still to come.
func newWorld(t *testing.T) *world {
	w := &world{t: t, role: auth.Admin, cookie: auth.NewCookie()}
	w.entrance = &auth.Entrance{
		Sessions: auth.NewSessions(), Failures: &auth.Failures{}, Cookie: "session", Check: w.check, Passwords: true, Bearers: true,
	}
	return w
}

// newSite is New with templates that all tests share: to read them takes longer than
// most tests.
func newSite(o Options) *Site {
	s := New(o)
	s.words, s.sets, s.files = shared.words, shared.sets, shared.files
	return s
}

var shared = New(Options{})

// inBubble runs test in a world of these programs, a minute after its start.
func inBubble(t *testing.T, conf string, test func(t *testing.T, w *world)) {
	t.Helper()
	dir := servicetest.Dir(t, conf)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var (
			past   *history.Log
			events *history.Events
		)
		w.Daemon = servicetest.New(t, dir, func(p *service.Parts) { past, events = history.New(p.Bus), history.NewEvents(p.Bus) })
		sampler := usage.New(func() []int { return pidsOf(w.Service) }, func(int) (proc.Usage, bool) {
			return proc.Usage{CPU: time.Duration(time.Now().UnixNano() / 4), Memory: 5 << 20}, true
		})
		w.site = newSite(Options{Service: w.Service, History: past, Events: events, Usage: sampler})
		time.Sleep(time.Minute)
		test(t, w)
		sampler.Close()
		past.Close()
		events.Close()
	})
}

func pidsOf(s *service.Service) (pids []int) {
	for _, info := range s.AllProcessInfo() {
		if info.Status.PID != 0 {
			pids = append(pids, info.Status.PID)
		}
	}
	return pids
}

// get asks for a page; headers are names and values in turn.
func (w *world) get(target string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	return w.ask(httptest.NewRequest(http.MethodGet, "http://host:9001"+target, nil), headers...)
}

// check lets in who knows the password.
func (w *world) check(authorization string) (auth.Proof, error) {
	if authorization != auth.BasicHeader("user", "password") && authorization != auth.BearerHeader("wkt_secret") {
		return auth.Proof{}, auth.ErrBadCredentials
	}
	return auth.Proof{1}, nil
}

// post sends a form as a page of ours has it.
func (w *world) post(target string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	if !form.Has("form_token") {
		form.Set("form_token", w.entrance.Sessions.FormToken(w.cookie))
	}
	r := httptest.NewRequest(http.MethodPost, "http://host:9001"+target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.ask(r, headers...)
}

func (w *world) ask(r *http.Request, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	if w.cookie != "" {
		r.AddCookie(&http.Cookie{Name: w.entrance.Cookie, Value: w.cookie})
	}
	r = r.WithContext(auth.WithEntrance(auth.With(r.Context(), auth.Identity{Name: "user", Role: w.role}), w.entrance))
	if !w.site.Serves(r) {
		w.t.Fatalf("%s %s is not for this page", r.Method, r.URL)
	}
	answer := httptest.NewRecorder()
	w.site.ServeHTTP(answer, r)
	synctest.Wait()
	return answer
}

// page is a page that is there.
func (w *world) page(target string, headers ...string) *webtest.Node {
	w.t.Helper()
	answer := w.get(target, headers...)
	if answer.Code != http.StatusOK {
		w.t.Fatalf("%s: %d\n%s", target, answer.Code, answer.Body)
	}
	return webtest.Parse(w.t, answer.Body.String())
}

// texts are those of elements.
func texts(nodes []*webtest.Node) []string {
	all := []string{}
	for _, n := range nodes {
		all = append(all, n.Text())
	}
	return all
}
