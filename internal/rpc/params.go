package rpc

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// kind is what a parameter may be.
type kind int

const (
	text       kind = iota // string; base64 is read as text
	number                 // int, and what Python's int() makes one of
	truth                  // boolean, and what is true or false in Python
	signalName             // string, or the number of a signal
	array
	logLevel // what Twiddler's log takes
	options  // of a program: see asOptions
)

// String is the type's name in methodSignature.
func (k kind) String() string {
	switch k {
	case number:
		return "int"
	case truth:
		return "boolean"
	case array:
		return "array"
	case logLevel:
		return "string|int"
	case options:
		return "struct"
	}
	return "string"
}

// param is one parameter of a method.
type param struct {
	name    string
	kind    kind
	help    string
	missing any // stands for a parameter that is left out; nil: it must be given
}

// args are a method's parameters: all there, and of the types that its row says.
type args []any

func (a args) text(i int) string  { return a[i].(string) }
func (a args) number(i int) int64 { return a[i].(int64) }
func (a args) truth(i int) bool   { return a[i].(bool) }
func (a args) array(i int) []any  { return a[i].([]any) }

func (a args) options(i int) []service.ProgramOption { return a[i].([]service.ProgramOption) }

// convert checks the types of params, the number of which is right. Where
// the original answers HTTP 500 for a type that it did not expect, this is
// fault INCORRECT_PARAMETERS with the value, which it answers now and then.
func (m method) convert(params []any) (args, error) {
	converted := make(args, len(m.params))
	for i, p := range m.params {
		if i >= len(params) {
			converted[i] = p.missing
			continue
		}
		v, ok := p.kind.convert(params[i])
		if !ok && p.kind == options {
			return nil, errIncorrectParameters // as the original; the value may be long
		}
		if !ok {
			return nil, &service.Error{Subject: fmt.Sprint(params[i]), Err: errIncorrectParameters}
		}
		converted[i] = v
	}
	return converted, nil
}

func (k kind) convert(v any) (any, bool) {
	switch k {
	case number:
		return asNumber(v)
	case truth:
		return isTrue(v), true
	case signalName:
		if n, ok := v.(int); ok {
			return strconv.Itoa(n), true
		}
	case array:
		list, ok := v.([]any)
		return list, ok
	case logLevel:
		return v, true
	case options:
		return asOptions(v)
	}
	switch v := v.(type) {
	case string:
		return v, true
	case []byte:
		return string(v), true
	}
	return nil, false
}

func asNumber(v any) (any, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case bool:
		if v {
			return int64(1), true
		}
		return int64(0), true
	case float64:
		return int64(v), v == v && v > -1<<63 && v < 1<<63
	case string:
		n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		return n, err == nil
	case []byte: // base64, which is read as text
		return asNumber(string(v))
	}
	return nil, false
}

// isTrue is Python's truth of a value.
func isTrue(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case int:
		return v != 0
	case float64:
		return v != 0
	case string:
		return v != ""
	case []byte:
		return len(v) > 0
	case []any:
		return len(v) > 0
	case xmlrpc.Struct:
		return len(v) > 0
	case nil:
		return false
	}
	return true
}
