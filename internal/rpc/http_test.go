package rpc_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/httpd"
	"github.com/watchkeeper-go/watchkeeper/internal/rpc"
	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
	"github.com/watchkeeper-go/watchkeeper/service/servicetest"
)

const catProgram = `[program:cat]
command=/bin/cat
startsecs=0
stdout_logfile=$DIR/cat.log
redirect_stderr=true
[program:silent]
command=/bin/cat
autostart=false
stdout_logfile=NONE
stderr_logfile=$DIR/silent.err
`

// serve serves all routes of the package on a port.
func serve(t *testing.T, programs string) (*servicetest.Daemon, *httptest.Server) {
	t.Helper()
	dir := t.TempDir()
	writeConf(t, dir, []byte(programs))
	d := servicetest.New(t, dir)
	server := httptest.NewServer(httpd.NewServer(httpd.Address{}, []httpd.Route{
		{Prefix: "/RPC2", Handler: rpc.Handler(d.Service, rpc.Options{Supervisor: true, Log: d.Log.Logger()})},
		{Prefix: "/logtail", Handler: rpc.LogTail(d.Service)},
		{Prefix: "/mainlogtail", Handler: rpc.MainLogTail(d.Service)},
	}, d.Log.Logger()))
	t.Cleanup(server.Close)
	return d, server
}

