package httpd_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/httpd"
)

// TestModernRoutes: what Supervisor has not is free of its habits.
func TestModernRoutes(t *testing.T) {
	routes := []httpd.Route{{Prefix: "/v1", Modern: true, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "boom") {
			panic("boom")
		}
		body, _ := io.ReadAll(r.Body) // it is in memory
		fmt.Fprintf(w, "<%d>", len(body))
	})}}
	open, _ := serve(t, httpd.Address{}, routes...)
	closed, _ := serve(t, httpd.Address{Username: "u", Password: "p"}, routes...)
	const bye = " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
	problem := func(status int) []string {
		return []string{"Content-Type: application/problem+json\r\n", fmt.Sprintf(`"title":"%s","status":%d`, http.StatusText(status), status)}
	}
	chunks := strings.Repeat("fffff\r\n"+strings.Repeat("x", 0xfffff)+"\r\n", 5) + "0\r\n\r\n"
	for title, tt := range map[string]struct {
		address, request string
		want             []string
	}{
		"nothing is posted":       {open, "POST /v1" + bye + "\r\n", []string{"200 OK", "<0>"}},
		"a body in chunks":        {open, "POST /v1" + bye + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", []string{"200 OK", "<3>"}},
		"too many chunks":         {open, "POST /v1" + bye + "Transfer-Encoding: chunked\r\n\r\n" + chunks, problem(413)},
		"more than 4 MiB":         {open, "POST /v1" + bye + "Content-Length: 4194305\r\n\r\n", problem(413)},
		"no credentials":          {closed, "GET /v1" + bye + "\r\n", append(problem(401), `Basic realm="default"`, `"detail":"The request has no credentials, or wrong ones`)},
		"credentials in no form":  {closed, "GET /v1" + bye + "Authorization: Basic !\r\n\r\n", problem(400)},
		"a panic":                 {open, "GET /v1/boom" + bye + "\r\n", problem(500)},
		"a rebound name":          {open, "GET /v1 HTTP/1.0\r\nHost: evil.example\r\nAccept-Encoding: gzip\r\n\r\n", append(problem(403), "Use http://localhost")},
		"Supervisor's own routes": {open, "POST /RPC2" + bye + "\r\n", []string{"404 Not Found", "Content-Type: text/html"}},
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
