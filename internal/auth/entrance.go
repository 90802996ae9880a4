package auth

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"time"
)

// Entrance is what a login page needs of the server that a request came by. It
// belongs to that server, and is found in the context of its requests.
type Entrance struct {
	Sessions *Sessions
	Failures *Failures
	// Cookie is the name of the cookie. It differs by server: a browser makes no
	// difference between the ports of a host.
	Cookie string
	// Check reads the value of an Authorization header, as the server does, and
	// gives the proof to keep of it.
	Check func(authorization string) (Proof, error)
	// Passwords and Bearers tell what can be used to log in. With neither, nobody
	// needs to.
	Passwords, Bearers bool
}

// TooManyError: from this address too many logins have failed.
type TooManyError struct{ Wait time.Duration }

func (e *TooManyError) Error() string { return "too many failed logins" }

// Closed tells whether one has to log in.
func (e *Entrance) Closed() bool { return e.Passwords || e.Bearers }

// Login begins a session for who has the right credentials. It returns
// ErrBadCredentials, or a TooManyError without having looked at them.
func (e *Entrance) Login(w http.ResponseWriter, r *http.Request, authorization string) error {
	if wait := e.Failures.Try(r.RemoteAddr); wait > 0 {
		return &TooManyError{wait}
	}
	proof, err := e.Check(authorization)
	if err != nil {
		return errors.Join(ErrBadCredentials, err)
	}
	e.Failures.Forgive(r.RemoteAddr)
	e.set(w, r, e.Sessions.Begin(proof), sessionMost)
	return nil
}

// Logout ends the session of who asks, if there is one.
func (e *Entrance) Logout(w http.ResponseWriter, r *http.Request) {
	if cookie := e.cookie(r); cookie != "" {
		e.Sessions.End(cookie)
	}
	e.set(w, r, "", -time.Second)
}

// In tells whether who asks has logged in, and not only sent credentials.
func (e *Entrance) In(r *http.Request) bool {
	_, ok := e.Find(r)
	return ok && r.Header.Get("Authorization") == ""
}

// Find is the proof of the session of who asks.
func (e *Entrance) Find(r *http.Request) (Proof, bool) { return e.Sessions.Find(e.cookie(r)) }

// Known tells whether a browser asks that had a cookie of this server, and shows
// nothing else.
func (e *Entrance) Known(r *http.Request) bool {
	return e.cookie(r) != "" && r.Header.Get("Authorization") == ""
}

// FormToken is the token for the forms of a page. Who has no cookie yet gets one,
// which is good for nothing else.
func (e *Entrance) FormToken(w http.ResponseWriter, r *http.Request) string {
	cookie := e.cookie(r)
	if !wellFormed(cookie) {
		cookie = NewCookie()
		e.set(w, r, cookie, 0)
	}
	return e.Sessions.FormToken(cookie)
}

// CheckForm returns ErrForm unless the token is of a page that the same browser
// was given.
func (e *Entrance) CheckForm(r *http.Request, token string) error {
	return e.Sessions.CheckForm(e.cookie(r), token)
}

func (e *Entrance) cookie(r *http.Request) string {
	c, err := r.Cookie(e.Cookie)
	if err != nil {
		return ""
	}
	return c.Value
}

func (e *Entrance) set(w http.ResponseWriter, r *http.Request, value string, age time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: e.Cookie, Value: value, Path: "/", MaxAge: int(age / time.Second), Secure: r.TLS != nil, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// BasicHeader is the Authorization header for a user name and a password.
func BasicHeader(name, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+password))
}

// BearerHeader is the Authorization header for a token.
func BearerHeader(secret string) string { return "Bearer " + secret }

type entranceKey struct{}

// WithEntrance returns a context that carries the entrance.
func WithEntrance(ctx context.Context, e *Entrance) context.Context {
	return context.WithValue(ctx, entranceKey{}, e)
}

// EntranceFrom returns the entrance that ctx carries, nil without one.
func EntranceFrom(ctx context.Context) *Entrance {
	e, _ := ctx.Value(entranceKey{}).(*Entrance)
	return e
}
