// Package xmlrpc is the codec of XML-RPC as Python's xmlrpc.client and
// Supervisor's server speak it: a scanner that reads leniently by element
// name, and a writer that appends to a byte slice. It knows no methods.
//
// Values are string, int (also for i4), bool, float64, time.Time, []byte
// (base64), []any, Struct (ordered) and nil.
package xmlrpc

// Member is one member of a Struct.
type Member struct {
	Name  string
	Value any
}

// Struct keeps its members in the order they were built or read.
type Struct []Member

// Get returns the value of the member called name; ok is false without one.
func (s Struct) Get(name string) (v any, ok bool) { panic("stub") }

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

func (f *Fault) Error() string { panic("stub") }

// DecodeCall reads a methodCall. Depth and size are bounded; malformed input
// is an error, never a panic.
func DecodeCall(body []byte) (Call, error) { panic("stub") }

// DecodeResponse reads a methodResponse: its value, or a *Fault as the error.
func DecodeResponse(body []byte) (any, error) { panic("stub") }

// AppendCall, AppendResponse and AppendFault append a whole document. Bytes
// that are not UTF-8 or not allowed in XML 1.0 become U+FFFD.
func AppendCall(dst []byte, method string, params ...any) ([]byte, error) { panic("stub") }
func AppendResponse(dst []byte, value any) ([]byte, error)                { panic("stub") }
func AppendFault(dst []byte, f *Fault) []byte                             { panic("stub") }
