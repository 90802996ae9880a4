package web

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/web/lang"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// frame is what every template finds: what stands around a page, and in Data what
// its show has given.
type frame struct {
	Name  string // of the page
	Title string
	Nav   []link
	Words *lang.Words
	Who   auth.Identity
	// Here is the address of the page, to come back to after an action.
	Here  string
	Flash *flash // what an action before has to tell; nil: nothing
	// Token is what each form has to have with it, see the template "token".
	Token    string
	LoggedIn bool
	Compat   string // the version of Supervisor
	Node     string // the identifier of the daemon
	Now      time.Time
	Data     any
}

// link is one of the navigation.
type link struct {
	Path, Text string
	Current    bool
}

// May tells whether who looks may do what takes a role: read, operate or admin.
func (f *frame) May(role string) (bool, error) {
	least, err := auth.ParseRole(role)
	return f.Who.May(least), err
}

// Live names the types of events below those, such as PROCESS_STATE, as a
// browser has to listen for them: one by one, separated by blanks.
func (f *frame) Live(roots ...string) (string, error) { return f.LiveAll(roots) }

// LiveAll is Live of a list.
func (f *frame) LiveAll(roots []string) (string, error) {
	var names []string
	leaves := event.Leaves()
	for _, root := range roots {
		t, ok := event.ParseType(root)
		if !ok {
			return "", fmt.Errorf("there is no event %s", root)
		}
		for _, leaf := range leaves {
			if leaf.Is(t) {
				names = append(names, leaf.String())
			}
		}
	}
	return strings.Join(names, " "), nil
}

// page makes a page, or the part of it that is asked for.
func (s *Site) page(p page, r *request) (answer, error) {
	data, err := p.show(s, r)
	if err != nil {
		return nil, err
	}
	f := s.frame(p.name, r)
	f.Data = data
	if own, ok := data.(interface{ PageTitle() string }); ok {
		f.Title = own.PageTitle()
	}
	if r.part != "" && !s.sets[r.words.Language]().has(p.name, "part-"+r.part) {
		return nil, errMissing
	}
	return &shown{frame: f, status: http.StatusOK}, nil
}

func (s *Site) frame(name string, r *request) *frame {
	f := &frame{
		Name: name, Title: r.words.T(name + ".title"), Words: r.words, Who: r.who, Here: r.URL.RequestURI(), Compat: service.Version,
		Node: s.Service.Identification(), Now: time.Now(),
	}
	if r.entrance != nil {
		f.Token, f.LoggedIn = r.entrance.FormToken(r.out, r.Request), r.entrance.In(r.Request)
	}
	for _, p := range pages() {
		path := strings.TrimSuffix(p.path, "{$}")
		if p.nav && r.who.May(p.role) {
			below := path != "/" && strings.HasPrefix(r.URL.Path, path+"/")
			f.Nav = append(f.Nav, link{path, r.words.T("nav." + p.name), p.name == name || below})
		}
	}
	return f
}

// shown is the answer with a page.
type shown struct {
	frame  *frame
	status int
}

func (a *shown) send(s *Site, w http.ResponseWriter, r *request) {
	entry := "layout"
	if r.part != "" && a.status == http.StatusOK {
		entry = "part-" + r.part
	} else {
		a.frame.Flash = takeFlash(w, r)
	}
	var b bytes.Buffer
	if err := s.sets[r.words.Language]().execute(&b, a.frame.Name, entry, a.frame); err != nil {
		panic(err) // the server logs it and answers 500
	}
	noCache(w.Header())
	respond(w, r.Request, a.status, b.Bytes())
}

// noCache is what Supervisor sends with every page, and what its clients see at /.
func noCache(h http.Header) {
	h.Set("Pragma", "no-cache")
	h.Set("Cache-Control", "no-cache")
	h.Set("Expires", time.Unix(0, 0).UTC().Format(http.TimeFormat))
}

// respond sends HTML, compressed where that is understood.
func respond(w http.ResponseWriter, r *http.Request, status int, html []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/html;charset=utf-8")
	if takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		html = zipped(html, gzip.BestSpeed)
	}
	h.Set("Content-Length", strconv.Itoa(len(html)))
	w.WriteHeader(status)
	_, _ = w.Write(html) // a client that is gone misses nothing
}

func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			return strings.ReplaceAll(parameters, " ", "") != "q=0"
		}
	}
	return false
}

func zipped(data []byte, level int) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, level)
	if err == nil {
		_, err = z.Write(data)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic(err) // the level is right, and memory takes everything
	}
	return b.Bytes()
}

// faultOf is the page about an error.
func (s *Site) faultOf(r *request, err error) answer {
	status, key, args := http.StatusInternalServerError, "internal", []any(nil)
	var denied *forbidden
	switch {
	case errors.As(err, &denied):
		status, key, args = http.StatusForbidden, "forbidden", []any{r.words.T("role." + denied.least.String())}
	case errors.Is(err, auth.ErrCrossSite):
		status, key = http.StatusForbidden, "site"
	case errors.Is(err, auth.ErrForm):
		status, key = http.StatusForbidden, "session"
	case errors.Is(err, errForm):
		status, key = http.StatusBadRequest, "form"
	case errors.Is(err, errMissing), errors.Is(err, service.ErrBadName), errors.Is(err, job.ErrNotFound), errors.Is(err, schedule.ErrUnknown):
		status, key = http.StatusNotFound, "missing"
	default:
		s.Log.Error(fmt.Sprintf("page %s: %v", r.URL.Path, err))
	}
	if r.wantsJSON() {
		return said{Text: r.words.T("fault." + key), Failed: true, status: status}
	}
	f := s.frame("fault", r)
	f.Data = fault{Status: status, Text: r.words.T("fault." + key), Help: r.words.T("fault."+key+"-help", args...)}
	return &shown{f, status}
}

// fault is what the page about an error shows.
type fault struct {
	Status     int
	Text, Help string
}
