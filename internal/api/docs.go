package api

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
)

// docsPath is where the documentation is, and below it what it needs.
const docsPath = "/docs"

//go:embed templates static
var files embed.FS

// docs are the pages below docsPath, made once. They load nothing from
// elsewhere, and work without JavaScript.
type docs struct {
	allow func(*http.Request, auth.Role) error
	files map[string]docsFile // by path
}

type docsFile struct {
	mediaType string
	tag       string
	text      []byte
}

// newDocs renders the page from the document; operations are its operations in
// the order of the tables.
func newDocs(allow func(*http.Request, auth.Role) error, d *huma.OpenAPI, operations []operation) *docs {
	style, err := files.ReadFile("static/docs.css")
	if err != nil {
		panic(err) // it is embedded
	}
	return &docs{allow: allow, files: map[string]docsFile{
		docsPath:               newDocsFile("text/html;charset=utf-8", renderDocs(d, operations)),
		docsPath + "/docs.css": newDocsFile("text/css;charset=utf-8", style),
	}}
}

func newDocsFile(mediaType string, text []byte) docsFile {
	sum := sha256.Sum256(text)
	return docsFile{mediaType: mediaType, tag: fmt.Sprintf(`"%x"`, sum[:8]), text: text}
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
		writeProblem(w, problemOf(kindForbidden, "This needs the role "+roleName(auth.Viewer)+"."))
	case !ok:
		writeProblem(w, problemOf(kindNoRoute, "There is nothing at this path."))
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET")
		writeProblem(w, problemOf(kindMethod, "Here is only GET."))
	default:
		h.Set("Content-Type", file.mediaType)
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", file.tag)
		http.ServeContent(w, r, path, time.Time{}, bytes.NewReader(file.text))
	}
}

// statusText is a status as the page shows it.
func statusText(status int) string { return strconv.Itoa(status) + " " + http.StatusText(status) }
