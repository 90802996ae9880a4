package api

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"strconv"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
)

// docsPath is where the documentation is, and below it what it needs.
const docsPath = "/docs"

//go:embed templates static
var files embed.FS

// docs are the pages below docsPath. They load nothing from elsewhere, and
// work without JavaScript.
type docs struct {
	allow func(*http.Request, auth.Role) error
	files map[string]func() staticFile // by path; made once, when asked for
}

// newDocs makes the page of the document; operations are its operations in
// the order of the tables.
func newDocs(allow func(*http.Request, auth.Role) error, d *huma.OpenAPI, operations []operation) *docs {
	return &docs{allow: allow, files: map[string]func() staticFile{
		docsPath: sync.OnceValue(func() staticFile {
			return newStaticFile("text/html;charset=utf-8", renderDocs(d, operations))
		}),
		docsPath + "/docs.css": sync.OnceValue(func() staticFile {
			style, err := files.ReadFile("static/docs.css")
			if err != nil {
				panic(err) // it is embedded
			}
			return newStaticFile("text/css;charset=utf-8", style)
		}),
	}}
}

func renderDocs(d *huma.OpenAPI, operations []operation) []byte {
	page := template.Must(template.ParseFS(files, "templates/docs.html"))
	var b bytes.Buffer
	if err := page.Execute(&b, newPage(d, operations)); err != nil {
		panic(err) // the tests would have seen it
	}
	return b.Bytes()
}

// ServeHTTP implements http.Handler.
func (d *docs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	path := r.URL.Path
	if path == docsPath+"/" {
		path = docsPath
	}
	file, ok := d.files[path]
	switch {
	case d.allow(r, auth.Viewer) != nil:
		writeProblem(w, problemOf(kindForbidden, "This needs the role "+auth.Viewer.String()+"."))
	case !ok:
		writeProblem(w, problemOf(kindNoRoute, "There is nothing at this path."))
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET")
		writeProblem(w, problemOf(kindMethod, "Here is only GET."))
	default:
		file().serve(w, r)
	}
}

// statusText is a status as the page shows it.
func statusText(status int) string { return strconv.Itoa(status) + " " + http.StatusText(status) }
