package httpd

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"
)

// levelTrace is what the main log writes as TRAC.
const levelTrace = slog.Level(-8)

// answer counts what is sent, gives a client that takes nothing only so much
// time for each write, and turns a bare error status into Supervisor's page.
type answer struct {
	http.ResponseWriter
	conn   *http.ResponseController
	status int // 0: nothing was sent
	bytes  int64
	modern bool // errors are problems
}

func newAnswer(w http.ResponseWriter) *answer {
	return &answer{ResponseWriter: w, conn: http.NewResponseController(w)}
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader implements http.ResponseWriter. An error without a Content-Type
// is complete with it: it gets the page of its status.
func (a *answer) WriteHeader(status int) {
	first := a.status == 0
	if first {
		a.status = status
	}
	a.extend()
	if !first || status < 400 || a.Header().Get("Content-Type") != "" {
		a.ResponseWriter.WriteHeader(status)
		return
	}
	mediaType, page := "text/html", errorPage(status)
	if a.modern {
		mediaType, page = "application/problem+json", problem(status, detailOf(status))
	}
	a.Header().Set("Content-Type", mediaType)
	a.Header().Set("Content-Length", strconv.Itoa(len(page)))
	a.ResponseWriter.WriteHeader(status)
	_, _ = a.Write([]byte(page)) // a client that is gone misses nothing
}

// detailOf says more of a status that we refuse with.
func detailOf(status int) string {
	if status == http.StatusUnauthorized {
		return "The request has no credentials, or wrong ones: send a user name and password (Authorization: Basic), or a token (Authorization: Bearer)."
	}
	return ""
}

// Write implements http.ResponseWriter.
func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	a.extend()
	n, err := a.ResponseWriter.Write(p)
	a.bytes += int64(n)
	return n, err
}

// extend moves the deadline of writes. Where that cannot be done (in tests,
// without a connection) there is none.
func (a *answer) extend() { _ = a.conn.SetWriteDeadline(time.Now().Add(writeTime)) }

// access logs a request in the original's form (deferring_http_request.log).
// The time is local, and the bytes are those of the body.
func (s *Server) access(a *answer, r *http.Request) {
	if !s.log.Enabled(context.Background(), levelTrace) {
		return
	}
	host, port, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host, port = "localhost", "0" // a unix socket
	}
	status := a.status
	if status == 0 {
		status = http.StatusOK
	}
	s.log.Log(context.Background(), levelTrace, fmt.Sprintf(`%s:%s - - [%s] "%s %s %s" %d %d`, host, port,
		time.Now().Format("02/Jan/2006:15:04:05 -0700"), r.Method, r.RequestURI, r.Proto, status, a.bytes))
}

// problem is an error after RFC 9457 that says no more than its status.
func problem(status int, detail string) string {
	text, err := json.Marshal(struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail,omitempty"`
	}{"about:blank", http.StatusText(status), status, detail})
	if err != nil {
		panic(err) // strings and a number
	}
	return string(text) + "\n"
}

// errorPage is the page that Supervisor answers with.
func errorPage(status int) string {
	return fmt.Sprintf("<head>\r\n<title>Error response</title>\r\n</head>\r\n<body>\r\n<h1>Error response</h1>\r\n"+
		"<p>Error code %d.\r\n<p>Message: %s.\r\n</body>\r\n", status, http.StatusText(status))
}
