package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/service/servicetest"
)

// thousand is the API of a daemon with a thousand programs.
func thousand(b *testing.B) http.Handler {
	b.Helper()
	var conf strings.Builder
	conf.WriteString("[supervisord]\nlogfile=$DIR/main.log\nchildlogdir=$DIR\n")
	for i := range 1000 {
		fmt.Fprintf(&conf, "[program:program_%04d]\ncommand=/bin/cat\nstartsecs=0\n"+
			"stdout_logfile=$DIR/program_%04d.log\nstderr_logfile=NONE\n", i, i)
	}
	dir := servicetest.Dir(b, conf.String())
	d := servicetest.New(b, dir)
	if _, err := d.StartAll(b.Context(), true); err != nil { // those that have not come up yet
		b.Fatal(err)
	}
	return Handler(d.Service, Options{})
}

// BenchmarkListProcesses is what BenchmarkAllProcessInfo of internal/rpc is for
// XML-RPC: the snapshot and the encoding of a thousand processes.
func BenchmarkListProcesses(b *testing.B) {
	h := thousand(b)
	r := httptest.NewRequest(http.MethodGet, api.Prefix+"/processes", nil)
	r = r.WithContext(auth.With(r.Context(), auth.Identity{Role: auth.Viewer}))
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, r)
	if answer.Code != http.StatusOK || strings.Count(answer.Body.String(), `"id":`) != 1000 {
		b.Fatalf("%d %.200s", answer.Code, answer.Body)
	}
	b.ReportMetric(float64(answer.Body.Len()), "bytes")
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(discard{http.Header{}}, r)
	}
}

// BenchmarkOneProcess is the cost of a request.
func BenchmarkOneProcess(b *testing.B) {
	h := thousand(b)
	r := httptest.NewRequest(http.MethodGet, api.Prefix+"/processes/program_0500", nil)
	r = r.WithContext(auth.With(r.Context(), auth.Identity{Role: auth.Viewer}))
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(discard{http.Header{}}, r)
	}
}

// BenchmarkFirstRequest is what is made at the first request, and not before.
func BenchmarkFirstRequest(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		newServer(nil, Options{})
	}
}

// BenchmarkHandler is what a daemon that nobody asks pays.
func BenchmarkHandler(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Handler(nil, Options{})
	}
}

// discard is a http.ResponseWriter of which nothing is kept.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return io.Discard.Write(p) }
func (d discard) WriteHeader(int)             {}

// BenchmarkListProcessesOverASocket is what BenchmarkAllProcessInfoOverASocket
// is for XML-RPC: the whole way, decoding included; it reports the median.
func BenchmarkListProcessesOverASocket(b *testing.B) {
	h := thousand(b)
	socket := filepath.Join(b.TempDir(), "socket")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(auth.With(r.Context(), auth.Identity{Role: auth.Viewer})))
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	b.Cleanup(func() {
		server.Close()
		<-served
	})
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		answer, err := client.Get("http://localhost" + api.Prefix + "/processes")
		if err != nil {
			b.Fatal(err)
		}
		var page api.Processes
		if err := errors.Join(json.NewDecoder(answer.Body).Decode(&page), answer.Body.Close()); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
		if len(page.Processes) != 1000 {
			b.Fatalf("%d processes, want 1000", len(page.Processes))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
}
