// Package api is /api/v1 and its documentation at /docs: a table of
// operations over the service, from which the OpenAPI document is made, and a
// table of problems, which says what each error is over HTTP. It decodes,
// checks who asks, calls and encodes; what the operations do is the service's.
package api

import (
	"log/slog"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// Options of the API.
type Options struct {
	// Allow tells whether who sent r may do what asks for the role; nil means
	// that the identity in the request's context (auth.From) decides.
	Allow func(r *http.Request, role auth.Role) error
	// Log gets the errors that clients are told nothing about. Nil: nobody.
	Log *slog.Logger
}

// Handler answers everything below /api/v1 and /docs. Nothing is made of it
// before the first request, so that it costs a daemon that nobody asks
// nothing, neither at start nor later. The server in front authenticates and
// bounds the body.
func Handler(s *service.Service, o Options) http.Handler {
	if o.Allow == nil {
		o.Allow = func(r *http.Request, role auth.Role) error { return auth.Require(r.Context(), role) }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &handler{build: sync.OnceValue(func() *server { return newServer(s, o) })}
}

type handler struct {
	build func() *server
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := h.build()
	if r.URL.Path == docsPath || strings.HasPrefix(r.URL.Path, docsPath+"/") {
		s.docs.ServeHTTP(w, r)
		return
	}
	s.serveAPI(w, r)
}

// server is what a Handler is made of at the first request.
type server struct {
	service *service.Service
	options Options
	mux     *http.ServeMux
	huma    huma.API
	events  *hub
	docs    *docs
	buffers sync.Pool // of *[]byte, for answers that are written by hand; at most those of a page

	operations []operation // in the order of the tables
}

func newServer(s *service.Service, o Options) *server {
	srv := &server{service: s, options: o, mux: http.NewServeMux(), events: newHub(s)}
	srv.huma = huma.NewAPI(humaConfig(), humago.NewAdapter(srv.mux, api.Prefix))
	srv.register()
	document := finish(srv.huma.OpenAPI())
	srv.serveDocument(document)
	srv.docs = newDocs(o.Allow, document, srv.operations)
	return srv
}

// serveAPI answers a request below /api/v1. What is no route is a problem, too.
func (s *server) serveAPI(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	if checkSite(r) != nil {
		writeProblem(w, problemOf(kindCrossSite, "The request comes from another site, or a page sent it that the browser does not vouch for."))
		return
	}
	if r.URL.Path != path.Clean(r.URL.Path) { // the mux would redirect
		writeProblem(w, problemOf(kindNoRoute, "The path has empty elements or dots."))
		return
	}
	if _, pattern := s.mux.Handler(r); pattern == "" {
		s.noRoute(w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// checkSite refuses what a foreign page has made a browser send. Reading is
// harmless, since the page does not see the answer, but takes our time.
func checkSite(r *http.Request) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return auth.CheckSite(r)
	}
	return auth.CheckProgram(r)
}

// noRoute says whether it is the path that is unknown, or the method.
func (s *server) noRoute(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := s.mux.Handler(other); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		writeProblem(w, problemOf(kindNoRoute, "There is nothing at this path; "+docsPath+" shows what there is."))
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	writeProblem(w, problemOf(kindMethod, "Here is only "+strings.Join(allowed, " and ")+"."))
}
