package ctl_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/ctl"
	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
)

// BenchmarkStatus is the whole of supervisorctl status with 1,000 programs,
// but for the start of its process and the work of the daemon.
func BenchmarkStatus(b *testing.B) {
	var list []any
	for i := range 1000 {
		name := fmt.Sprint("program_", i)
		list = append(list, structOf(
			"name", name, "group", name, "start", 1795622465, "stop", 0, "now", 1795623217,
			"state", 20, "statename", "RUNNING", "spawnerr", "", "exitstatus", 0,
			"logfile", "/var/log/"+name, "stdout_logfile", "/var/log/"+name, "stderr_logfile", "",
			"pid", i, "description", fmt.Sprintf("pid %d, uptime 0:12:34", i)))
	}
	processes, err := xmlrpc.AppendResponse(nil, list)
	if err != nil {
		b.Fatal(err)
	}
	version, err := xmlrpc.AppendResponse(nil, "3.0")
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := processes
		if body, _ := io.ReadAll(r.Body); bytes.Contains(body, []byte("getVersion")) {
			answer = version
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(answer)))
		w.Write(answer)
	}))
	defer server.Close()
	for b.Loop() {
		code := ctl.Run(b.Context(), ctl.Env{
			Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard,
			Client: config.Client{ServerURL: server.URL},
		}, []string{"status"})
		if code != 0 {
			b.Fatalf("exit code %d", code)
		}
	}
}

// structOf takes names and values in turn.
func structOf(pairs ...any) (s xmlrpc.Struct) {
	for i := 0; i < len(pairs); i += 2 {
		s = append(s, xmlrpc.Member{Name: pairs[i].(string), Value: pairs[i+1]})
	}
	return s
}
