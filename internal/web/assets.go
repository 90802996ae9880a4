package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"mime"
	"net/http"
	"path"
	"time"
)

// assets are the static files, by name.
type assets struct{ files map[string]asset }

type asset struct {
	plain, zipped []byte
	version       string // begins its hash
	kind          string
}

func loadAssets() assets {
	entries, err := embedded.ReadDir("static")
	if err != nil {
		panic(err) // it is embedded
	}
	a := assets{map[string]asset{}}
	for _, e := range entries {
		data, err := embedded.ReadFile("static/" + e.Name())
		if err != nil {
			panic(err) // as well
		}
		sum := sha256.Sum256(data)
		a.files[e.Name()] = asset{data, zipped(data, gzip.BestCompression), fmt.Sprintf("%x", sum[:8]), kindOf(e.Name())}
	}
	return a
}

// kindOf does not ask the system's tables, which differ.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// address is where a file is, with its version, so that it may be kept.
func (a assets) address(name string) (string, error) {
	f, ok := a.files[name]
	if !ok {
		return "", fmt.Errorf("there is no asset %s", name)
	}
	return "/assets/" + name + "?v=" + f.version, nil
}

// serve answers with a file. With its version in the address it may be kept for
// good; without, as modules import each other, a browser asks each time whether
// its copy is still right, since another binary has another.
func (a assets) serve(w http.ResponseWriter, r *http.Request) {
	f, ok := a.files[r.PathValue("file")]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	h := w.Header()
	protect(h)
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == f.version {
		h.Set("Cache-Control", "private, max-age=31536000, immutable")
	}
	data, tag := f.plain, f.version
	if takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		data, tag = f.zipped, f.version+"-gzip"
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}
