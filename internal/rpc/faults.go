package rpc

import (
	"errors"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// What goes wrong before the service is asked.
var (
	errUnknownMethod        = errors.New("unknown method")
	errIncorrectParameters  = errors.New("incorrect parameters")
	errSignatureUnsupported = errors.New("no such method to describe")
	errNotInWhitelist       = errors.New("the whitelist leaves the method out")
)

// statusSuccess is the code of what did not fail, in results of operations
// on several processes; its description is "OK".
const statusSuccess = 80

// callFaults are the faults of the interface itself; those of operations are
// the service's. Supervisor has no roles: FORBIDDEN is ours, with the number that
// HTTP has for it. That of a whitelist has no name in Supervisor, either.
func callFaults() map[error]service.Fault {
	return map[error]service.Fault{
		errUnknownMethod:        {Code: 1, Name: "UNKNOWN_METHOD"},
		errIncorrectParameters:  {Code: 2, Name: "INCORRECT_PARAMETERS"},
		errSignatureUnsupported: {Code: 4, Name: "SIGNATURE_UNSUPPORTED"},
		errNotInWhitelist:       {Code: 230, Name: "UNKNOWN"},
		auth.ErrForbidden:       {Code: 403, Name: "FORBIDDEN"},
	}
}

// faultOf says err, which is not nil, as a fault: "NAME" or "NAME: subject".
func faultOf(err error) *xmlrpc.Fault {
	said := service.FaultOf(err)
	for known, fault := range callFaults() {
		if errors.Is(err, known) {
			said = fault
			said.Subject, said.HasSubject = service.SubjectOf(err)
		}
	}
	return &xmlrpc.Fault{Code: said.Code, String: said.String()}
}

// faultStruct is a fault as a value, as multicall has it among its results.
func faultStruct(f *xmlrpc.Fault) xmlrpc.Struct {
	return xmlrpc.Struct{{Name: "faultCode", Value: f.Code}, {Name: "faultString", Value: f.String}}
}
