package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/webtest"
)

func (w *world) state(name string) string {
	w.t.Helper()
	info, err := w.Service.ProcessInfo(name)
	if err != nil {
		w.t.Fatal(err)
	}
	return info.Status.State.String()
}

// flashOf is what an answer leaves to be told on the next page.
func (w *world) flashOf(answer *httptest.ResponseRecorder) string {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://host:9001/", nil)
	for _, c := range answer.Result().Cookies() {
		r.AddCookie(c)
	}
	return webtest.Parse(w.t, w.ask(r).Body.String()).One(w.t, ".notice").Text()
}

func TestActionsWithoutModules(t *testing.T) {
	for name, c := range map[string]struct {
		action string
		form   url.Values
		want   string
		states map[string]string
	}{
		"start":            {"start", url.Values{"only": {"idle"}}, "idle started.", map[string]string{"idle": "RUNNING"}},
		"stop":             {"stop", url.Values{"only": {"web:web<&0>"}}, "web:web<&0> stopped.", map[string]string{"web:web<&0>": "STOPPED", "web:web<&1>": "RUNNING"}},
		"stop a group":     {"stop", url.Values{"name": {"web:*", "web:web<&1>"}}, "2 programs stopped.", map[string]string{"web:web<&0>": "STOPPED", "web:web<&1>": "STOPPED"}},
		"restart":          {"restart", url.Values{"name": {"idle", "web:web<&0>"}}, "2 programs restarted.", map[string]string{"idle": "RUNNING", "web:web<&0>": "RUNNING"}},
		"the button wins":  {"start", url.Values{"only": {"idle"}, "name": {"done"}}, "idle started.", map[string]string{"done": "EXITED"}},
		"it fails":         {"start", url.Values{"name": {"broken"}}, "broken: its command does not exist.", nil},
		"some fail":        {"start", url.Values{"name": {"broken", "idle"}}, "idle started. broken: its command does not exist.", nil},
		"nobody's":         {"stop", url.Values{"name": {"nix"}}, "nix: there is no such program.", nil},
		"nothing":          {"start", url.Values{}, "Select at least one program first.", nil},
		"it takes so long": {"restart", url.Values{"name": {"slow"}}, "It takes long and goes on.", map[string]string{"slow": "STARTING"}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, programs, func(t *testing.T, w *world) {
				c.form.Set("confirmed", "yes")
				c.form.Set("back", "/?q=x")
				answer := w.post("/actions/"+c.action, c.form)
				if answer.Code != http.StatusSeeOther || answer.Header().Get("Location") != "/?q=x" {
					t.Errorf("%d to %q", answer.Code, answer.Header().Get("Location"))
				}
				if got := w.flashOf(answer); got != c.want {
					t.Errorf("told %q, want %q", got, c.want)
				}
				for name, want := range c.states {
					if got := w.state(name); got != want {
						t.Errorf("%s is %s, want %s", name, got, want)
					}
				}
				time.Sleep(time.Hour) // what goes on ends
				w.site.Close()
			})
		})
	}
}

func TestWhatStopsSomethingIsAskedForTwice(t *testing.T) {
	for _, action := range []string{"stop", "restart"} {
		inBubble(t, programs, func(t *testing.T, w *world) {
			answer := w.post("/actions/"+action, url.Values{"name": {"web:*", "slow"}, "back": {"/?q=x"}})
			page := webtest.Parse(t, answer.Body.String())
			if got := w.state("web:web<&0>"); got != "RUNNING" {
				t.Errorf("%s: it is %s before anybody said yes", action, got)
			}
			form := page.One(t, "form[action=/actions/"+action+"]")
			var got []string
			for _, input := range form.All("input") {
				if input.Attrs["name"] == "form_token" {
					continue
				}
				got = append(got, input.Attrs["name"]+"="+input.Attrs["value"])
			}
			if diff := cmp.Diff([]string{"confirmed=yes", "back=/?q=x", "name=slow", "name=web:*"}, got); diff != "" {
				t.Errorf("%s: the form (-want +got):\n%s", action, diff)
			}
		})
	}
}

func TestModulesAreAnsweredInJSON(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		for _, c := range []struct {
			form url.Values
			role auth.Role
			code int
			want said
		}{
			{url.Values{"only": {"idle"}}, auth.Operator, 200, said{Text: "idle started."}},
			{url.Values{"only": {"broken"}}, auth.Operator, 200, said{Text: "broken: its command does not exist.", Failed: true}},
			{url.Values{}, auth.Operator, 400, said{Text: "Select at least one program first.", Failed: true}},
			{url.Values{"only": {"idle"}}, auth.Viewer, 403, said{Text: "Your role does not permit this.", Failed: true}},
		} {
			w.role = c.role
			answer := w.post("/actions/start", c.form, "Accept", "application/json")
			var got said
			if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if answer.Code != c.code || got != c.want {
				t.Errorf("%v: %d %+v, want %d %+v", c.form, answer.Code, got, c.code, c.want)
			}
		}
	})
}

func TestActionsAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		role   auth.Role
		header [2]string
	}{
		"to a viewer":      {auth.Viewer, [2]string{"X", "y"}},
		"to nobody":        {auth.Nobody, [2]string{"X", "y"}},
		"another site":     {auth.Admin, [2]string{"Sec-Fetch-Site", "cross-site"}},
		"another origin":   {auth.Admin, [2]string{"Origin", "http://evil"}},
		"a hidden origin":  {auth.Admin, [2]string{"Origin", "null"}},
		"another referrer": {auth.Admin, [2]string{"Referer", "http://evil/host:9001"}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, programs, func(t *testing.T, w *world) {
				w.role = c.role
				for _, a := range actions() {
					answer := w.post("/actions/"+a.name, url.Values{"name": {"idle", "web:*"}, "confirmed": {"yes"}}, c.header[0], c.header[1])
					if answer.Code != http.StatusForbidden {
						t.Errorf("%s: %d, want 403", a.name, answer.Code)
					}
				}
				if got := w.state("idle") + " " + w.state("web:web<&0>"); got != "STOPPED RUNNING" {
					t.Errorf("they are %s", got)
				}
			})
		})
	}
}

func TestTheWayBackIsOurOwn(t *testing.T) {
	for back, want := range map[string]string{
		"/?q=x": "/?q=x", "/programs/a%2Fb": "/programs/a%2Fb", "": "/", "//evil/": "/", "http://evil/": "/", `/\evil`: "/", "evil": "/", "/a\r\nX: y": "/",
		"javascript:alert(1)": "/",
	} {
		if got := ownPath(back); got != want {
			t.Errorf("%q leads to %q, want %q", back, got, want)
		}
	}
}

func TestWhatIsToldIsBounded(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		answer := w.post("/actions/start", url.Values{"only": {strings.Repeat("长", 100_000)}})
		for _, c := range answer.Result().Cookies() {
			if len(c.String()) > 4000 {
				t.Errorf("a cookie of %d bytes", len(c.String()))
			}
		}
	})
}
