package trigger

import (
	"fmt"
	"strings"
)

// cursor reads the text of one option, or a part of it, from left to right.
type cursor struct {
	key, text string
	pos       int
	end       int // where the part that is read now ends
}

// whole reads all of a text.
func whole(key, text string) cursor { return cursor{key: key, text: text, end: len(text)} }

// problem is the error that something is wrong at a byte of the text.
func (s *cursor) problem(at int, format string, args ...any) error {
	return &SyntaxError{Key: s.key, Text: s.text, Offset: at, Problem: fmt.Sprintf(format, args...)}
}

// rest is what is still to be read.
func (s *cursor) rest() string { return s.text[s.pos:s.end] }

// next is the byte that comes next, 0 at the end.
func (s *cursor) next() byte {
	if s.pos < s.end {
		return s.text[s.pos]
	}
	return 0
}

// take reads c if it comes next.
func (s *cursor) take(c byte) bool {
	if s.next() != c || c == 0 {
		return false
	}
	s.pos++
	return true
}

func (s *cursor) blanks() {
	for isBlank(s.next()) {
		s.pos++
	}
}

// item makes the cursor read what stands at from up to the next comma,
// without the blanks around it. more is false for the last item.
func (s *cursor) item(from, limit int) (next int, more bool) {
	s.pos, s.end = from, limit
	if i := strings.IndexByte(s.text[from:limit], ','); i >= 0 {
		s.end, more = from+i, true
	}
	next = s.end + 1
	s.blanks()
	for s.end > s.pos && isBlank(s.text[s.end-1]) {
		s.end--
	}
	return next, more
}

// word reads letters and returns them in lower case.
func (s *cursor) word() string {
	from := s.pos
	for isLetter(s.next()) {
		s.pos++
	}
	return strings.ToLower(s.text[from:s.pos])
}

// number reads digits. What is too large for any field is 1,000,000.
func (s *cursor) number() (n int, ok bool) {
	from := s.pos
	for '0' <= s.next() && s.next() <= '9' {
		n = min(n*10+int(s.next()-'0'), 1_000_000)
		s.pos++
	}
	return n, s.pos > from
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// clockHint says how a time of day such as 12:00 is given in fields, "" if
// text is none.
func clockHint(text string) string {
	hours, minutes, ok := strings.Cut(text, ":")
	minutes, seconds, _ := strings.Cut(minutes, ":")
	if !ok || hours == "" || strings.Trim(hours+minutes+seconds, "0123456789") != "" {
		return ""
	}
	hint := "a time of day is given in parts: hour=" + hours
	if minutes != "" {
		hint += " minute=" + minutes
	}
	if seconds != "" {
		hint += " second=" + seconds
	}
	return hint
}
