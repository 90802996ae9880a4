// Package pyrepr writes values as Python's repr does, which is how Supervisor
// shows commands, names and bytes in what users read.
package pyrepr

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// String is repr of the text s.
func String(s string) string {
	mark := markFor(s)
	var b strings.Builder
	b.WriteByte(mark)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1: // a byte that is no text: a lone surrogate in Python
			fmt.Fprintf(&b, `\udc%02x`, s[i])
		case r == rune(mark) || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(escape(r))
		}
		i += size
	}
	b.WriteByte(mark)
	return b.String()
}

// Bytes is repr of bytes: b'abc\xff\n'.
func Bytes(p []byte) string {
	mark := markFor(string(p))
	var b strings.Builder
	b.Grow(len(p) + 3)
	b.WriteByte('b')
	b.WriteByte(mark)
	for _, c := range p {
		switch {
		case c == mark || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c >= ' ' && c <= '~':
			b.WriteByte(c)
		default:
			b.WriteString(escape(rune(c)))
		}
	}
	b.WriteByte(mark)
	return b.String()
}

// markFor is the quotation mark around s: the one that it does not contain.
func markFor(s string) byte {
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		return '"'
	}
	return '\''
}

// escape writes a character that is not printable.
func escape(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r <= 0xff:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}
