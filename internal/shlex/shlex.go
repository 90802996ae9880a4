// Package shlex splits command lines as Python's shlex.split does, which is
// how Supervisor reads them. It leaves expansion and looking a command up to
// others.
package shlex

import (
	"errors"
	"strings"
)

// What Split fails with: the texts of Python's shlex, which end up in spawnerr
// and in front of users.
var (
	//lint:ignore ST1005 Python's words
	errNoClosingQuotation = errors.New("No closing quotation")
	//lint:ignore ST1005 Python's words
	errNoEscapedCharacter = errors.New("No escaped character")
)

// Split splits a command line by the rules of a POSIX shell as
// Python's shlex.split knows them: blanks separate words, both quotes group,
// a backslash escapes (within double quotes only itself and the quote).
// There are no comments, variables, globs or operators. The error is shlex's
// own: "No closing quotation" or "No escaped character".
func Split(command string) ([]string, error) {
	var (
		words  []string
		word   strings.Builder
		inWord bool // a word has begun, be it an empty one in quotes
	)
	for i := 0; i < len(command); i++ {
		switch c := command[i]; c {
		case ' ', '\t', '\r', '\n':
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		case '\\':
			if i++; i == len(command) {
				return nil, errNoEscapedCharacter
			}
			inWord = true
			word.WriteByte(command[i])
		case '\'', '"':
			inWord = true
			n, err := quoted(&word, command[i:])
			if err != nil {
				return nil, err
			}
			i += n - 1
		default:
			inWord = true
			word.WriteByte(c)
		}
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}

// quoted appends to word what stands between the quote that s begins with
// and the next one like it, and returns the length of both and all between.
func quoted(word *strings.Builder, s string) (int, error) {
	quote := s[0]
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == quote:
			return i + 1, nil
		case c == '\\' && quote == '"':
			if i++; i == len(s) {
				return 0, errNoEscapedCharacter
			}
			if s[i] != '\\' && s[i] != '"' {
				word.WriteByte('\\')
			}
			word.WriteByte(s[i])
		default:
			word.WriteByte(c)
		}
	}
	return 0, errNoClosingQuotation
}
