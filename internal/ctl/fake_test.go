package ctl_test

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
)

// exchange is one line of a server script: what must be asked next, and the
// answer to it.
//
//	getPID = 42                      a value, as JSON; @all is a list of processes
//	startProcess("web") fault 50 SPAWN_ERROR: web
//	getVersion http 401              a status
//	getVersion hang                  no answer, until the client goes away
//	getVersion drop                  the connection is closed instead
//	GET /logtail/web/stdout = "text" a stream that ends after the text
//	GET /logtail/web/stdout stay "x" a stream that goes on until nobody reads it
//
// getVersion need not be written when it answers "3.0".
type exchange struct{ ask, verb, answer string }

func parseScript(t *testing.T, script string) (list []exchange) {
	t.Helper()
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		e, ok := cutVerb(line)
		if !ok {
			t.Fatalf("not a line of a script: %s", line)
		}
		list = append(list, e)
	}
	return list
}

func cutVerb(line string) (exchange, bool) {
	for _, verb := range []string{"=", "fault", "http", "stay", "hang", "drop"} {
		if ask, answer, ok := strings.Cut(line+" ", " "+verb+" "); ok {
			return exchange{ask, verb, strings.TrimSpace(answer)}, true
		}
	}
	return exchange{}, false
}

// fake is a daemon that follows a script. Streams may be asked for at any time.
type fake struct {
	t    *testing.T
	auth string // user:password, "" for none
	hung func() // is called when a call starts to hang; may be nil

	mu      sync.Mutex
	calls   []exchange
	streams []exchange
}

// start serves script on a socket of its own and returns the URL.
func (f *fake) start(script string) string {
	f.t.Helper()
	for _, e := range parseScript(f.t, script) {
		if strings.HasPrefix(e.ask, "GET ") {
			f.streams = append(f.streams, e)
		} else {
			f.calls = append(f.calls, e)
		}
	}
	dir, err := os.MkdirTemp("", "ctl") // t.TempDir is too long for a socket
	if err != nil {
		f.t.Fatal(err)
	}
	path := filepath.Join(dir, "s.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		f.t.Fatal(err)
	}
	server := &http.Server{Handler: f}
	var wg sync.WaitGroup
	wg.Go(func() { _ = server.Serve(listener) }) // ErrServerClosed
	f.t.Cleanup(func() {
		server.Close()
		wg.Wait()
		os.RemoveAll(dir)
	})
	return "unix://" + path
}

// finish complains about calls that were never made. Streams are not counted:
// fg may be over before it has asked for them.
func (f *fake) finish() {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range f.calls {
		f.t.Errorf("never asked: %s", e.ask)
	}
}

// left is how many calls have not been made.
func (f *fake) left() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.calls)
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body) // to its end, so that a client that goes away is noticed
	if err != nil {
		return
	}
	if user, password, _ := r.BasicAuth(); f.auth != "" && user+":"+password != f.auth {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var e exchange
	if r.Method == http.MethodGet {
		e = f.next(&f.streams, "GET "+r.URL.Path)
	} else {
		call, err := xmlrpc.DecodeCall(body)
		if err != nil || r.URL.Path != "/RPC2" || r.Header.Get("Content-Type") != "text/xml" {
			f.t.Errorf("%s %s %v: %v: %s", r.Method, r.URL, r.Header, err, body)
		}
		e = f.next(&f.calls, written(call))
	}
	f.answer(w, r, e)
}

// next takes the exchange for ask off the list: the first for a call, any for
// a stream.
func (f *fake) next(list *[]exchange, ask string) exchange {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(*list, func(e exchange) bool { return e.ask == ask })
	if ask == "getVersion" && i != 0 {
		return exchange{ask, "=", `"3.0"`}
	}
	if i < 0 || i > 0 && list == &f.calls {
		f.t.Errorf("asked for %s, not what the script says", ask)
		return exchange{ask, "http", "500"}
	}
	e := (*list)[i]
	*list = slices.Delete(*list, i, i+1)
	return e
}

