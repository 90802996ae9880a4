package roff

import (
	"fmt"
	"strings"
)

// inline turns the marks of a paragraph into fonts.
func inline(text string) string {
	var b strings.Builder
	for text != "" {
		mark, at := nextMark(text)
		if mark == "" {
			break
		}
		b.WriteString(escape(text[:at]))
		inner, rest, _ := strings.Cut(text[at+len(mark):], closing(mark))
		switch mark {
		case "`", "**":
			fmt.Fprintf(&b, `\fB%s\fR`, escape(inner))
		case "*":
			fmt.Fprintf(&b, `\fI%s\fR`, escape(inner))
		case "[": // a link: where it leads is of no use here
			b.WriteString(escape(inner))
			_, rest, _ = strings.Cut(rest, ")")
		}
		text = rest
	}
	b.WriteString(escape(text))
	return first(b.String())
}

// nextMark finds the first mark that is also closed; "" if there is none.
func nextMark(text string) (mark string, at int) {
	for i := range len(text) {
		for _, mark := range []string{"`", "**", "*", "["} {
			if !strings.HasPrefix(text[i:], mark) {
				continue
			}
			end := strings.Index(text[i+len(mark):], closing(mark))
			if end > 0 && meant(text, mark, i, i+len(mark)+end) {
				return mark, i
			}
		}
	}
	return "", 0
}

// meant reports whether a mark is one: an asterisk can be a pattern, and a bracket
// the beginning of something else, before another that begins a link.
func meant(text, mark string, open, shut int) bool {
	switch mark {
	case "*":
		return stressed(text, open, shut)
	case "[":
		return !strings.ContainsAny(text[open+1:shut], "[]")
	}
	return true
}

func closing(mark string) string {
	if mark == "[" {
		return "]("
	}
	return mark
}

// stressed: an asterisk is also a pattern, as in *.conf; a mark has a letter
// inside at both ends, and none outside.
func stressed(text string, open, shut int) bool {
	letter := func(i int) bool {
		return i >= 0 && i < len(text) && (text[i]|0x20 >= 'a' && text[i]|0x20 <= 'z')
	}
	return letter(open+1) && letter(shut-1) && !letter(open-1) && !letter(shut+1)
}

// escape writes text so that every character stands for itself: a hyphen that
// can be copied into a shell, and no escape by accident.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\\':
			b.WriteString(`\e`)
		case r == '-':
			b.WriteString(`\-`)
		case r == '^':
			b.WriteString(`\(ha`)
		case r == '~':
			b.WriteString(`\(ti`)
		case r == '`':
			b.WriteString(`\(ga`)
		case r == '\'':
			b.WriteString(`\(aq`)
		case r == '"':
			b.WriteString(`\(dq`)
		case r > '~':
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// first keeps a line from being taken for a request, by its first character.
func first(line string) string {
	if strings.HasPrefix(line, ".") {
		return `\&` + line
	}
	return line
}
