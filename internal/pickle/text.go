package pickle

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a text after its length in n bytes.
func text(n uint64, make func(string) any) func(*machine) error {
	return func(m *machine) error {
		s, err := m.in.counted(n)
		if err != nil {
			return err
		}
		return m.push(make(s))
	}
}

func newString(s string) any    { return strings.Clone(s) }
func newBytes(s string) any     { return Bytes(s) }
func newByteArray(s string) any { return ByteArray(s) }

// oldString is a str of Python 2, which is a text or bytes.
func oldString(s string) any {
	if utf8.ValidString(s) {
		return newString(s)
	}
	return newBytes(s)
}

// stringLine reads a str of Python 2 as its repr: in quotes, with escapes.
func (m *machine) stringLine() error {
	line, err := m.in.line()
	if err != nil {
		return err
	}
	if len(line) < 2 || line[0] != line[len(line)-1] || line[0] != '\'' && line[0] != '"' {
		return errors.New("it is not in quotes")
	}
	s, err := unquote(line[1 : len(line)-1])
	if err != nil {
		return err
	}
	return m.push(oldString(s))
}

func unquote(s string) (string, error) {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out = append(out, s[i])
			continue
		}
		if i++; i == len(s) {
			return "", errors.New("it ends in a backslash")
		}
		if at := strings.IndexByte(`\'"abfnrtv`, s[i]); at >= 0 {
			out = append(out, "\\'\"\a\b\f\n\r\t\v"[at])
			continue
		}
		if s[i] != 'x' || i+2 >= len(s) {
			return "", errors.New("it has an escape that repr does not write")
		}
		c, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil {
			return "", errors.New("it has an escape that repr does not write")
		}
		out = append(out, byte(c))
		i += 2
	}
	return string(out), nil
}

// unicodeLine reads a str in the encoding raw-unicode-escape: Latin-1 with
// \uXXXX and \UXXXXXXXX.
func (m *machine) unicodeLine() error {
	line, err := m.in.line()
	if err != nil {
		return err
	}
	out := make([]byte, 0, len(line))
	for i := 0; i < len(line); {
		c, width, err := rawRune(line[i:])
		if err != nil {
			return err
		}
		if low, more, err := rawRune(line[i+width:]); err == nil && more > 1 && utf16.IsSurrogate(c) {
			if whole := utf16.DecodeRune(c, low); whole != utf8.RuneError {
				c, width = whole, width+more
			}
		}
		out = appendRune(out, c)
		i += width
	}
	return m.push(string(out))
}

// rawRune is the first character of s, and how many bytes it takes there.
func rawRune(s string) (c rune, width int, err error) {
	digits := 0
	switch {
	case strings.HasPrefix(s, `\u`):
		digits = 4
	case strings.HasPrefix(s, `\U`):
		digits = 8
	case s == "":
		return 0, 0, nil
	default:
		return rune(s[0]), 1, nil
	}
	if len(s) < 2+digits {
		return 0, 0, errors.New("it ends within an escape")
	}
	v, err := strconv.ParseUint(s[2:2+digits], 16, 32)
	if err != nil || v > utf8.MaxRune {
		return 0, 0, errors.New("it has an escape that is no character")
	}
	return rune(v), 2 + digits, nil
}

// appendRune writes UTF-8, and a lone surrogate as Python's surrogatepass does.
func appendRune(out []byte, c rune) []byte {
	if utf16.IsSurrogate(c) {
		return append(out, 0xe0|byte(c>>12), 0x80|byte(c>>6&0x3f), 0x80|byte(c&0x3f))
	}
	return utf8.AppendRune(out, c)
}
