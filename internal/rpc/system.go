package rpc

import (
	"context"

	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
	"github.com/watchkeeper-go/watchkeeper/service"
)

const multicallName = "system.multicall"

// systemMethods are the rows of the methods about methods.
func (r *registry) systemMethods() []method {
	methodName := param{name: "name", kind: text, help: "the method, with its namespace"}
	return []method{
		{
			name: "system.listMethods", role: viewer, result: "array", always: true,
			help: "Lists all methods that can be called.", returns: "their names, sorted",
			call: r.listMethods,
		}, {
			name: "system.methodHelp", role: viewer, result: "string", params: []param{methodName}, always: true,
			help: "Describes a method.", returns: "a text with a line for each parameter and the result",
			call: r.methodHelp,
		}, {
			name: "system.methodSignature", role: viewer, result: "array", params: []param{methodName}, always: true,
			help: "Names the types that a method works with.", returns: "the type of the result, then those of the parameters",
			call: r.methodSignature,
		}, {
			name: multicallName, role: viewer, result: "array", always: true,
			params: []param{{name: "calls", kind: array, help: "structs with the members methodName and params"}},
			help: "Calls several methods, one after the other; each has to have the role that it needs by itself. " +
				"As under Supervisor results are bare values, not arrays of one.",
			returns: "for each call its result, or a struct with faultCode and faultString",
			call:    r.multicall,
		},
	}
}

func (r *registry) listMethods(context.Context, *service.Service, args) (any, error) {
	return r.names, nil
}

func (r *registry) methodHelp(_ context.Context, _ *service.Service, a args) (any, error) {
	m, ok := r.methods[a.text(0)]
	if !ok {
		return nil, errSignatureUnsupported
	}
	return m.document(), nil
}

func (r *registry) methodSignature(_ context.Context, _ *service.Service, a args) (any, error) {
	m, ok := r.methods[a.text(0)]
	if !ok {
		return nil, errSignatureUnsupported
	}
	return m.signature(), nil
}

// multicall calls each in order and waits for it before the next.
func (r *registry) multicall(ctx context.Context, _ *service.Service, a args) (any, error) {
	results := []any{}
	for _, c := range a.array(0) {
		value, err := r.callStruct(ctx, c)
		if err != nil {
			value = faultStruct(faultOf(err))
		}
		results = append(results, value)
	}
	return results, nil
}

// callStruct calls what one element of multicall's array says.
func (r *registry) callStruct(ctx context.Context, c any) (any, error) {
	call, ok := c.(xmlrpc.Struct)
	if !ok {
		return nil, incorrect("A call must be a struct")
	}
	name, ok := call.Get("methodName")
	if !ok || name == nil {
		return nil, incorrect("No methodName")
	}
	if name == multicallName {
		return nil, incorrect("Recursive system.multicall forbidden")
	}
	var list []any
	if params, ok := call.Get("params"); ok {
		if list, ok = params.([]any); !ok {
			return nil, errIncorrectParameters
		}
	}
	method, ok := name.(string)
	if !ok {
		return nil, errUnknownMethod
	}
	return r.call(ctx, method, list)
}

func incorrect(what string) error { return &service.Error{Subject: what, Err: errIncorrectParameters} }
