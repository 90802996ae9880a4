package web

import (
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

// sessionOf is the cookie that an answer sets.
func (w *world) sessionOf(answer *httptest.ResponseRecorder) *http.Cookie {
	w.t.Helper()
	for _, c := range answer.Result().Cookies() {
		if c.Name == w.entrance.Cookie {
			return c
		}
	}
	w.t.Fatalf("the answer sets no cookie: %v", answer.Header())
	return nil
}

func TestLogin(t *testing.T) {
	for name, c := range map[string]struct {
		form url.Values
		code int
		to   string
	}{
		"with the password": {url.Values{"name": {"user"}, "password": {"password"}, "next": {"/programs/x?y=z"}}, 303, "/programs/x?y=z"},
		"with a token":      {url.Values{"secret": {"wkt_secret"}}, 303, "/"},
		"to another site":   {url.Values{"secret": {"wkt_secret"}, "next": {"//evil/"}}, 303, "/"},
		"wrong":             {url.Values{"name": {"user"}, "password": {"nothing"}}, 403, ""},
		"a wrong token":     {url.Values{"secret": {"wkt_nothing"}}, 403, ""},
		"empty":             {url.Values{}, 403, ""},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, programs, func(t *testing.T, w *world) {
				w.role = auth.Nobody
				answer := w.post("/login", c.form)
				if answer.Code != c.code || answer.Header().Get("Location") != c.to {
					t.Errorf("%d to %q, want %d to %q", answer.Code, answer.Header().Get("Location"), c.code, c.to)
				}
				if c.code != 303 {
					if got := webtest.Parse(t, answer.Body.String()).One(t, ".notice").Text(); !strings.HasPrefix(got, "That is not right") {
						t.Errorf("it says %q", got)
					}
					return
				}
				cookie := w.sessionOf(answer)
				if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.Value == w.cookie {
					t.Errorf("the cookie is %v", cookie)
				}
				if _, ok := w.entrance.Sessions.Find(cookie.Value); !ok {
					t.Error("no session has begun")
				}
			})
		})
	}
}

func TestLoginPageIsForWhoIsNotIn(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		w.role = auth.Nobody
		page := w.page("/login?next=/programs/x")
		var got []string
		for _, input := range page.One(t, "main").All("input") {
			got = append(got, input.Attrs["name"])
		}
		if diff := cmp.Diff([]string{"form_token", "next", "name", "password", "form_token", "next", "secret"}, got); diff != "" {
			t.Errorf("fields (-want +got):\n%s", diff)
		}
		if n := len(page.One(t, "nav").All("a")); n > 0 {
			t.Errorf("%d pages are offered to nobody", n)
		}
		w.role = auth.Viewer
		if answer := w.get("/login?next=/programs/x"); answer.Code != 303 || answer.Header().Get("Location") != "/programs/x" {
			t.Errorf("who is in: %d to %q", answer.Code, answer.Header().Get("Location"))
		}
		w.role, w.entrance.Passwords, w.entrance.Bearers = auth.Admin, false, false
		if answer := w.post("/login", url.Values{}); answer.Code != 303 || answer.Header().Get("Location") != "/" {
			t.Errorf("where nobody needs to: %d to %q", answer.Code, answer.Header().Get("Location"))
		}
	})
}

func TestFailedLoginsAreLimited(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		w.role = auth.Nobody
		wrong, right := url.Values{"name": {"user"}, "password": {"x"}}, url.Values{"name": {"user"}, "password": {"password"}}
		for range 10 {
			if got := w.post("/login", wrong).Code; got != 403 {
				t.Fatalf("a failure: %d", got)
			}
		}
		time.Sleep(20 * time.Second)
		answer := w.post("/login", right)
		if answer.Code != http.StatusTooManyRequests || answer.Header().Get("Retry-After") != "40" {
			t.Errorf("after ten failures: %d, Retry-After %q", answer.Code, answer.Header().Get("Retry-After"))
		}
		if got, want := webtest.Parse(t, answer.Body.String()).One(t, ".notice").Text(), "Too many attempts failed. Try again in 40 s."; got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
		time.Sleep(40 * time.Second)
		if got := w.post("/login", right).Code; got != 303 {
			t.Errorf("a minute later: %d", got)
		}
	})
}

