package rpc_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/rpc"
	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
	"github.com/watchkeeper-go/watchkeeper/service/servicetest"
)

// thousand is a daemon with a thousand programs.
func thousand(b *testing.B) *servicetest.Daemon {
	b.Helper()
	var programs strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&programs, "[program:program_%04d]\ncommand=/bin/cat\nstartsecs=0\n"+
			"stdout_logfile=$DIR/program_%04d.log\nstderr_logfile=NONE\n", i, i)
	}
	conf := "[supervisord]\nlogfile=$DIR/main.log\nchildlogdir=$DIR\n" + programs.String()
	dir := servicetest.Dir(b, conf)
	d := servicetest.New(b, dir)
	if _, err := d.StartAll(b.Context(), true); err != nil { // those that have not come up yet
		b.Fatal(err)
	}
	return d
}

// BenchmarkAllProcessInfo is the snapshot and the encoding of a thousand.
func BenchmarkAllProcessInfo(b *testing.B) {
	d := thousand(b)
	handler := rpc.Handler(d.Service, rpc.Options{Supervisor: true})
	request, err := xmlrpc.AppendCall(nil, "supervisor.getAllProcessInfo")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "/RPC2", strings.NewReader(string(request)))
		r.Header.Set("Content-Length", "set by a client")
		handler.ServeHTTP(discard{}, as(r, auth.Admin))
	}
}

// discard is a http.ResponseWriter of which nothing is kept.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}

// BenchmarkAllProcessInfoOverASocket is the whole way, decoding included; it
// reports the median.
func BenchmarkAllProcessInfoOverASocket(b *testing.B) {
	d := thousand(b)
	socket := filepath.Join(b.TempDir(), "socket")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		b.Fatal(err)
	}
	handler := rpc.Handler(d.Service, rpc.Options{Supervisor: true})
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, as(r, auth.Admin))
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
		value, err := call(b, client, "http://localhost", "supervisor.getAllProcessInfo")
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
		if n := len(value.([]any)); n != 1000 {
			b.Fatalf("%d processes, want 1000", n)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
}
