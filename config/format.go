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

// A nameError says that a format string uses a name that nothing stands for.
type nameError struct{ name string }

func (e nameError) Error() string { return ini.Repr(e.name) }

// lookup returns what a name stands for: a string or an int.
type lookup func(name string) (any, bool)

// format is Python's "text % mapping": "%%" is a percent sign and every
// conversion that Python has may follow "%(name)". The error is a nameError or
// has Python's own text, with one exception: a bare "%s" (also r and a), which
// Python replaces by the whole mapping, is an error here.
func format(text string, names lookup) (string, error) {
	if strings.IndexByte(text, '%') < 0 {
		return text, nil
	}
	f := formatter{text: text, names: names}
	var b strings.Builder
	b.Grow(len(text))
	for {
		next := strings.IndexByte(text[f.at:], '%')
		if next < 0 {
			b.WriteString(text[f.at:])
			return b.String(), nil
		}
		b.WriteString(text[f.at : f.at+next])
		f.at += next + 1
		out, err := f.conversion()
		if err != nil {
			return "", err
		}
		b.WriteString(out)
	}
}

// mapping stands for the mapping itself as the value of a bare conversion.
type mapping struct{}

// formatter goes through one format string. Python keeps the value of the
// last "%(name)" as the only argument of what follows, and a value counts
// once; so "%(a)s %s" has not enough arguments, and so here.
type formatter struct {
	text  string
	at    int // the next byte
	names lookup
	value any // what the next conversion takes; nil for the mapping
	taken bool
}

// spec is one conversion between "%" and its letter.
type spec struct {
	left, plus, blank, alt, zero bool

	width, prec int // -1: not given
	verb        rune
}

var errIncomplete = errors.New("incomplete format")

func (f *formatter) conversion() (string, error) {
	switch f.next() {
	case '%':
		f.at++
		return "%", nil
	case '(':
		if err := f.key(); err != nil {
			return "", err
		}
	}
	s, err := f.spec()
	if err != nil {
		return "", err
	}
	value, err := f.take()
	if err != nil {
		return "", err
	}
	switch s.verb {
	case 's', 'r', 'a':
		return s.text(value)
	case 'd', 'i', 'u', 'o', 'x', 'X':
		return s.integer(value)
	case 'e', 'E', 'f', 'F', 'g', 'G':
		return s.float(value)
	case 'c':
		return s.char(value)
	}
	shown := s.verb
	if shown < 31 || shown >= 126 {
		shown = '?'
	}
	index := utf8.RuneCountInString(f.text[:f.at]) - 1
	return "", fmt.Errorf("unsupported format character '%c' (0x%x) at index %d", shown, s.verb, index)
}

// key reads "(name)" and looks it up.
func (f *formatter) key() error {
	start, depth := f.at+1, 0
	for i := f.at; i < len(f.text); i++ {
		switch f.text[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth > 0 {
			continue
		}
		name := f.text[start:i]
		value, ok := f.names(name)
		if !ok {
			return nameError{name}
		}
		f.at, f.value, f.taken = i+1, value, false
		return nil
	}
	return errors.New("incomplete format key")
}

// take returns the value of a conversion, once.
func (f *formatter) take() (any, error) {
	if f.taken {
		return nil, errors.New("not enough arguments for format string")
	}
	f.taken = true
	if f.value == nil {
		return mapping{}, nil
	}
	return f.value, nil
}

// next returns the next byte, 0 at the end.
func (f *formatter) next() byte {
	if f.at >= len(f.text) {
		return 0
	}
	return f.text[f.at]
}

// spec reads flags, width, precision, the length letter and the verb.
func (f *formatter) spec() (spec, error) {
	s := spec{width: -1, prec: -1}
	f.flags(&s)
	var err error
	if s.width, err = f.number(-1, "width too big"); err != nil {
		return s, err
	}
	if f.next() == '.' {
		f.at++
		if s.prec, err = f.number(0, "precision too big"); err != nil {
			return s, err
		}
	}
	if r := f.next(); r == 'h' || r == 'l' || r == 'L' {
		f.at++
	}
	if f.at >= len(f.text) {
		return s, errIncomplete
	}
	verb, size := utf8.DecodeRuneInString(f.text[f.at:])
	s.verb = verb
	f.at += size
	return s, nil
}

func (f *formatter) flags(s *spec) {
	for ; ; f.at++ {
		switch f.next() {
		case '-':
			s.left = true
		case '+':
			s.plus = true
		case ' ':
			s.blank = true
		case '#':
			s.alt = true
		case '0':
			s.zero = true
		default:
			return
		}
	}
}

// widest is the largest width that is taken; Python allows more, but nobody
// means a value of a megabyte.
const widest = 1 << 20

// number reads digits, absent when there are none. A "*" takes the value as
// the number; since a value counts once, the conversion fails afterwards.
func (f *formatter) number(absent int, tooBig string) (int, error) {
	if f.next() == '*' {
		f.at++
		value, err := f.take()
		if err != nil {
			return 0, err
		}
		if _, ok := value.(int); !ok {
			return 0, errors.New("* wants int")
		}
		return absent, nil
	}
	n, digits := 0, 0
	for ; f.next() >= '0' && f.next() <= '9'; f.at++ {
		n = n*10 + int(f.next()-'0')
		if n > widest {
			return 0, errors.New(tooBig)
		}
		digits++
	}
	if digits == 0 {
		return absent, nil
	}
	return n, nil
}

// text is %s, %r and %a.
func (s spec) text(value any) (string, error) {
	var out string
	switch v := value.(type) {
	case mapping:
		return "", fmt.Errorf("%%%c without a name in parentheses (write %%%%%c for a literal one)", s.verb, s.verb)
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
