package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
)

// spec is one conversion between "%" and its letter.
type spec struct {
	left, plus, blank, alt, zero bool

	width, prec int // -1: not given
	verb        rune
}

// text is %s, %r and %a.
func (s spec) text(value any) (string, error) {
	var out string
	switch v := value.(type) {
	case mapping:
		return "", fmt.Errorf("%%%c without a name in parentheses", s.verb)
	case int:
		out = strconv.Itoa(v)
	case string:
		switch out = v; s.verb {
		case 'r':
			out = ini.Repr(v)
		case 'a':
			out = ascii(ini.Repr(v))
		}
	}
	if s.prec >= 0 && utf8.RuneCountInString(out) > s.prec {
		out = string([]rune(out)[:s.prec])
	}
	return s.pad("", "", out, false), nil
}

// ascii escapes what is left of non-ASCII in a repr.
func ascii(repr string) string {
	var b strings.Builder
	for _, r := range repr {
		switch {
		case r <= unicode.MaxASCII:
			b.WriteRune(r)
		case r <= 0xff:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}

// integer is %d, %i, %u, %o, %x and %X.
func (s spec) integer(value any) (string, error) {
	n, ok := value.(int)
	if !ok {
		want := "a real number"
		if s.verb == 'o' || s.verb == 'x' || s.verb == 'X' {
			want = "an integer"
		}
		return "", fmt.Errorf("%%%c format: %s is required, not %s", s.verb, want, typeName(value))
	}
	base, prefix := 10, ""
	switch s.verb {
	case 'o':
		base, prefix = 8, "0o"
	case 'x', 'X':
		base, prefix = 16, "0x"
	}
	digits := strings.TrimPrefix(strconv.FormatInt(int64(n), base), "-")
	if missing := s.prec - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	if !s.alt || base == 10 {
		prefix = ""
	}
	if s.verb == 'X' {
		digits, prefix = strings.ToUpper(digits), strings.ToUpper(prefix)
	}
	return s.pad(s.sign(n < 0), prefix, digits, s.zero), nil
}

// float is %e, %f, %g and their capitals.
func (s spec) float(value any) (string, error) {
	n, ok := value.(int)
	if !ok {
		return "", fmt.Errorf("must be real number, not %s", typeName(value))
	}
	prec := s.prec
	if prec < 0 {
		prec = 6
	}
	layout := "%." + strconv.Itoa(prec) + string(s.verb)
	if s.alt {
		layout = "%#." + strconv.Itoa(prec) + string(s.verb)
	}
	digits := fmt.Sprintf(layout, float64(max(n, -n)))
	return s.pad(s.sign(n < 0), "", digits, s.zero), nil
}

// char is %c.
func (s spec) char(value any) (string, error) {
	switch v := value.(type) {
	case int:
		if v < 0 || v > unicode.MaxRune {
			return "", errors.New("%c arg not in range(0x110000)")
		}
		return s.pad("", "", string(rune(v)), false), nil
	case string:
		if utf8.RuneCountInString(v) == 1 {
			return s.pad("", "", v, false), nil
		}
	}
	return "", errors.New("%c requires int or char")
}

func (s spec) sign(negative bool) string {
	switch {
	case negative:
		return "-"
	case s.plus:
		return "+"
	case s.blank:
		return " "
	}
	return ""
}

// pad brings sign, prefix and body to the width.
func (s spec) pad(sign, prefix, body string, zeros bool) string {
	missing := s.width - utf8.RuneCountInString(sign+prefix+body)
	if missing <= 0 {
		return sign + prefix + body
	}
	switch {
	case s.left:
		return sign + prefix + body + strings.Repeat(" ", missing)
	case zeros:
		return sign + prefix + strings.Repeat("0", missing) + body
	}
	return strings.Repeat(" ", missing) + sign + prefix + body
}

// typeName is Python's name for the type of value.
func typeName(value any) string {
	switch value.(type) {
	case int:
		return "int"
	case string:
		return "str"
	}
	return "dict"
}
