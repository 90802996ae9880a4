package config

import (
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// parseEnvironment reads KEY=value,KEY="value" as the original does
// (dict_of_key_value_pairs): tokens of Python's shlex without POSIX rules,
// taken four at a time as key, "=", value and one separator of any kind. A
// key that comes twice keeps its first place and its last value.
func parseEnvironment(text string) ([]supervise.Var, error) {
	tokens, err := shellTokens(text)
	if err != nil {
		return nil, err
	}
	var vars []supervise.Var
	for i := 0; i < len(tokens); i += 4 {
		if i+2 >= len(tokens) || tokens[i+1] != "=" {
			return nil, says("Unexpected end of key/value pairs in value '%s'", text)
		}
		vars = setVar(vars, supervise.Var{Name: tokens[i], Value: strings.Trim(tokens[i+2], `'"`)})
	}
	return vars, nil
}

// setVar puts v in the place of the variable with its name, or at the end.
func setVar(vars []supervise.Var, v supervise.Var) []supervise.Var {
	i := slices.IndexFunc(vars, func(have supervise.Var) bool { return have.Name == v.Name })
	if i < 0 {
		return append(vars, v)
	}
	vars[i] = v
	return vars
}

// mergeEnvironment lays over on base, in the order of Python's dict.update.
func mergeEnvironment(base, over []supervise.Var) []supervise.Var {
	if len(base) == 0 {
		return over
	}
	merged := slices.Clone(base)
	for _, v := range over {
		merged = setVar(merged, v)
	}
	return merged
}

// byName returns vars as a map.
func byName(vars []supervise.Var) map[string]string {
	m := make(map[string]string, len(vars))
	for _, v := range vars {
		m[v.Name] = v.Value
	}
	return m
}

// shellTokens cuts text as Python's shlex.shlex does without POSIX rules, with
// the word characters that Supervisor adds: a quoted token keeps its quotes and
// ends at the closing one, a quote inside a word is part of the word, "#"
// starts a comment, and every other character is a token of its own.
func shellTokens(text string) ([]string, error) {
	var tokens []string
	rest := []rune(text)
	for len(rest) > 0 {
		r := rest[0]
		switch {
		case isShellSpace(r):
			rest = rest[1:]
		case r == '#':
			rest = rest[lineLength(rest):]
		case isWord(r):
			var word string
			word, rest = shellWord(rest)
			tokens = append(tokens, word)
		case r == '\'' || r == '"':
			end := slices.Index(rest[1:], r)
			if end < 0 {
				return nil, says("No closing quotation")
			}
			tokens = append(tokens, string(rest[:end+2]))
			rest = rest[end+2:]
		default:
			tokens = append(tokens, string(r))
			rest = rest[1:]
		}
	}
	return tokens, nil
}

// shellWord cuts a word off rest. A comment inside a word vanishes with its
// line end, and the word goes on in the next line (as shlex has it).
func shellWord(rest []rune) (string, []rune) {
	var word []rune
	for len(rest) > 0 {
		r := rest[0]
		switch {
		case r == '#':
			rest = rest[lineLength(rest):]
			continue
		case !isWord(r) && r != '\'' && r != '"':
			return string(word), rest
		}
		word = append(word, r)
		rest = rest[1:]
	}
	return string(word), rest
}

// lineLength counts the runes up to the end of the line, the line end included.
func lineLength(rest []rune) int {
	if i := slices.Index(rest, '\n'); i >= 0 {
		return i + 1
	}
	return len(rest)
}

func isShellSpace(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' }

func isWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
		strings.ContainsRune("_/.+-():", r)
}
