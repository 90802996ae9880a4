// Package classic is the page that Supervisor's users know, at its addresses:
// a status table, actions and the tail of a log, over the service. It works
// without JavaScript. It decides only how things look and who may ask for them.
package classic

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/service"
)

//go:embed templates static
var files embed.FS

// Operations is what the pages need of a service.Service.
type Operations interface {
	AllProcessInfo() []service.ProcessInfo
	ProcessInfo(namespec string) (service.ProcessInfo, error)
	Start(ctx context.Context, namespec string, wait bool) ([]service.Result, error)
	StartAll(ctx context.Context, wait bool) ([]service.Result, error)
	Stop(ctx context.Context, namespec string, wait bool) ([]service.Result, error)
	StopAll(ctx context.Context, wait bool) ([]service.Result, error)
	ClearLog(namespec string) error
	ReadLog(namespec, channel string, offset, length int64) ([]byte, error)
}

var _ Operations = (*service.Service)(nil)

// Handler answers /, /classic, /index.html, /tail.html, /ok.html and the static files.
// What is not there, or not asked for by the right method, is a status without
// a body: the server in front has pages for those.
func Handler(s Operations) http.Handler {
	return &handler{service: s, pages: template.Must(template.ParseFS(files, "templates/*.html"))}
}

type handler struct {
	service Operations
	pages   *template.Template
}

// page is a row of the table of pages.
type page struct {
	role  auth.Role // who may see it; an action asks for its own
	serve func(*handler, http.ResponseWriter, *http.Request)
}

// pages are those that GET and POST reach, as VIEWS of the original; /classic
// is where the page is to be found when / has another.
func pages() map[string]page {
	return map[string]page{
		"":           {auth.Viewer, (*handler).status},
		"classic":    {auth.Viewer, (*handler).status},
		"index.html": {auth.Viewer, (*handler).status},
		"tail.html":  {auth.Viewer, (*handler).tail},
		"ok.html":    {auth.Viewer, (*handler).ok},
	}
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	path := strings.TrimLeft(r.URL.Path, "/")
	p, ok := pages()[path]
	switch {
	case ok && (r.Method == http.MethodGet || r.Method == http.MethodPost):
		if !auth.From(r.Context()).May(p.role) {
			fail(w, http.StatusForbidden, "This page is not for you.")
			return
		}
		p.serve(h, w, r)
	case !ok && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		h.file(w, r, path)
	case ok && r.Method == http.MethodHead: // as the original, which knows HEAD for files only
		w.WriteHeader(http.StatusNotFound)
	default:
		w.WriteHeader(http.StatusBadRequest)
	}
}

// file serves a static file; directories are not listed. A browser asks each
// time whether its copy is still right, since another binary has another.
func (h *handler) file(w http.ResponseWriter, r *http.Request, path string) {
	data, err := files.ReadFile("static/" + path)
	if err != nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	sum := sha256.Sum256(data)
	w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sum[:8]))
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, path, time.Time{}, bytes.NewReader(data))
}

// protect lets a page load our own style and pictures and nothing else, and
// no other site frame it.
func protect(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "+
		"frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin") // CheckSite may need it
}

// noCache is what the original sends with every page.
func noCache(h http.Header) {
	h.Set("Pragma", "no-cache")
	h.Set("Cache-Control", "no-cache")
	h.Set("Expires", time.Unix(0, 0).UTC().Format(http.TimeFormat))
}

// render sends a page whole or, when the template fails, not at all.
func (h *handler) render(w http.ResponseWriter, name string, data any) {
	var b bytes.Buffer
	if err := h.pages.ExecuteTemplate(&b, name, data); err != nil {
		panic(err) // the server logs it and answers 500
	}
	noCache(w.Header())
	w.Header().Set("Content-Type", "text/html;charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	_, _ = w.Write(b.Bytes()) // a client that is gone misses nothing
}

func (h *handler) ok(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("Content-Length", "2")
	_, _ = io.WriteString(w, "OK") // a client that is gone misses nothing
}

// fail answers in a sentence.
func fail(w http.ResponseWriter, status int, text string) { http.Error(w, text, status) }
