package xmlrpc

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	header     = "<?xml version='1.0'?>\n"
	timeLayout = "20060102T15:04:05"
	// base64.encodebytes breaks its lines after 76 characters, 57 bytes.
	bytesPerLine = 57
)

// AppendCall appends a whole methodCall. The error names the type of a
// parameter that XML-RPC has no form for.
func AppendCall(dst []byte, method string, params ...any) ([]byte, error) {
	dst = append(dst, header+"<methodCall>\n<methodName>"...)
	dst = appendText(dst, method)
	dst = append(dst, "</methodName>\n<params>\n"...)
	for _, p := range params {
		var err error
		if dst, err = appendParam(dst, p); err != nil {
			return nil, fmt.Errorf("call %s: %w", method, err)
		}
	}
	return append(dst, "</params>\n</methodCall>\n"...), nil
}

// AppendResponse appends a whole methodResponse that carries value. The error
// names a type that XML-RPC has no form for.
func AppendResponse(dst []byte, value any) ([]byte, error) {
	dst = append(dst, header+"<methodResponse>\n<params>\n"...)
	dst, err := appendParam(dst, value)
	if err != nil {
		return nil, err
	}
	return append(dst, "</params>\n</methodResponse>\n"...), nil
}

// AppendFault appends a whole methodResponse that carries f.
func AppendFault(dst []byte, f *Fault) []byte {
	dst = append(dst, header+"<methodResponse>\n<fault>\n"...)
	dst = OpenStruct(dst)
	dst = AppendIntMember(dst, "faultCode", int64(f.Code))
	dst = AppendStringMember(dst, "faultString", f.String)
	dst = CloseStruct(dst)
	return append(dst, "</fault>\n</methodResponse>\n"...)
}

func appendParam(dst []byte, v any) ([]byte, error) {
	dst = append(dst, "<param>\n"...)
	dst, err := appendValue(dst, v)
	if err != nil {
		return nil, err
	}
	return append(dst, "</param>\n"...), nil
}

func appendValue(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case string:
		return AppendString(dst, v), nil
	case int:
		return AppendInt(dst, int64(v)), nil
	case int64:
		return AppendInt(dst, v), nil
	case bool:
		return AppendBool(dst, v), nil
	case Struct:
		return appendStruct(dst, v)
	case []any:
		return appendArray(dst, v)
	case []string:
		dst = OpenArray(dst)
		for _, s := range v {
			dst = AppendString(dst, s)
		}
		return CloseArray(dst), nil
	case nil:
		return append(dst, "<value><nil/></value>"...), nil // no newline, as xmlrpc.client
	case float64:
		return appendFloat(dst, v), nil
	case time.Time:
		dst = append(dst, "<value><dateTime.iso8601>"...)
		dst = v.AppendFormat(dst, timeLayout)
		return append(dst, "</dateTime.iso8601></value>\n"...), nil
	case []byte:
		return appendBase64(dst, v), nil
	case Appender:
		return v.AppendXMLRPC(dst), nil
	}
	return nil, fmt.Errorf("xmlrpc: no form for a value of type %T", v)
}

func appendStruct(dst []byte, s Struct) ([]byte, error) {
	dst = OpenStruct(dst)
	for _, m := range s {
		dst = OpenMember(dst, m.Name)
		var err error
		if dst, err = appendValue(dst, m.Value); err != nil {
			return nil, fmt.Errorf("member %q: %w", m.Name, err)
		}
		dst = CloseMember(dst)
	}
	return CloseStruct(dst), nil
}

func appendArray(dst []byte, a []any) ([]byte, error) {
	dst = OpenArray(dst)
	for _, v := range a {
		var err error
		if dst, err = appendValue(dst, v); err != nil {
			return nil, err
		}
	}
	return CloseArray(dst), nil
}

// appendFloat writes f as Python's repr does: the fewest digits that read
// back as f, an exponent only outside of [1e-4, 1e16), always a sign that it
// is no integer.
func appendFloat(dst []byte, f float64) []byte {
	var text string
	switch abs := math.Abs(f); {
	case math.IsNaN(f):
		text = "nan"
	case math.IsInf(f, 1):
		text = "inf"
	case math.IsInf(f, -1):
		text = "-inf"
	case abs != 0 && abs < 1e-4, abs >= 1e16:
		text = strconv.FormatFloat(f, 'e', -1, 64)
	default:
		text = strconv.FormatFloat(f, 'f', -1, 64)
		if !strings.Contains(text, ".") {
			text += ".0"
		}
	}
	dst = append(dst, "<value><double>"...)
	dst = append(dst, text...)
	return append(dst, "</double></value>\n"...)
}

func appendBase64(dst, b []byte) []byte {
	dst = append(dst, "<value><base64>\n"...)
	for len(b) > 0 {
		n := min(len(b), bytesPerLine)
		dst = base64.StdEncoding.AppendEncode(dst, b[:n])
		dst = append(dst, '\n')
		b = b[n:]
	}
	return append(dst, "</base64></value>\n"...)
}
