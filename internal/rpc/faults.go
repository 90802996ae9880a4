package rpc

import (
	"errors"

	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// What goes wrong before the service is asked.
var (
	errUnknownMethod        = errors.New("unknown method")
	errIncorrectParameters  = errors.New("incorrect parameters")
	errSignatureUnsupported = errors.New("no such method to describe")
)

// statusSuccess is the code of what did not fail, in results of operations
// on several processes; its description is "OK".
const statusSuccess = 80

// codeFailed is also the code of what the table does not know.
const (
	codeFailed = 30
	nameFailed = "FAILED"
)

// fault is one row of the table.
type fault struct {
	err  error
	code int
	name string
}

// faults is the table: which error is which of Supervisor's faults.
func faults() []fault {
	return []fault{
		{errUnknownMethod, 1, "UNKNOWN_METHOD"},
		{errIncorrectParameters, 2, "INCORRECT_PARAMETERS"},
		{service.ErrBadArguments, 3, "BAD_ARGUMENTS"},
		{errSignatureUnsupported, 4, "SIGNATURE_UNSUPPORTED"},
		{service.ErrShuttingDown, 6, "SHUTDOWN_STATE"},
		{supervise.ErrShutdown, 6, "SHUTDOWN_STATE"},
		{service.ErrBadName, 10, "BAD_NAME"},
		{supervise.ErrNoProcess, 10, "BAD_NAME"},
		{supervise.ErrNoGroup, 10, "BAD_NAME"},
		{service.ErrBadSignal, 11, "BAD_SIGNAL"},
		{service.ErrNoLog, 20, "NO_FILE"},
		{supervise.ErrNoFile, 20, "NO_FILE"},
		{supervise.ErrStdinClosed, 20, "NO_FILE"},
		{supervise.ErrNotExecutable, 21, "NOT_EXECUTABLE"},
		{supervise.ErrFailed, codeFailed, nameFailed},
		{supervise.ErrUnknownState, codeFailed, nameFailed},
		{supervise.ErrAbnormal, 40, "ABNORMAL_TERMINATION"},
		{supervise.ErrSpawn, 50, "SPAWN_ERROR"},
		{supervise.ErrAlreadyStarted, 60, "ALREADY_STARTED"},
		{supervise.ErrNotRunning, 70, "NOT_RUNNING"},
		{supervise.ErrAlreadyAdded, 90, "ALREADY_ADDED"},
		{supervise.ErrStillRunning, 91, "STILL_RUNNING"},
		{service.ErrCannotReread, 92, "CANT_REREAD"},
	}
}

// faultOf says err, which is not nil, as a fault: "NAME" or "NAME: subject".
func faultOf(err error) *xmlrpc.Fault {
	for _, row := range faults() {
		if !errors.Is(err, row.err) {
			continue
		}
		var said *service.Error
		if errors.As(err, &said) && said.Subject != "" {
			return &xmlrpc.Fault{Code: row.code, String: row.name + ": " + said.Subject}
		}
		return &xmlrpc.Fault{Code: row.code, String: row.name}
	}
	return &xmlrpc.Fault{Code: codeFailed, String: nameFailed + ": " + err.Error()}
}

// faultStruct is a fault as a value, as multicall has it among its results.
func faultStruct(f *xmlrpc.Fault) xmlrpc.Struct {
	return xmlrpc.Struct{{Name: "faultCode", Value: f.Code}, {Name: "faultString", Value: f.String}}
}
