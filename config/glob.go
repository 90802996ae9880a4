package config

import (
	"os"
	"path"
	"slices"
	"strings"
)

// glob returns the files that a pattern of [include] stands for, sorted, as
// Python's glob.glob finds them: * ? and [] in every part of the path, no
// leading dot by a wildcard, "**" like "*", "[!x]" for not x, no escapes.
func glob(pattern string) []string {
	matches := globParts(pattern)
	slices.Sort(matches)
	return matches
}

func globParts(pattern string) []string {
	dir, base := splitPath(pattern)
	if !IsGlob(pattern) {
		return literal(pattern, dir, base)
	}
	dirs := []string{dir}
	if dir != pattern && IsGlob(dir) {
		dirs = globParts(dir)
	}
	var found []string
	for _, d := range dirs {
		for _, name := range namesIn(d, base) {
			found = append(found, joinPath(d, name))
		}
	}
	return found
}

// literal finds a path without wildcards; with a slash at its end it must be
// a directory.
func literal(pattern, dir, base string) []string {
	if base == "" {
		if isDir(dir) {
			return []string{pattern}
		}
		return nil
	}
	if _, err := os.Lstat(pattern); err != nil {
		return nil
	}
	return []string{pattern}
}

// namesIn returns the names in dir that match one part of a pattern.
func namesIn(dir, base string) []string {
	if !IsGlob(base) {
		if len(literal(joinPath(dir, base), dir, base)) == 0 {
			return nil
		}
		return []string{base}
	}
	if dir == "" {
		dir = "."
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // as for a directory that is not there
	}
	var names []string
	for _, e := range entries {
		hidden := strings.HasPrefix(e.Name(), ".") && !strings.HasPrefix(base, ".")
		if !hidden && MatchGlob(base, e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names
}

// splitPath is Python's os.path.split.
func splitPath(p string) (dir, base string) {
	return dirName(p), p[strings.LastIndexByte(p, '/')+1:]
}

func joinPath(dir, name string) string {
	if dir == "" || strings.HasSuffix(dir, "/") {
		return dir + name
	}
	return dir + "/" + name
}

// IsGlob reports whether a text has wildcards.
func IsGlob(s string) bool { return strings.ContainsAny(s, "*?[") }

// MatchGlob reports whether a name without a slash matches a pattern, as Python's fnmatch does. It leaves the work to
// path.Match after it has rewritten what that reads differently.
func MatchGlob(pattern, name string) bool {
	ok, err := path.Match(goPattern(pattern), name)
	return err == nil && ok
}

// goPattern rewrites a pattern of Python for path.Match.
func goPattern(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '\\':
			b.WriteString(`\\`)
		case '[':
			set, ok := bracket(pattern[i:])
			if !ok {
				b.WriteString(`\[`)
				continue
			}
			b.WriteString(goSet(set))
			i += len(set) + 1
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// bracket returns what stands between "[" and the "]" that closes it; a "]"
// right after "[" or "[!" belongs to the set.
func bracket(s string) (set string, ok bool) {
	from := 1
	if strings.HasPrefix(s[from:], "!") {
		from++
	}
	if strings.HasPrefix(s[from:], "]") {
		from++
	}
	end := strings.IndexByte(s[from:], ']')
	if end < 0 {
		return "", false
	}
	return s[1 : from+end], true
}

// goSet writes a set for path.Match, where "-" only makes a range between two
// characters and the rest is escaped.
func goSet(set string) string {
	var b strings.Builder
	b.WriteByte('[')
	rest, negated := strings.CutPrefix(set, "!")
	if negated {
		b.WriteByte('^')
	}
	runes := []rune(rest)
	for i, r := range runes {
		if r != '-' || i == 0 || i == len(runes)-1 {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	b.WriteByte(']')
	return b.String()
}
