package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
)

// serveDocument serves the document in both of its forms, which are no
// operations of it.
func (s *server) serveDocument(d *huma.OpenAPI) {
	s.serveForm("/openapi.json", "application/openapi+json", func() ([]byte, error) { return indented(d) })
	s.serveForm("/openapi.yaml", "application/openapi+yaml", d.YAML)
}

// indented is the document as people and diffs read it.
func indented(d *huma.OpenAPI) ([]byte, error) {
	raw, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// serveForm serves a text that is made once, when it is asked for.
func (s *server) serveForm(path, mediaType string, make func() ([]byte, error)) {
	form := sync.OnceValue(func() staticFile {
		text, err := make()
		if err != nil {
			panic(err) // of our own types; the tests would have seen it
		}
		return newStaticFile(mediaType, text)
	})
	op := &huma.Operation{Method: http.MethodGet, Path: path}
	s.huma.Adapter().Handle(op, func(ctx huma.Context) {
		s.allow(auth.Viewer)(ctx, func(ctx huma.Context) {
			r, w := humago.Unwrap(ctx)
			form().serve(w, r)
		})
	})
}

// staticFile is a text that stays the same for the life of the daemon. A
// browser asks each time whether its copy is still right, since another binary
// has another.
type staticFile struct {
	mediaType string
	tag       string
	text      []byte
}

func newStaticFile(mediaType string, text []byte) staticFile {
	sum := sha256.Sum256(text)
	return staticFile{mediaType: mediaType, tag: fmt.Sprintf(`"%x"`, sum[:8]), text: text}
}

func (f staticFile) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", f.mediaType)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", f.tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.text))
}
