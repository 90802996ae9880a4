package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
)

// serveDocument serves the document in both of its forms, which are no
// operations of it.
func (s *server) serveDocument(d *huma.OpenAPI) {
	asJSON, err := indented(d)
	if err != nil {
		panic(err) // of our own types; the tests would have seen it
	}
	asYAML, err := d.YAML()
	if err != nil {
		panic(err)
	}
	s.serveForm("/openapi.json", "application/openapi+json", asJSON)
	s.serveForm("/openapi.yaml", "application/openapi+yaml", asYAML)
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

func (s *server) serveForm(path, mediaType string, text []byte) {
	sum := sha256.Sum256(text)
	tag := fmt.Sprintf(`"%x"`, sum[:8])
	op := &huma.Operation{Method: http.MethodGet, Path: path}
	s.huma.Adapter().Handle(op, func(ctx huma.Context) {
		s.allow(auth.Viewer)(ctx, func(ctx huma.Context) {
			r, w := humago.Unwrap(ctx)
			w.Header().Set("Content-Type", mediaType)
			w.Header().Set("Cache-Control", "no-cache")
			w.Header().Set("ETag", tag)
			http.ServeContent(w, r, api.Prefix+path, time.Time{}, bytes.NewReader(text))
		})
	})
}
