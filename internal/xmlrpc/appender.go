package xmlrpc

import (
	"strconv"
	"unicode/utf8"
)

// Appender is a value that writes itself, <value> tags and the newline after
// them included, for hot paths such as getAllProcessInfo. The Append functions
// of this file are its building blocks.
type Appender interface {
	AppendXMLRPC(dst []byte) []byte
}

// AppendString appends one <value> that holds s.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, "<value><string>"...)
	dst = appendText(dst, s)
	return append(dst, "</string></value>\n"...)
}

// AppendInt appends one <value> that holds n: as int when it fits into 32
// bits, else as i8.
func AppendInt(dst []byte, n int64) []byte {
	if n != int64(int32(n)) {
		dst = append(dst, "<value><i8>"...)
		dst = strconv.AppendInt(dst, n, 10)
		return append(dst, "</i8></value>\n"...)
	}
	dst = append(dst, "<value><int>"...)
	dst = strconv.AppendInt(dst, n, 10)
	return append(dst, "</int></value>\n"...)
}

// AppendBool appends one <value> that holds b.
func AppendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, "<value><boolean>1</boolean></value>\n"...)
	}
	return append(dst, "<value><boolean>0</boolean></value>\n"...)
}

// OpenArray begins one <value> that holds an array; any number of values may
// follow, then CloseArray.
func OpenArray(dst []byte) []byte { return append(dst, "<value><array><data>\n"...) }

// CloseArray ends what OpenArray began.
func CloseArray(dst []byte) []byte { return append(dst, "</data></array></value>\n"...) }

// OpenStruct begins one <value> that holds a struct; any number of members
// may follow, then CloseStruct.
func OpenStruct(dst []byte) []byte { return append(dst, "<value><struct>\n"...) }

// CloseStruct ends what OpenStruct began.
func CloseStruct(dst []byte) []byte { return append(dst, "</struct></value>\n"...) }

// OpenMember begins a member of a struct; exactly one value must follow, then
// CloseMember.
func OpenMember(dst []byte, name string) []byte {
	dst = append(dst, "<member>\n<name>"...)
	dst = appendText(dst, name)
	return append(dst, "</name>\n"...)
}

// CloseMember ends what OpenMember began.
func CloseMember(dst []byte) []byte { return append(dst, "</member>\n"...) }

// AppendStringMember appends a whole member of a struct.
func AppendStringMember(dst []byte, name, s string) []byte {
	return CloseMember(AppendString(OpenMember(dst, name), s))
}

// AppendIntMember appends a whole member of a struct.
func AppendIntMember(dst []byte, name string, n int64) []byte {
	return CloseMember(AppendInt(OpenMember(dst, name), n))
}

// AppendBoolMember appends a whole member of a struct.
func AppendBoolMember(dst []byte, name string, b bool) []byte {
	return CloseMember(AppendBool(OpenMember(dst, name), b))
}

// appendText escapes as xmlrpc.client's escape does (&, < and > only) and
// puts U+FFFD for what XML 1.0 cannot carry.
func appendText(dst []byte, s string) []byte {
	done := 0 // s[:done] is written
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '&' && c != '<' && c != '>' {
			i++
			continue
		}
		size := 1
		var instead string
		switch {
		case c == '&':
			instead = "&amp;"
		case c == '<':
			instead = "&lt;"
		case c == '>':
			instead = "&gt;"
		case c == '\t', c == '\n', c == '\r':
		case c < ' ':
			instead = "\uFFFD"
		default:
			var r rune
			r, size = utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 || r == 0xFFFE || r == 0xFFFF {
				instead = "\uFFFD"
			}
		}
		if instead != "" {
			dst = append(dst, s[done:i]...)
			dst = append(dst, instead...)
			done = i + size
		}
		i += size
	}
	return append(dst, s[done:]...)
}
