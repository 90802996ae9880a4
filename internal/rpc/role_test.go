package rpc_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/rpc"
	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
	"github.com/watchkeeper-go/watchkeeper/service/servicetest"
)

// TestRoles: each row is a call and the least role that may make it.
func TestRoles(t *testing.T) {
	dir := t.TempDir()
	writeConf(t, dir, []byte(catProgram))
	d := servicetest.New(t, dir)
	handler := rpc.Handler(d.Service, rpc.Options{Supervisor: true, Twiddlers: []rpc.Twiddler{{Name: "twiddler"}}})
	for _, c := range []struct {
		method string
		params []any
		least  auth.Role
	}{
		{"system.listMethods", nil, auth.Viewer},
		{"supervisor.getAllProcessInfo", nil, auth.Viewer},
		{"supervisor.readLog", []any{0, 0}, auth.Viewer},
		{"supervisor.stopProcess", []any{"cat"}, auth.Operator},
		{"supervisor.startProcess", []any{"cat"}, auth.Operator},
		{"supervisor.clearProcessLogs", []any{"cat"}, auth.Operator},
		{"supervisor.reloadConfig", nil, auth.Admin},
		{"twiddler.getGroupNames", nil, auth.Viewer},
		{"twiddler.log", []any{"hello"}, auth.Operator},
		{"twiddler.addProgramToGroup", []any{"cat", "x", xmlrpc.Struct{{Name: "command", Value: "cat"}, {Name: "autostart", Value: false}}}, auth.Admin},
		{"twiddler.removeProcessFromGroup", []any{"cat", "x"}, auth.Admin},
		{"supervisor.shutdown", nil, auth.Admin}, // last: nothing answers after it
	} {
		for role := auth.Nobody; role <= auth.Admin; role++ {
			if role > c.least {
				continue // it would do the same again
			}
			_, err := callAs(t, handler, role, c.method, c.params...)
			fault, _ := errors.AsType[*xmlrpc.Fault](err)
			switch {
			case role == c.least && err != nil:
				t.Errorf("%s as %v: %v", c.method, role, err)
			case role < c.least && (fault == nil || fault.Code != 403):
				t.Errorf("%s as %v: %v, want fault 403", c.method, role, err)
			}
		}
	}
}

// In a multicall every call is held to its own role.
func TestRolesInAMulticall(t *testing.T) {
	dir := t.TempDir()
	writeConf(t, dir, []byte(catProgram))
	d := servicetest.New(t, dir)
	handler := rpc.Handler(d.Service, rpc.Options{Supervisor: true})
	calls := []any{
		xmlrpc.Struct{{Name: "methodName", Value: "supervisor.getVersion"}},
		xmlrpc.Struct{{Name: "methodName", Value: "supervisor.shutdown"}},
	}
	got, err := callAs(t, handler, auth.Operator, "system.multicall", calls)
	if err != nil {
		t.Fatal(err)
	}
	results := got.([]any)
	refused, _ := results[1].(xmlrpc.Struct)
	text, _ := refused.Get("faultString")
	if results[0] != "3.0" || text != "FORBIDDEN: supervisor.shutdown needs the role admin" {
		t.Errorf("got %v", results)
	}
}

// callAs calls a method as somebody with a role.
func callAs(t *testing.T, handler http.Handler, role auth.Role, method string, params ...any) (any, error) {
	t.Helper()
	body, err := xmlrpc.AppendCall(nil, method, params...)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, as(httptest.NewRequest(http.MethodPost, "/RPC2", bytes.NewReader(body)), role))
	return xmlrpc.DecodeResponse(w.Body.Bytes())
}
