package config

import (
	"errors"
	"fmt"
	"strings"
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
