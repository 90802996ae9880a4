package xmlrpc

// Appender is a value that writes itself, <value> tags included, for hot
// paths such as getAllProcessInfo. AppendString helps it to escape text.
type Appender interface {
	AppendXMLRPC(dst []byte) []byte
}

// AppendString, AppendInt and AppendBool append one typed <value>.
func AppendString(dst []byte, s string) []byte { panic("stub") }
func AppendInt(dst []byte, n int64) []byte     { panic("stub") }
func AppendBool(dst []byte, b bool) []byte     { panic("stub") }
