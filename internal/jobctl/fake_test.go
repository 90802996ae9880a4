package jobctl_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/api"
)

// exchange is one line of a server script: what must be asked next, and the
// answer to it.
//
//	GET /jobs/nightly = 200 {"id": "nightly"}
//	POST /jobs {"id":"x"} = 409 Job identifier (x) conflicts with an existing job
//	GET /runs/x/log = 200 text/plain what it wrote\n
//	GET /jobs = drop                 the connection is closed instead
//
// The body of a request is compared as compact JSON. What is no JSON in the answer of
// a status from 400 on is the detail of a problem. A word @name in an answer stands
// for the file of that name in the archive.
type exchange struct{ ask, status, answer string }

// fake is a daemon that follows a script.
type fake struct {
	t *testing.T

	mu     sync.Mutex
	script []exchange
}

// start serves script and returns the URL.
func start(t *testing.T, script string, files map[string]string) (*fake, string) {
	t.Helper()
	f := &fake{t: t}
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		ask, answer, ok := strings.Cut(line, " = ")
		if !ok {
			t.Fatalf("not a line of a script: %s", line)
		}
		status, body, _ := strings.Cut(answer, " ")
		for name, text := range files {
			body = strings.ReplaceAll(body, "@"+name, strings.TrimSpace(text))
		}
		f.script = append(f.script, exchange{ask, status, body})
	}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return f, server.URL
}

// finish complains about what was never asked.
func (f *fake) finish() {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range f.script {
		f.t.Errorf("never asked: %s", e.ask)
	}
}

func (f *fake) next() (exchange, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.script) == 0 {
		return exchange{}, false
	}
	e := f.script[0]
	f.script = f.script[1:]
	return e, true
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		f.t.Error(err)
	}
	asked := r.Method + " " + strings.TrimPrefix(r.RequestURI, api.Prefix)
	if match := r.Header.Get("If-Match"); match != "" {
		asked += " If-Match " + match
	}
	if len(body) > 0 {
		var compact bytes.Buffer
		if err := json.Compact(&compact, body); err != nil {
			f.t.Errorf("%s: %v", asked, err)
		}
		asked += " " + compact.String()
	}
	e, ok := f.next()
	if !ok || e.ask != asked {
		f.t.Errorf("asked %s, but the script has %q", asked, e.ask)
		http.Error(w, "not in the script", http.StatusTeapot)
		return
	}
	f.answer(w, e)
}

func (f *fake) answer(w http.ResponseWriter, e exchange) {
	if e.status == "drop" {
		panic(http.ErrAbortHandler)
	}
	status, err := strconv.Atoi(e.status)
	if err != nil {
		f.t.Errorf("no status: %s", e.status)
	}
	body := e.answer
	switch {
	case strings.HasPrefix(body, "text/"):
		kind, text, _ := strings.Cut(body, " ")
		w.Header().Set("Content-Type", kind)
		if body, err = strconv.Unquote(`"` + text + `"`); err != nil {
			f.t.Error(err)
		}
	case status >= 400:
		if !strings.HasPrefix(body, "{") {
			detail, err := json.Marshal(body)
			if err != nil {
				f.t.Error(err)
			}
			body = `{"title":"` + http.StatusText(status) + `","detail":` + string(detail) + `}`
		}
		w.Header().Set("Content-Type", "application/problem+json")
	default:
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	io.WriteString(w, body)
}
