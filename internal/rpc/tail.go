package rpc

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// head is how many bytes before the end of a log a stream begins.
const head = 1024

// LogTail answers /logtail/<name>[/stdout|stderr] with the end of the log and
// whatever is added to it, until the client goes or the service is closed.
// The bytes are as they are in the file. A process, channel or log that is not
// there is 404, anything but GET 400.
func LogTail(s *service.Service) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if auth.Require(r.Context(), viewer) != nil {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		name, channel, ok := logOfPath(r.URL.EscapedPath())
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		tail, err := s.FollowLog(name, channel, head)
		if err != nil {
			w.WriteHeader(statusOf(err))
			return
		}
		w.Header().Set("X-Accel-Buffering", "no") // or nginx holds it back
		stream(w, r, tail)
	})
}

// MainLogTail answers /mainlogtail likewise with the log of the daemon.
func MainLogTail(s *service.Service) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if auth.Require(r.Context(), viewer) != nil {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		tail, err := s.FollowMainLog(head)
		if err != nil {
			w.WriteHeader(statusOf(err))
			return
		}
		stream(w, r, tail)
	})
}

// logOfPath takes a path apart as the original's logtail_handler: without
// what follows a semicolon, unquoted, its first element whatever it is.
func logOfPath(escaped string) (name, channel string, ok bool) {
	escaped, _, _ = strings.Cut(escaped, ";")
	path, err := url.PathUnescape(escaped)
	if err != nil {
		return "", "", false
	}
	_, rest, ok := strings.Cut(strings.TrimLeft(path, "/"), "/")
	if !ok {
		return "", "", false
	}
	name, channel, ok = strings.Cut(rest, "/")
	if !ok {
		channel = service.Stdout
	}
	return name, channel, true
}

// stream sends what tail gives as soon as it gives it.
func stream(w http.ResponseWriter, r *http.Request, tail *service.Tail) {
	defer tail.Close()
	w.Header().Set("Last-Modified", tail.Modified.UTC().Format(http.TimeFormat))
	w.Header().Set("Content-Type", "text/plain;charset=utf-8")
	w.WriteHeader(http.StatusOK)
	flusher := http.NewResponseController(w)
	for {
		// An error here or below is a client that is gone; there is nobody to tell.
		if err := flusher.Flush(); err != nil {
			return
		}
		data, err := tail.Next(r.Context())
		if err != nil {
			return
		}
		if _, err := w.Write(data); err != nil {
			return
		}
	}
}
