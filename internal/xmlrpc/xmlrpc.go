// Package xmlrpc is the codec of XML-RPC as Python's xmlrpc.client and
// Supervisor's server speak it: a scanner that reads leniently by element
// name, and a writer that appends to a byte slice. It knows no methods.
//
// Values are string, int (for int, i4 and every other width), bool, float64,
// time.Time (a wall clock without a zone, kept as UTC), []byte (base64),
// []any, Struct (ordered) and nil. The writer also takes int64, []string and
// any Appender.
//
// It reads and writes what Python does, with these exceptions, each in favour
// of the peer: an int that needs more than 32 bits is written as i8, which
// Python's clients read and its writer refuses; nil is written as <nil/>; a
// byte that is not UTF-8 and a character that XML 1.0 forbids are written as
// U+FFFD, and such a character is accepted when a peer sends it raw.
package xmlrpc

import (
	"errors"
	"fmt"
)

// Member is one member of a Struct.
type Member struct {
	Name  string
	Value any
}

// Struct keeps its members in the order they were built or read.
type Struct []Member

// Get returns the value of the member called name; ok is false without one.
// Of several members with one name the last counts, as in a Python dict.
func (s Struct) Get(name string) (v any, ok bool) {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i].Name == name {
			return s[i].Value, true
		}
	}
	return nil, false
}

// Call is a decoded methodCall.
type Call struct {
	Method string
	Params []any
}

// Fault is a methodResponse that tells of a failure. It is an error.
type Fault struct {
	Code   int
	String string
}

// Error gives code and text, as "fault 10: BAD_NAME: web".
func (f *Fault) Error() string { return fmt.Sprintf("fault %d: %s", f.Code, f.String) }

// ErrNoMethod says that a document which can be read names no method.
var ErrNoMethod = errors.New("xmlrpc: no method name")

// SyntaxError tells where a document cannot be read. Offset counts bytes from
// the start of the body.
type SyntaxError struct {
	Offset int
	What   string
}

// Error gives the offset and what was wrong there.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("xmlrpc: offset %d: %s", e.Offset, e.What)
}
