// Package web is the page at /: it shows how everything is, live, and lets a
// person steer it. Pages are complete HTML made here; small modules keep them up
// to date and save reloading. It decides how things look and who may ask for
// them; what is done is the service's.
//
// A page is a row of the table in pages, a file with its method, a template with
// the same name as the row, and a file of texts in package lang. An action is a
// row of the table in actions, and a method.
package web

import (
	"cmp"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/history"
	"github.com/watchkeeper-go/watchkeeper/internal/usage"
	"github.com/watchkeeper-go/watchkeeper/internal/web/lang"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// Options are what the page works with.
type Options struct {
	Service *service.Service
	History *history.Log
	Events  *history.Events
	Usage   *usage.Sampler
	Started time.Time // the daemon
	// Log gets the errors that the user is told nothing about. Nil: nobody.
	Log *slog.Logger
}

// page is a row of the table of pages.
type page struct {
	path string // a pattern of http.ServeMux without the method
	name string // of the file in templates, and of the texts NAME.title and, in the navigation, nav.NAME
	role auth.Role
	nav  bool // it stands in the navigation
	// show gives what the template is to show as .Data; see request for what it
	// may look at.
	show func(*Site, *request) (any, error)
}

// pages is the table of pages, in the order of the navigation.
func pages() []page {
	return []page{
		{"/{$}", "overview", auth.Viewer, true, (*Site).overview},
		{"/programs/{name}", "program", auth.Viewer, false, (*Site).programPage},
		{"/jobs", "jobs", auth.Viewer, true, (*Site).jobs},
		{"/jobs/new", "jobform", auth.Admin, false, (*Site).newJob},
		{"/jobs/{store}/{job}", "job", auth.Viewer, false, (*Site).job},
		{"/jobs/{store}/{job}/edit", "jobform", auth.Admin, false, (*Site).editJob},
		{"/runs", "runs", auth.Viewer, true, (*Site).runs},
		{"/runs/{run}", "run", auth.Viewer, false, (*Site).run},
		{"/calendar", "calendar", auth.Viewer, true, (*Site).calendar},
		{"/events", "events", auth.Viewer, true, (*Site).events},
		{"/config", "config", auth.Admin, true, (*Site).config},
		{"/health", "health", auth.Viewer, true, (*Site).health},
	}
}

// Site answers the addresses of the pages, their actions and their assets.
type Site struct {
	Options

	mux   *http.ServeMux
	epoch string                // newEpoch
	words [2]func() *lang.Words // by language, made at the first request
	sets  [2]func() templates   // by language
	files func() assets
	work  sync.WaitGroup // what goes on beyond the requests that asked for it
}

// New returns the page. It costs nothing until somebody looks at it.
func New(o Options) *Site {
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	s := &Site{Options: o, mux: http.NewServeMux(), epoch: newEpoch(), files: sync.OnceValue(loadAssets)}
	for _, l := range lang.Languages() {
		s.words[l] = sync.OnceValue(func() *lang.Words { return lang.In(l) })
		s.sets[l] = sync.OnceValue(func() templates { return loadTemplates(s.words[l](), s.files()) })
	}
	for _, p := range pages() {
		s.mux.Handle("GET "+p.path, s.guarded(p.role, func(r *request) (answer, error) { return s.page(p, r) }))
	}
	for _, a := range actions() {
		s.mux.Handle("POST /actions/"+a.name, s.guarded(a.role, func(r *request) (answer, error) { return s.act(a, r) }))
	}
	s.mux.Handle("POST /jobs/new", s.guarded(auth.Admin, s.saveJob))
	s.mux.Handle("GET /programs/{name}/logs/{stream}", s.guarded(auth.Viewer, s.download))
	s.mux.Handle("GET /login", s.guarded(auth.Nobody, s.loginPage))
	s.mux.Handle("POST /login", s.guarded(auth.Nobody, s.login))
	s.mux.Handle("POST /logout", s.guarded(auth.Nobody, s.logout))
	s.mux.HandleFunc("GET /assets/{file}", func(w http.ResponseWriter, r *http.Request) { s.files().serve(w, r) })
	return s
}

// Serves tells whether a request is for this page. Others are for Supervisor's,
// such as those to / that mean an action or a message of that: old bookmarks and
// programs go on.
func (s *Site) Serves(r *http.Request) bool {
	if r.URL.Path == "/" {
		q := r.URL.Query()
		if r.Method != http.MethodGet || q.Has("action") || q.Has("processname") || q.Has("message") {
			return false
		}
	}
	_, pattern := s.mux.Handler(r)
	return pattern != ""
}

// ServeHTTP implements http.Handler.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }
