package xmlrpc

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// longestReference bounds the search for the ';' of a reference; leading
// zeros beyond it are nobody's way to write a character.
const longestReference = 16

// reference reads "&lt;" or "&#8364;" or "&#x20ac;" at the start of src; size
// is 0 when it is none.
func reference(src string) (size int, r rune) {
	end := strings.IndexByte(src[:min(len(src), longestReference)], ';')
	if end < 0 {
		return 0, 0
	}
	name, size := src[1:end], end+1
	switch name {
	case "lt":
		return size, '<'
	case "gt":
		return size, '>'
	case "amp":
		return size, '&'
	case "quot":
		return size, '"'
	case "apos":
		return size, '\''
	}
	digits, ok := strings.CutPrefix(name, "#")
	if !ok {
		return 0, 0
	}
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || !allowed(rune(n)) {
		return 0, 0
	}
	return size, rune(n)
}

// allowed tells whether XML 1.0 lets a document hold r.
func allowed(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return true
	case r < ' ', r == 0xFFFE, r == 0xFFFF:
		return false
	}
	return utf8.ValidRune(r)
}
