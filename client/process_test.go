package client_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/client"
	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
)

func info(name string) client.Struct {
	return client.Struct{
		{Name: "name", Value: name}, {Name: "group", Value: "g"},
		{Name: "start", Value: 5}, {Name: "stop", Value: 0}, {Name: "now", Value: 9},
		{Name: "state", Value: 20}, {Name: "statename", Value: "RUNNING"},
		{Name: "spawnerr", Value: ""}, {Name: "exitstatus", Value: 0},
		{Name: "logfile", Value: "/o"}, {Name: "stdout_logfile", Value: "/o"}, {Name: "stderr_logfile", Value: "/e"},
		{Name: "pid", Value: 7}, {Name: "description", Value: "pid 7"},
	}
}

func want(name string) client.ProcessInfo {
	return client.ProcessInfo{
		Name: name, Group: "g", Description: "pid 7", Start: 5, Now: 9,
		State: 20, StateName: "RUNNING", PID: 7, StdoutLogfile: "/o", StderrLogfile: "/e",
	}
}

func TestTypedCalls(t *testing.T) {
	var asked []string
	urls, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		call, err := xmlrpc.DecodeCall(body)
		if err != nil {
			t.Error(err)
		}
		asked = append(asked, call.Method)
		var answer any = true
		switch call.Method {
		case "supervisor.getAllProcessInfo":
			answer = []any{info("a"), info("b")}
		case "supervisor.getProcessInfo":
			answer = info(call.Params[0].(string))
		default:
			if diff := cmp.Diff([]any{"g:a", true}, call.Params); diff != "" {
				t.Errorf("%s (-want +got):\n%s", call.Method, diff)
			}
		}
		body, err = xmlrpc.AppendResponse(nil, answer)
		if err != nil {
			t.Error(err)
		}
		w.Write(body)
	})
	c := connect(t, urls[0])
	all, err := c.AllProcesses(t.Context())
	if diff := cmp.Diff([]client.ProcessInfo{want("a"), want("b")}, all); err != nil || diff != "" {
		t.Errorf("AllProcesses: %v (-want +got):\n%s", err, diff)
	}
	one, err := c.Process(t.Context(), "x")
	if diff := cmp.Diff(want("x"), one); err != nil || diff != "" {
		t.Errorf("Process: %v (-want +got):\n%s", err, diff)
	}
	if err := c.Start(t.Context(), "g:a", true); err != nil {
		t.Error(err)
	}
	if err := c.Stop(t.Context(), "g:a", true); err != nil {
		t.Error(err)
	}
	methods := "supervisor.getAllProcessInfo supervisor.getProcessInfo supervisor.startProcess supervisor.stopProcess"
	if got := strings.Join(asked, " "); got != methods {
		t.Errorf("asked for %s, want %s", got, methods)
	}
}

func TestParseRefuses(t *testing.T) {
	short := info("a")[1:]
	odd := info("a")
	odd[0].Value = 1
	for text, v := range map[string]any{
		"string instead of an array": "x",
		"int instead of a struct":    []any{1},
		"no name in it":              []any{short},
		"name is a int":              []any{odd},
	} {
		if _, err := client.ParseProcesses(v); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("got %v, want an error with %q", err, text)
		}
	}
	if _, err := client.ParseResults([]any{client.Struct{}}); err == nil {
		t.Error("an empty result is taken")
	}
}
