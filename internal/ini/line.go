package ini

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// commentPrefixes start a comment, at the start of a line or after white space.
const commentPrefixes = ";#"

// isSpace reports what Python's str.isspace calls white space: Go's set and
// the four separators of ASCII.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || (r >= 0x1c && r <= 0x1f)
}

// TrimSpace trims what Python's str.strip trims.
func TrimSpace(s string) string {
	if s == "" || solid(s[0]) && solid(s[len(s)-1]) {
		return s
	}
	return strings.TrimFunc(s, isSpace)
}

// solid reports whether c is a character by itself, and visible.
func solid(c byte) bool { return c > ' ' && c < utf8.RuneSelf }

// indent counts the characters before the first that is no white space.
func indent(line string) int {
	n := 0
	for _, r := range line {
		if !isSpace(r) {
			return n
		}
		n++
	}
	return 0
}

// stripComment returns line without its comment, trimmed, and whether it had
// one (as RawConfigParser._read). Python looks for the first place of each
// prefix, then for the second of each, and so on, and stops at the first
// round that finds a comment: of "a;b ;c #d" it keeps "a;b ;c".
func stripComment(line string) (text string, commented bool) {
	trimmed := TrimSpace(line)
	if trimmed == "" {
		return "", false
	}
	if strings.IndexByte(commentPrefixes, trimmed[0]) >= 0 {
		return "", true
	}
	if !strings.ContainsAny(line, commentPrefixes) {
		return trimmed, false
	}
	at := [len(commentPrefixes)]int{-1, -1}
	for {
		start, open := -1, false
		for i := range at {
			if at[i] == len(line) {
				continue
			}
			next := strings.IndexByte(line[at[i]+1:], commentPrefixes[i])
			if next < 0 {
				at[i] = len(line)
				continue
			}
			at[i] += 1 + next
			open = true
			before, _ := utf8.DecodeLastRuneInString(line[:at[i]])
			if (at[i] == 0 || isSpace(before)) && (start < 0 || at[i] < start) {
				start = at[i]
			}
		}
		if start >= 0 {
			return TrimSpace(line[:start]), true
		}
		if !open {
			return trimmed, false
		}
	}
}

// splitLines cuts text after each line end; "\r\n" and "\r" count as "\n"
// (Python's universal newlines). Only the last line may lack one.
func splitLines(text string) []string {
	if strings.IndexByte(text, '\r') >= 0 {
		text = strings.ReplaceAll(text, "\r\n", "\n")
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// decodeFault returns the place where src stops being UTF-8, in our words and
// in those of Python's decoder; nil when it is UTF-8 throughout.
func decodeFault(file string, src []byte) *SyntaxError {
	if utf8.Valid(src) {
		return nil
	}
	at, line := 0, 1
	for at < len(src) {
		r, size := utf8.DecodeRune(src[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		at += size
	}
	fault := Fault{File: file, Line: line, Problem: NotUTF8, Source: sourceLine(src, at)}
	return &SyntaxError{Faults: []Fault{fault}, text: decodeText(src, at)}
}

// decodeText words why no character begins at src[at], as Python does: it
// counts the bytes up to the first that cannot belong to one.
func decodeText(src []byte, at int) string {
	b := src[at:]
	size := 1
	for size < len(b) && !utf8.FullRune(b[:size]) && !utf8.FullRune(b[:size+1]) {
		size++
	}
	reason := "invalid continuation byte"
	switch {
	case b[0] < 0xc2 || b[0] > 0xf4:
		reason = "invalid start byte"
	case !utf8.FullRune(b):
		reason = "unexpected end of data"
	}
	if size == 1 {
		return fmt.Sprintf("'utf-8' codec can't decode byte 0x%02x in position %d: %s", b[0], at, reason)
	}
	return fmt.Sprintf("'utf-8' codec can't decode bytes in position %d-%d: %s", at, at+size-1, reason)
}

// sourceLine returns the line of src that holds the byte at.
func sourceLine(src []byte, at int) string {
	start, end := at, at
	for start > 0 && src[start-1] != '\n' {
		start--
	}
	for end < len(src) && src[end] != '\n' {
		end++
	}
	return strings.TrimSuffix(string(src[start:end]), "\r")
}