// send writes a request as it stands and reads the answer.
func send(t *testing.T, server *httptest.Server, request string) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func TestRequestsThatAreNoCalls(t *testing.T) {
	_, server := serve(t, catProgram)
	post := func(body string) string {
		return fmt.Sprintf("POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	const version = "<methodCall><methodName>supervisor.getVersion</methodName></methodCall>"
	fromPage := func(request, header string) string {
		return strings.Replace(request, "\r\n", "\r\n"+header+"\r\n", 1)
	}
	for _, c := range []struct {
		name, request string
		want          int
	}{
		{"GET", "GET /RPC2 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		{"PUT", "PUT /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 400},
		{"no length", "POST /RPC2 HTTP/1.1\r\nHost: x\r\n\r\n", 411},
		{"chunked", "POST /RPC2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411},
		{"empty", post(""), 400},
		{"no XML", post("hello"), 400},
		{"cut short", post("<methodCall><methodName>supervisor.getPID</methodName>"), 400},
		{"no method", post("<methodCall><params/></methodCall>"), 400},
		{"empty method", post("<methodCall><methodName></methodName></methodCall>"), 400},
		{"an entity of its own", post(`<!DOCTYPE x [<!ENTITY e "eeee">]><methodCall><methodName>&e;</methodName></methodCall>`), 400},
		{"too deep", post("<methodCall><methodName>m</methodName><params>" + strings.Repeat("<param><value><array><data>", 100000)), 400},
		{"too large", "POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: 4194305\r\n\r\n", 413},
		{"from a page of another site", fromPage(post(version), "Origin: http://evil.example"), 403},
		{"from a page under our name", fromPage(post(version), "Origin: http://x"), 403},
		{"from a page that hides", fromPage(post(version), "Origin: null"), 403},
		{"from a page that the browser vouches for", fromPage(post(version), "Origin: http://x\r\nSec-Fetch-Site: same-origin"), 200},
		{"no parameters", post("<methodCall><methodName>supervisor.getPID</methodName></methodCall>"), 200},
		{"HTTP/1.0", strings.Replace(post("<methodCall><methodName>supervisor.getPID</methodName></methodCall>"), "1.1", "1.0", 1), 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			response := send(t, server, c.request)
			if response.StatusCode != c.want {
				t.Fatalf("got %s, want %d", response.Status, c.want)
			}
			if c.want == http.StatusOK {
				return
			}
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			message := fmt.Sprintf("<p>Error code %d.\r\n<p>Message: %s.\r\n</body>\r\n", c.want, http.StatusText(c.want))
			if !strings.HasSuffix(string(body), message) || response.Header.Get("Content-Type") != "text/html" {
				t.Errorf("got %q of type %q, want it to end with %q", body, response.Header.Get("Content-Type"), message)
			}
		})
	}
}

func TestARequestThatIsNoneIsLogged(t *testing.T) {
	d, server := serve(t, catProgram)
	for _, body := range []string{"hello", "<methodCall/>"} {
		send(t, server, fmt.Sprintf("POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	}
	log, err := os.ReadFile(filepath.Join(d.Dir, "main.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		" ERRO XML-RPC request data 'hello' is invalid: unmarshallable\n",
		" ERRO XML-RPC request data '<methodCall/>' is invalid: no method name\n",
	} {
		if !strings.Contains(string(log), want) {
			t.Errorf("the log is %q, want %q in it", log, want)
		}
	}
}

func TestCallsAreTraced(t *testing.T) {
	d, server := serve(t, catProgram)
	call(t, server.Client(), server.URL, "supervisor.getPID")
	call(t, server.Client(), server.URL, "supervisor.startProcess", "cat")
	log, err := os.ReadFile(filepath.Join(d.Dir, "main.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		" TRAC XML-RPC method called: supervisor.getPID()\n",
		" TRAC XML-RPC method supervisor.getPID() returned successfully\n",
		" TRAC XML-RPC method supervisor.startProcess() returned fault: [60] ALREADY_STARTED: cat\n",
	} {
		if !strings.Contains(string(log), want) {
			t.Errorf("the log is %q, want %q in it", log, want)
		}
	}
}

// call calls a method over HTTP.
func call(t testing.TB, client *http.Client, url, method string, params ...any) (any, error) {
	t.Helper()
	body, err := xmlrpc.AppendCall(nil, method, params...)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Post(url+"/RPC2", "text/xml", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", method, response.Status)
	}
	return xmlrpc.DecodeResponse(answer)
}

// readUntil reads a stream until it has given all of want.
func readUntil(t *testing.T, r io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(r, got); err != nil {
		t.Fatalf("after %q: %v", got, err)
	}
	if string(got) != want {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func get(t *testing.T, server *httptest.Server, path string) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

func TestLogTail(t *testing.T) {
	d, server := serve(t, catProgram)
	old := strings.Repeat("0123456789abcde\n", 100)
	if err := os.WriteFile(filepath.Join(d.Dir, "cat.log"), []byte(old), 0o644); err != nil {
		t.Fatal(err)
	}
	response := get(t, server, "/logtail/cat")
	for name, want := range map[string]string{
		"Content-Type":      "text/plain;charset=utf-8",
		"X-Accel-Buffering": "no",
	} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := response.TransferEncoding; len(got) != 1 || got[0] != "chunked" {
		t.Errorf("the encoding is %v, want chunked", got)
	}
	if _, err := http.ParseTime(response.Header.Get("Last-Modified")); err != nil {
		t.Errorf("Last-Modified: %v", err)
	}
	readUntil(t, response.Body, old[len(old)-1024:])
	if err := d.SendStdin(t.Context(), "cat", "new \xff bytes\n"); err != nil {
		t.Fatal(err)
	}
	readUntil(t, response.Body, "new \xff bytes\n")

	d.Close()
	if rest, err := io.ReadAll(response.Body); len(rest) > 0 || err != nil {
		t.Errorf("after the end: %q, %v", rest, err)
	}
}

// TestLogTailForHTTP10: such a client has no chunks, and gets bytes when they
// come nevertheless.
func TestLogTailForHTTP10(t *testing.T) {
	d, server := serve(t, catProgram)
	if err := os.WriteFile(filepath.Join(d.Dir, "cat.log"), []byte("first\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	response := send(t, server, "GET /logtail/cat HTTP/1.0\r\n\r\n")
	readUntil(t, response.Body, "first\n")
	if err := d.SendStdin(t.Context(), "cat", "second\n"); err != nil {
		t.Fatal(err)
	}
	readUntil(t, response.Body, "second\n")
}

func TestLogTailOfWhatIsNotThere(t *testing.T) {
	d, server := serve(t, catProgram)
	if err := os.WriteFile(filepath.Join(d.Dir, "cat.log"), []byte("first\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{
		"/logtail/cat:cat/stdout": 200,
		"/logtail/cat%3Acat":      200,
		"/logtail/nope":           404,
		"/logtail/cat:nope":       404,
		"/logtail/cat:*":          404,
		"/logtail/cat/stderr":     404, // redirected
		"/logtail/cat/other":      404,
		"/logtail/silent":         404, // NONE
		"/logtail/silent/stderr":  404, // not made yet
		"/logtail/":               404,
		"/mainlogtail":            200,
	} {
		if got := get(t, server, path).StatusCode; got != want {
			t.Errorf("%s: got %d, want %d", path, got, want)
		}
	}
	for _, path := range []string{"/logtail/cat", "/mainlogtail"} {
		if got := send(t, server, "HEAD "+path+" HTTP/1.1\r\nHost: x\r\n\r\n").StatusCode; got != 400 {
			t.Errorf("HEAD %s: got %d, want 400", path, got)
		}
	}
}

func TestMainLogTail(t *testing.T) {
	d, server := serve(t, catProgram)
	if err := d.ClearMainLog(); err != nil {
		t.Fatal(err)
	}
	response := get(t, server, "/mainlogtail")
	if got := response.Header.Get("X-Accel-Buffering"); got != "" {
		t.Errorf("X-Accel-Buffering is %q, want none, as under Supervisor", got)
	}
	d.Log.Logger().Info("a line of the log")
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if strings.HasSuffix(lines.Text(), " INFO a line of the log") {
			return
		}
	}
	t.Errorf("the line did not come: %v", lines.Err())
}
