package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/web/lang"
)

// request is what a page or an action looks at, besides what it finds in the
// http.Request.
type request struct {
	*http.Request

	out   http.ResponseWriter // for headers only; what is answered is the answer's to send
	words *lang.Words
	who   auth.Identity
	// entrance is that of the server that the request came by; nil: it has none, and
	// no form is accepted.
	entrance *auth.Entrance
	// part is the name of the template that is wanted alone, without the "part-"
	// that it begins with: a module brings up to date what it shows. "": all.
	part string
	// names are what the part is about; none: all of the page.
	names []string
}

// answer is what is sent: see page.go and actions.go.
type answer interface {
	send(*Site, http.ResponseWriter, *request)
}

// guarded asks for a role, calls do and answers with what it gives, or with what
// the error means to the user.
func (s *Site) guarded(role auth.Role, do func(*request) (answer, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, h *http.Request) {
		protect(w.Header())
		language := lang.Preferred(h.Header.Get("Accept-Language"))
		r := &request{
			Request: h, out: w, words: s.words[language](), who: auth.From(h.Context()), entrance: auth.EntranceFrom(h.Context()),
		}
		a, err := s.checked(r, role, do)
		if err != nil {
			a = s.faultOf(r, err)
		}
		a.send(s, w, r)
	})
}

func (s *Site) checked(r *request, role auth.Role, do func(*request) (answer, error)) (answer, error) {
	if !r.who.May(role) {
		return nil, &forbidden{role}
	}
	if err := r.ParseForm(); err != nil {
		return nil, errForm
	}
	if err := r.checkForm(); err != nil {
		return nil, err
	}
	r.part, r.names = r.Form.Get("part"), r.Form["name"]
	return do(r)
}

// checkForm refuses what was posted by a page that is not ours, or not of this
// session.
func (r *request) checkForm() error {
	if r.Method != http.MethodPost {
		return nil
	}
	if err := auth.CheckSite(r.Request); err != nil {
		return err
	}
	if r.entrance == nil {
		return auth.ErrForm
	}
	return r.entrance.CheckForm(r.Request, r.PostForm.Get("form_token"))
}

// What a request can be refused with, besides the errors of the service.
var (
	errForm    = errors.New("the form or the query cannot be read")
	errMissing = errors.New("there is nothing of that name")
)

// forbidden: who asks has too small a role.
type forbidden struct{ least auth.Role }

func (f *forbidden) Error() string { return "it takes the role " + f.least.String() }

// protect lets a page load our own style, modules and pictures and nothing else,
// and no other site frame it.
func protect(h http.Header) {
	h.Set("Content-Security-Policy", strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'", "form-action 'self'",
		"frame-ancestors 'none'", "base-uri 'none'",
	}, "; "))
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin") // auth.CheckSite may need it
	h.Add("Vary", "Accept-Language, Accept-Encoding")
}
