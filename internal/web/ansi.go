package web

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// span is text in one look; Class is for the style sheet, "" for plain text.
type span struct{ Class, Text string }

// look is how a terminal shows text: colours of its sixteen, from 0; -1: none.
type look struct {
	fore, back                      int
	bold, faint, italic, under, inv bool
}

func plainLook() look { return look{fore: -1, back: -1} }

// class names the classes of a look.
func (l look) class() string {
	var names []string
	if l.inv {
		l.fore, l.back = l.back, l.fore
		names = append(names, "a-inverse")
	}
	if l.fore >= 0 {
		names = append(names, "a-f"+strconv.Itoa(l.fore))
	}
	if l.back >= 0 {
		names = append(names, "a-b"+strconv.Itoa(l.back))
	}
	for _, of := range []struct {
		set  bool
		name string
	}{{l.bold, "a-bold"}, {l.faint, "a-faint"}, {l.italic, "a-italic"}, {l.under, "a-under"}} {
		if of.set {
			names = append(names, of.name)
		}
	}
	return strings.Join(names, " ")
}

// ansi makes spans of what a program wrote to a terminal: colours and weights are
// kept, a line that was written over shows what it was last, and all else that
// steers a terminal is left out.
func ansi(text string) []span {
	var (
		spans []span
		last  strings.Builder // the text of the last span
		class string          // of the last span
		now   = plainLook()
	)
	flush := func() {
		if last.Len() > 0 {
			spans = append(spans, span{class, last.String()})
			last.Reset()
		}
	}
	put := func(text string) {
		if text == "" {
			return
		}
		if is := now.class(); is != class {
			flush()
			class = is
		}
		last.WriteString(text)
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	for line := range strings.Lines(text) {
		end := ""
		if strings.HasSuffix(line, "\n") {
			line, end = strings.TrimRight(line, "\r\n"), "\n"
		}
		if at := strings.LastIndexByte(line, '\r'); at >= 0 {
			line = line[at+1:]
		}
		for line != "" {
			at := strings.IndexFunc(line, isControl)
			if at < 0 {
				put(line)
				break
			}
			put(line[:at])
			line = now.control(line[at:])
		}
		put(end)
	}
	flush()
	return spans
}

// plain is text without what steers a terminal.
func plain(text string) string {
	var b strings.Builder
	for _, s := range ansi(text) {
		b.WriteString(s.Text)
	}
	return b.String()
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// control takes what steers a terminal off the begin of text, and gives the rest.
func (l *look) control(text string) string {
	if len(text) < 2 || text[0] != '\x1b' {
		return text[1:]
	}
	switch text[1] {
	case '[':
		end := strings.IndexFunc(text[2:], func(r rune) bool { return r >= '@' && r <= '~' })
		if end < 0 {
			return ""
		}
		if text[2+end] == 'm' {
			l.set(text[2 : 2+end])
		}
		return text[2+end+1:]
	case ']': // a title, a link: up to BEL or ESC \
		rest := text[2:]
		end := strings.IndexAny(rest, "\a\x1b")
		if end < 0 {
			return ""
		}
		rest = rest[end:]
		if rest[0] == '\a' {
			return rest[1:]
		}
		return strings.TrimPrefix(rest, "\x1b\\")
	case '\x1b': // the first was cut off
		return text[1:]
	}
	rest := strings.TrimLeftFunc(text[1:], func(r rune) bool { return r >= ' ' && r <= '/' }) // such as the ( of ESC ( B
	_, size := utf8.DecodeRuneInString(rest)
	return rest[size:]
}

// set reads the numbers of "Select Graphic Rendition" (ECMA-48, 8.3.117).
func (l *look) set(parameters string) {
	numbers := strings.FieldsFunc(parameters, func(r rune) bool { return r == ';' || r == ':' })
	if len(numbers) == 0 {
		*l = plainLook()
	}
	for i := 0; i < len(numbers); i++ {
		n, err := strconv.Atoi(numbers[i])
		if err != nil {
			return
		}
		if n == 38 || n == 48 {
			colour, used := extended(numbers[i+1:])
			i += used
			l.paint(n, colour)
			continue
		}
		l.one(n)
	}
}

func (l *look) paint(which, colour int) {
	if which == 38 {
		l.fore = colour
		return
	}
	l.back = colour
}

func (l *look) one(n int) {
	switch {
	case n == 0:
		*l = plainLook()
	case n == 1:
		l.bold = true
	case n == 2:
		l.faint = true
	case n == 3:
		l.italic = true
	case n == 4:
		l.under = true
	case n == 7:
		l.inv = true
	case n == 22:
		l.bold, l.faint = false, false
	case n == 23:
		l.italic = false
	case n == 24:
		l.under = false
	case n == 27:
		l.inv = false
	case n >= 30 && n <= 37:
		l.fore = n - 30
	case n == 39:
		l.fore = -1
	case n >= 40 && n <= 47:
		l.back = n - 40
	case n == 49:
		l.back = -1
	case n >= 90 && n <= 97:
		l.fore = n - 90 + 8
	case n >= 100 && n <= 107:
		l.back = n - 100 + 8
	}
}

// extended is one of the sixteen colours that is near one of 256 or of all, and how
// many numbers said it.
func extended(numbers []string) (colour, used int) {
	value := func(i int) int {
		if i >= len(numbers) {
			return 0
		}
		n, _ := strconv.Atoi(numbers[i]) // what is none is black
		return n
	}
	switch value(0) {
	case 5:
		n := value(1)
		switch {
		case n < 16:
			return max(n, 0), 2
		case n < 232:
			n -= 16
			return nearest(n/36*51, n/6%6*51, n%6*51), 2
		}
		grey := (n - 232) * 10
		return nearest(grey, grey, grey), 2
	case 2:
		return nearest(value(1), value(2), value(3)), 4
	}
	return -1, 1
}

// nearest keeps what of red, green and blue is strong.
func nearest(red, green, blue int) int {
	most := max(red, green, blue)
	if most < 50 {
		return 0
	}
	colour := 0
	for i, part := range []int{red, green, blue} {
		if part*2 > most {
			colour |= 1 << i
		}
	}
	if most > 200 {
		colour += 8
	}
	return colour
}
