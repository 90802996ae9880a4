package httpd_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/httpd"
)

// serve runs a server on a free port until the test ends.
func serve(t *testing.T, a httpd.Address, routes ...httpd.Route) (address string, s *httpd.Server) {
	t.Helper()
	a.Network, a.Host = "tcp", "127.0.0.1"
	l, err := httpd.Listen(a, nil)
	if err != nil {
		t.Fatal(err)
	}
	s = httpd.NewServer(a, routes, slog.New(slog.DiscardHandler))
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String(), s
}

// say sends text as it is and returns all that comes back.
func say(t *testing.T, address, text string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("read: %v after %q", err, got)
	}
	return string(got)
}

func TestServer(t *testing.T) {
	name := func(s string) httpd.Route {
		return httpd.Route{Prefix: "/" + s, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body) // it is in memory
			fmt.Fprintf(w, "<%s %d>", s, len(body))
		})}
	}
	boom := httpd.Route{Prefix: "/boom", Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })}
	open, _ := serve(t, httpd.Address{}, name("RPC2"), boom, name(""))
	closed, _ := serve(t, httpd.Address{Username: "u", Password: "p:w"}, name(""))
	bare, _ := serve(t, httpd.Address{}, httpd.Route{Prefix: "/", Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
	})})
	own, _ := serve(t, httpd.Address{}, httpd.Route{Prefix: "/", Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "not here", http.StatusNotFound)
	})})
	const bye = " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
	for title, tt := range map[string]struct {
		address, request string
		want             []string
	}{
		"a rebound name":                     {open, "GET / HTTP/1.0\r\nHost: evil.example\r\nAccept-Encoding: gzip\r\n\r\n", []string{"403 Forbidden", "Use http://localhost"}},
		"a rebound name that posts":          {open, "POST / HTTP/1.0\r\nHost: evil.example\r\nOrigin: http://evil.example\r\nContent-Length: 9\r\n\r\n", []string{"403 Forbidden"}},
		"a name where passwords are":         {closed, "GET / HTTP/1.0\r\nHost: evil.example\r\nAuthorization: basic dTpwOnc=\r\n\r\n", []string{"200 OK"}},
		"a bare error":                       {bare, "GET /" + bye + "\r\n", []string{"404 Not Found", "Content-Type: text/html", "<p>Message: Not Found.\r\n"}},
		"a handler's own words":              {own, "GET /" + bye + "\r\n", []string{"404 Not Found", "Content-Type: text/plain", "\r\n\r\nnot here\n"}},
		"first prefix wins":                  {open, "GET /RPC2x" + bye + "\r\n", []string{"200 OK", "<RPC2 0>", "Server: Medusa/1.12"}},
		"the rest goes to root":              {open, "GET /other" + bye + "\r\n", []string{"< 0>"}},
		"HTTP/1.0 closes":                    {open, "GET / HTTP/1.0\r\n\r\n", []string{"HTTP/1.0 200", "< 0>"}},
		"pipelined":                          {open, "GET /RPC2 HTTP/1.1\r\nHost: h\r\n\r\nGET /" + bye + "\r\n", []string{"<RPC2 0>", "< 0>"}},
		"a panic is 500":                     {open, "GET /boom" + bye + "\r\n", []string{"500 Internal", "<p>Error code 500."}},
		"body":                               {open, "POST /" + bye + "Content-Length: 3\r\n\r\nabc", []string{"< 3>"}},
		"POST without length":                {open, "POST /" + bye + "\r\n", []string{"411 Length Required"}},
		"chunked":                            {open, "POST /" + bye + "Transfer-Encoding: chunked\r\n\r\n", []string{"411"}},
		"more than 4 MiB":                    {open, "POST /" + bye + "Content-Length: 4194305\r\n\r\n", []string{"413"}},
		"garbage":                            {open, "\x16\x03\x01 garbage\r\n\r\n", []string{"400"}},
		"no credentials":                     {closed, "GET /" + bye + "\r\n", []string{"401 Unauthorized", `Basic realm="default"`, "Connection: close"}},
		"credentials":                        {closed, "GET /" + bye + "Authorization: basic dTpwOnc=\r\n\r\n", []string{"200 OK"}},
		"wrong credentials":                  {closed, "GET /" + bye + "Authorization: Basic dTp4\r\n\r\n", []string{"401"}},
		"bad base64":                         {closed, "GET /" + bye + "Authorization: Basic !\r\n\r\n", []string{"400 Bad Request"}},
		"another scheme":                     {closed, "GET /" + bye + "Authorization: Digest x\r\n\r\n", []string{"401"}},
		"a stranger's body that never comes": {closed, "POST /" + bye + "Content-Length: 9\r\n\r\n", []string{"401"}},
		"the body of a stranger":             {closed, "POST /" + bye + "Content-Length: 9999999\r\n\r\n", []string{"401"}},
		"credentials, no colon":              {closed, "GET /" + bye + "Authorization: Basic dQ==\r\n\r\n", []string{"400"}},
		"credentials, not UTF-8":             {closed, "GET /" + bye + "Authorization: Basic //8=\r\n\r\n", []string{"400"}},
		"credentials, empty user":            {closed, "GET /" + bye + "Authorization: Basic Og==\r\n\r\n", []string{"401"}},
	} {
		t.Run(title, func(t *testing.T) {
			got := say(t, tt.address, tt.request)
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("answer has no %q:\n%s", want, got)
				}
			}
		})
	}
}

// TestStopEndsStreams: what still streams when the time is over is cancelled.
func TestStopEndsStreams(t *testing.T) {
	ended := make(chan struct{})
	stream := httpd.Route{Prefix: "/", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		<-r.Context().Done()
	})}
	address, s := serve(t, httpd.Address{}, stream)
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Stop(ctx); err != nil {
		t.Errorf("Stop: %v", err)
	}
	<-ended
}
