package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/client"
	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
)

// serve answers on a unix and a TCP socket and returns their URLs. conns
// counts the connections.
func serve(t *testing.T, h http.HandlerFunc) (urls [2]string, conns *atomic.Int32) {
	t.Helper()
	dir, err := os.MkdirTemp("", "client") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "s.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	conns = new(atomic.Int32)
	start := func(s *httptest.Server) string {
		s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				conns.Add(1)
			}
		}
		s.Start()
		t.Cleanup(s.Close)
		return s.URL
	}
	onUnix := httptest.NewUnstartedServer(h)
	onUnix.Listener.Close()
	onUnix.Listener = listener
	start(onUnix)
	return [2]string{"unix://" + path, start(httptest.NewUnstartedServer(h))}, conns
}

func connect(t *testing.T, url string) *client.Client {
	t.Helper()
	c, err := client.New(client.Options{ServerURL: url, Username: "me", Password: "se:cret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// echo answers a call with its method and parameters.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	call, err := xmlrpc.DecodeCall(body)
	if err != nil {
		panic(err)
	}
	user, password, _ := r.BasicAuth()
	answer, err := xmlrpc.AppendResponse(nil, []any{r.URL.Path, user + "/" + password, call.Method, call.Params})
	if err != nil {
		panic(err)
	}
	w.Write(answer)
}

func TestCall(t *testing.T) {
	urls, conns := serve(t, echo)
	for _, url := range urls {
		conns.Store(0)
		c := connect(t, url)
		for range 3 {
			got, err := c.Call(t.Context(), "supervisor.x", "a", 1, true)
			if err != nil {
				t.Fatal(err)
			}
			want := []any{"/RPC2", "me/se:cret", "supervisor.x", []any{"a", 1, true}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", url, diff)
			}
		}
		if n := conns.Load(); n != 1 {
			t.Errorf("%s: %d connections for three calls, want 1", url, n)
		}
	}
}

func TestCallWithoutPassword(t *testing.T) {
	urls, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "" {
			t.Errorf("sent %q without a password", got)
		}
		echo(w, r)
	})
	c, err := client.New(client.Options{ServerURL: urls[0]})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Call(t.Context(), "a.b"); err != nil {
		t.Error(err)
	}
}

func TestCallRefusesWhatItCannotSend(t *testing.T) {
	c := connect(t, "unix:///nonexistent")
	if _, err := c.Call(t.Context(), "a.b", struct{}{}); err == nil || !strings.Contains(err.Error(), "struct {}") {
		t.Errorf("got %v, want an error that names the type", err)
	}
}

func TestNewRefusesOtherProtocols(t *testing.T) {
	for _, url := range []string{"", "ftp://x", "HTTPS://x", "http:x", "unix:/x", "localhost:9001"} {
		if _, err := client.New(client.Options{ServerURL: url}); !errors.Is(err, client.ErrURL) {
			t.Errorf("%q: got %v, want ErrURL", url, err)
		}
	}
	if _, err := client.New(client.Options{ServerURL: "http://[::1"}); err == nil {
		t.Error("http://[::1 is taken for a URL")
	}
}

// TestErrors: what a caller has to tell apart can be told apart.
func TestErrors(t *testing.T) {
	answer := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	isHTTP := func(want client.HTTPError) func(error) bool {
		return func(err error) bool {
			e, ok := errors.AsType[*client.HTTPError](err)
			return ok && *e == want
		}
	}
	is := func(target error) func(error) bool {
		return func(err error) bool { return errors.Is(err, target) }
	}
	fault := &client.Fault{Code: client.BadName, String: "BAD_NAME: x"}
	tests := []struct {
		name    string
		handler http.HandlerFunc
		right   func(error) bool
	}{
		{"fault", answer(string(xmlrpc.AppendFault(nil, fault))), func(err error) bool {
			f, ok := errors.AsType[*client.Fault](err)
			return ok && *f == *fault
		}},
		{"password", status(401), isHTTP(client.HTTPError{Path: "/RPC2", Code: 401, Reason: "Unauthorized"})},
		{"broken server", status(500), isHTTP(client.HTTPError{Path: "/RPC2", Code: 500, Reason: "Internal Server Error"})},
		{"redirection", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusMovedPermanently) },
			isHTTP(client.HTTPError{Path: "/RPC2", Code: 301, Reason: "Moved Permanently"})},
		{"a page", answer("<html>hello"), func(err error) bool {
			_, ok := errors.AsType[*xmlrpc.SyntaxError](err)
			return ok
		}},
		{"cut short", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "<?xml")
		}, is(io.ErrUnexpectedEOF)},
		{"no answer at all", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, is(io.EOF)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			urls, _ := serve(t, tt.handler)
			if _, err := connect(t, urls[0]).Call(t.Context(), "a.b"); !tt.right(err) {
				t.Errorf("got %T: %v", err, err)
			}
		})
	}
}

func TestErrorsOfConnecting(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refusing := "http://" + listener.Addr().String()
	listener.Close()
	for url, want := range map[string]error{
		refusing:                      syscall.ECONNREFUSED,
		"unix:///nonexistent/s.sock":  syscall.ENOENT,
		"unix:///dev/null/not/a/path": syscall.ENOTDIR,
	} {
		if _, err := connect(t, url).Call(t.Context(), "a.b"); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", url, err, want)
		}
	}
}

func TestCallGivesTheCauseOfItsContext(t *testing.T) {
	urls, _ := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	enough := errors.New("enough")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, enough)
	defer cancel()
	if _, err := connect(t, urls[0]).Call(ctx, "a.b"); !errors.Is(err, enough) {
		t.Errorf("got %v, want the cause", err)
	}
}

// TestCallIsNotRepeated: the daemon may have done what was asked.
func TestCallIsNotRepeated(t *testing.T) {
	var calls atomic.Int32
	urls, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) > 1 {
			panic(http.ErrAbortHandler)
		}
		echo(w, r)
	})
	c := connect(t, urls[0])
	if _, err := c.Call(t.Context(), "a.first"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Call(t.Context(), "a.second"); err == nil {
		t.Error("the second call was answered")
	}
	if n := calls.Load(); n != 2 {
		t.Errorf("the server saw %d calls, want 2", n)
	}
}

func TestGetStreams(t *testing.T) {
	more := make(chan string)
	urls, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for piece := range more {
			fmt.Fprint(w, r.URL.Path, " ", piece)
			http.NewResponseController(w).Flush()
		}
	})
	const path = "/logtail/g:日本 %/stdout"
	go func() { more <- "one" }() // headers come with the first piece
	stream, err := connect(t, urls[0]).Get(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	buf := make([]byte, 100)
	n, err := stream.Read(buf)
	if got := string(buf[:n]); got != path+" one" || err != nil {
		t.Errorf("read %q, %v, want the first piece", got, err)
	}
	more <- "two"
	close(more)
	rest, err := io.ReadAll(stream)
	if string(rest) != path+" two" || err != nil {
		t.Errorf("read %q, %v, want the second piece", rest, err)
	}
}

func TestGetErrors(t *testing.T) {
	urls, _ := serve(t, http.NotFound)
	_, err := connect(t, urls[0]).Get(t.Context(), "/logtail/x")
	if e, ok := errors.AsType[*client.HTTPError](err); !ok || e.Code != 404 || e.Path != "/logtail/x" {
		t.Errorf("got %v, want a 404", err)
	}
}