func TestLogout(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		if n := len(w.page("/").All("form[action=/logout]")); n > 0 {
			t.Error("who has not logged in can log out")
		}
		w.cookie = w.entrance.Sessions.Begin(auth.Proof{1})
		w.page("/").One(t, "form[action=/logout]")
		answer := w.post("/logout", url.Values{})
		if answer.Code != 303 || answer.Header().Get("Location") != "/login" {
			t.Errorf("%d to %q", answer.Code, answer.Header().Get("Location"))
		}
		if c := w.sessionOf(answer); c.MaxAge >= 0 {
			t.Errorf("the cookie is left: %v", c)
		}
		if _, ok := w.entrance.Sessions.Find(w.cookie); ok {
			t.Error("the session goes on")
		}
	})
}

// TestEveryPostNeedsTheTokenOfItsSession: also those that a browser would take for
// one of the same site, such as of another port.
func TestEveryPostNeedsTheTokenOfItsSession(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		paths := []string{"/login", "/logout"}
		for _, a := range actions() {
			paths = append(paths, "/actions/"+a.name)
		}
		other := w.entrance.Sessions.FormToken(auth.NewCookie())
		for _, path := range paths {
			for _, token := range []string{"", "x", other, auth.NewSessions().FormToken(w.cookie)} {
				form := url.Values{"form_token": {token}, "name": {"idle", "web:*"}, "confirmed": {"yes"}, "password": {"password"}}
				if got := w.post(path, form).Code; got != http.StatusForbidden {
					t.Errorf("%s with the token %q: %d, want 403", path, token, got)
				}
			}
		}
		if got := w.state("idle") + " " + w.state("web:web<&0>"); got != "STOPPED RUNNING" {
			t.Errorf("they are %s", got)
		}
		w.entrance = &auth.Entrance{Sessions: w.entrance.Sessions, Cookie: "other"}
		form := url.Values{"only": {"idle"}, "form_token": {w.entrance.Sessions.FormToken(w.cookie)}}
		r := httptest.NewRequest("POST", "http://host:9001/actions/start", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.AddCookie(&http.Cookie{Name: "session", Value: w.cookie})
		answer := httptest.NewRecorder()
		w.site.ServeHTTP(answer, r.WithContext(auth.With(r.Context(), auth.Identity{Role: auth.Admin})))
		if answer.Code != http.StatusForbidden {
			t.Errorf("by a server without sessions: %d", answer.Code)
		}
	})
}

// TestWhoComesWithoutACookieGetsOne, and its page's forms work with it.
func TestWhoComesWithoutACookieGetsOne(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		w.cookie = ""
		answer := w.get("/")
		page := webtest.Parse(t, answer.Body.String())
		w.cookie = w.sessionOf(answer).Value
		token := page.One(t, "form#selection").All("input[name=form_token]")[0].Attrs["value"]
		if got := w.post("/actions/start", url.Values{"only": {"idle"}, "form_token": {token}}).Code; got != http.StatusSeeOther {
			t.Errorf("the form of that page: %d", got)
		}
	})
}

// TestEveryFormHasTheToken: what a page posts without it would be refused.
func TestEveryFormHasTheToken(t *testing.T) {
	for _, name := range templateFiles(t) {
		text, err := embedded.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		forms := strings.Split(string(text), `<form method="post"`)
		for _, form := range forms[1:] {
			if form, _, _ = strings.Cut(form, "</form>"); !strings.Contains(form, `{{template "token" `) {
				t.Errorf("%s: a form without a token: %.200s", name, form)
			}
		}
	}
}
