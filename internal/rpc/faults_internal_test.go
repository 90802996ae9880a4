package rpc

import (
	"errors"
	"fmt"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
	"github.com/watchkeeper-go/watchkeeper/service"
)

func TestFaultOf(t *testing.T) {
	for _, c := range []struct {
		err  error
		want xmlrpc.Fault
	}{
		{&service.Error{Subject: "web", Err: service.ErrBadName}, xmlrpc.Fault{Code: 10, String: "BAD_NAME: web"}},
		{&service.Error{Subject: "", Err: service.ErrBadName}, xmlrpc.Fault{Code: 10, String: "BAD_NAME: "}},
		{service.ErrNoLog, xmlrpc.Fault{Code: 20, String: "NO_FILE"}},
		{&service.Error{Subject: "x: y", Err: fmt.Errorf("%w: %w", service.ErrCannotReread, errors.New("y"))}, xmlrpc.Fault{Code: 92, String: "CANT_REREAD: x: y"}},
		{incorrect("No methodName"), xmlrpc.Fault{Code: 2, String: "INCORRECT_PARAMETERS: No methodName"}},
		{errUnknownMethod, xmlrpc.Fault{Code: 1, String: "UNKNOWN_METHOD"}},
		{errSignatureUnsupported, xmlrpc.Fault{Code: 4, String: "SIGNATURE_UNSUPPORTED"}},
		{&service.Error{Subject: "x needs the role admin", Err: fmt.Errorf("%w: why", auth.ErrForbidden)}, xmlrpc.Fault{Code: 403, String: "FORBIDDEN: x needs the role admin"}},
		{errors.New("disk on fire"), xmlrpc.Fault{Code: 30, String: "FAILED: disk on fire"}},
	} {
		if got := faultOf(c.err); *got != c.want {
			t.Errorf("%v is %+v, want %+v", c.err, *got, c.want)
		}
	}
}
