package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
)

// flash is what an action has to tell on the page that is loaded after it. It
// travels in a cookie, which no other site can set, and not in an address, where
// anybody could make us say something.
type flash struct {
	Text   string
	Failed bool
}

const (
	flashSeconds = 30
	flashMost    = 2048 // bytes; browsers take cookies of 4096
)

// flashCookie differs by server, as the cookie of the session.
func (r *request) flashCookie() string {
	if r.entrance == nil {
		return "watchkeeper_flash"
	}
	return r.entrance.Cookie + "_flash"
}

func leaveFlash(w http.ResponseWriter, r *request, f flash) {
	if len(f.Text) > flashMost {
		f.Text = strings.ToValidUTF8(f.Text[:flashMost-len("…")], "") + "…"
	}
	text, err := json.Marshal(f)
	if err != nil {
		panic(err) // a string and a truth value
	}
	http.SetCookie(w, &http.Cookie{
		Name: r.flashCookie(), Value: base64.RawURLEncoding.EncodeToString(text), Path: "/", MaxAge: flashSeconds, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}

// takeFlash is what an action has left, nil if there is nothing; it is told once.
func takeFlash(w http.ResponseWriter, r *request) *flash {
	c, err := r.Cookie(r.flashCookie())
	if err != nil {
		return nil
	}
	http.SetCookie(w, &http.Cookie{Name: r.flashCookie(), Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	text, err := base64.RawURLEncoding.DecodeString(c.Value)
	var f flash
	if err != nil || json.Unmarshal(text, &f) != nil || f.Text == "" {
		return nil
	}
	return &f
}
