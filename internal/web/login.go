package web

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
)

// loginForm is what the login page shows.
type loginForm struct {
	Next               string
	Name               string // that was given before
	Passwords, Bearers bool
	Error              string // why it failed; "": it was not tried
}

// loginPage is GET /login. Who need not log in, or has done so, goes on at once.
func (s *Site) loginPage(r *request) (answer, error) {
	next := ownPath(r.Form.Get("next"))
	if r.entrance == nil || !r.entrance.Closed() || r.who.May(auth.Viewer) {
		return redirect(next), nil
	}
	return s.loginShown(r, loginForm{Next: next}, http.StatusOK), nil
}

func (s *Site) loginShown(r *request, form loginForm, status int) *shown {
	form.Passwords, form.Bearers = r.entrance.Passwords, r.entrance.Bearers
	f := s.frame("login", r)
	f.Nav = nil
	f.Data = form
	return &shown{f, status}
}

// login is POST /login: with a token if there is one, else with name and password.
func (s *Site) login(r *request) (answer, error) {
	if r.entrance == nil || !r.entrance.Closed() {
		return redirect("/"), nil
	}
	form := loginForm{Next: ownPath(r.PostForm.Get("next")), Name: r.PostForm.Get("name")}
	authorization := auth.BasicHeader(form.Name, r.PostForm.Get("password"))
	if secret := r.PostForm.Get("secret"); secret != "" {
		authorization = auth.BearerHeader(secret)
	}
	err := r.entrance.Login(r.out, r.Request, authorization)
	var many *auth.TooManyError
	switch {
	case err == nil:
		return redirect(form.Next), nil
	case errors.As(err, &many):
		seconds := int(math.Ceil(many.Wait.Seconds()))
		r.out.Header().Set("Retry-After", strconv.Itoa(seconds))
		form.Error = r.words.T("login.many", r.words.Duration(time.Duration(seconds)*time.Second))
		return s.loginShown(r, form, http.StatusTooManyRequests), nil
	}
	form.Error = r.words.T("login.wrong")
	return s.loginShown(r, form, http.StatusForbidden), nil
}

// logout is POST /logout.
func (s *Site) logout(r *request) (answer, error) {
	if r.entrance == nil || !r.entrance.Closed() {
		return redirect("/"), nil
	}
	r.entrance.Logout(r.out, r.Request)
	return redirect("/login"), nil
}

// redirect sends a browser to a path of ours.
type redirect string

func (to redirect) send(_ *Site, w http.ResponseWriter, _ *request) {
	noCache(w.Header())
	w.Header().Set("Location", string(to))
	w.WriteHeader(http.StatusSeeOther)
}