// written is a call as scripts have it.
func written(c xmlrpc.Call) string {
	name := strings.TrimPrefix(c.Method, "supervisor.")
	if len(c.Params) == 0 {
		return name
	}
	args, err := json.Marshal(c.Params)
	if err != nil {
		return err.Error()
	}
	return name + "(" + strings.Trim(string(args), "[]") + ")"
}

func (f *fake) answer(w http.ResponseWriter, r *http.Request, e exchange) {
	var body []byte
	var err error
	switch e.verb {
	case "=":
		if r.Method == http.MethodGet {
			err = json.Unmarshal([]byte(e.answer), &e.answer)
			body = []byte(e.answer)
			break
		}
		body, err = xmlrpc.AppendResponse(nil, fromJSON(f.t, e.answer))
	case "fault":
		code, text, _ := strings.Cut(e.answer, " ")
		var n int
		n, err = strconv.Atoi(code)
		body = xmlrpc.AppendFault(nil, &xmlrpc.Fault{Code: n, String: text})
	case "http":
		status, err := strconv.Atoi(e.answer)
		if err != nil {
			f.t.Errorf("script %q: %v", e.answer, err)
			status = http.StatusInternalServerError
		}
		w.WriteHeader(status)
		return
	case "stay":
		var text string
		if err := json.Unmarshal([]byte(e.answer), &text); err != nil {
			f.t.Errorf("script %q: %v", e.answer, err)
		}
		_, err = io.WriteString(w, text)
		if err = errors.Join(err, http.NewResponseController(w).Flush()); err != nil {
			f.t.Log(err) // the client may have had enough
		}
		<-r.Context().Done()
		return
	case "hang":
		if f.hung != nil {
			f.hung()
		}
		<-r.Context().Done()
		return
	case "drop":
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		f.t.Errorf("script %q: %v", e.answer, err)
	}
	w.Header().Set("Content-Type", "text/xml")
	if r.Method == http.MethodPost {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	if _, err := w.Write(body); err != nil {
		f.t.Log(err) // the client may have had enough
	}
}

// allProcesses is @all in scripts.
const allProcesses = `[
	{"group": "cat", "name": "cat", "state": 20, "statename": "RUNNING", "pid": 11, "description": "pid 11, uptime 0:00:07"},
	{"group": "dog", "name": "dog", "state": 0, "statename": "STOPPED", "pid": 0, "description": "Not started"},
	{"group": "multi", "name": "multi_00", "state": 20, "statename": "RUNNING", "pid": 12, "description": "pid 12, uptime 3 days, 0:00:07"},
	{"group": "multi", "name": "multi_01", "state": 30, "statename": "BACKOFF", "pid": 0, "description": "Exited too quickly (process log may have details)"}
]`

// fromJSON reads a value. What every struct of getProcessInfo has besides is
// added when a state is there.
func fromJSON(t *testing.T, text string) any {
	if text == "@all" {
		text = allProcesses
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Errorf("script %q: %v", text, err)
	}
	return convert(v)
}

func convert(v any) any {
	switch v := v.(type) {
	case json.Number:
		n, _ := strconv.Atoi(v.String())
		return n
	case []any:
		for i := range v {
			v[i] = convert(v[i])
		}
	case map[string]any:
		if _, ok := v["state"]; ok {
			for _, name := range []string{"spawnerr", "logfile", "stdout_logfile", "stderr_logfile", "description", "statename"} {
				v[name] = orElse(v[name], "")
			}
			for _, name := range []string{"start", "stop", "now", "exitstatus", "pid"} {
				v[name] = orElse(v[name], json.Number("0"))
			}
		}
		s := xmlrpc.Struct{}
		for name, value := range v {
			s = append(s, xmlrpc.Member{Name: name, Value: convert(value)})
		}
		return s
	}
	return v
}

func orElse(v, fallback any) any {
	if v == nil {
		return fallback
	}
	return v
}
