package trigger_test

import (
	"bufio"
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/trigger"
)

var (
	formStart = regexp.MustCompile(`\b(date|interval|cron|crontab|calendarinterval|and|or)\[`)
	jsonForm  = regexp.MustCompile(`\{"trigger":"[a-z]+".*\}`)
	parseCall = regexp.MustCompile(`trigger\.Parse\(("(?:[^"\\]|\\.)*")\)`)
	nextCall  = regexp.MustCompile(`^[\s/$]*watchkeeper next (.*[=].*)$`)
	argument  = regexp.MustCompile(`(?:[^\s'"]|'[^']*'|"[^"]*")+`)
	lineCall  = regexp.MustCompile(`trigger\.Crontab\(("(?:[^"\\]|\\.)*")`)
)

// TestTextsInDocumentation: each trigger that stands in a doc comment or in
// docs can be read.
func TestTextsInDocumentation(t *testing.T) {
	found := 0
	read := func(place, text string, err error) {
		found++
		if err != nil {
			t.Errorf("%s: %s: %v", place, text, err)
		}
	}
	for place, line := range documentation(t) {
		for _, at := range formStart.FindAllStringIndex(line, -1) {
			if text := toBracket(line[at[0]:]); !strings.Contains(text, "...") {
				_, err := trigger.Parse(text)
				read(place, text, err)
			}
		}
		for _, text := range jsonForm.FindAllString(line, -1) {
			_, err := trigger.Decode([]byte(text))
			read(place, text, err)
		}
		if call := nextCall.FindStringSubmatch(line); call != nil && !strings.Contains(call[1], "KEY=") {
			_, err := trigger.FromOptions(arguments(call[1]), trigger.Defaults{Now: time.Now(), ReadFile: noFile})
			read(place, line, err)
		}
		for _, call := range append(parseCall.FindAllStringSubmatch(line, -1), lineCall.FindAllStringSubmatch(line, -1)...) {
			text, err := strconv.Unquote(call[1])
			if err == nil && strings.HasPrefix(call[0], "trigger.Parse") {
				_, err = trigger.Parse(text)
			} else if err == nil {
				_, err = trigger.Crontab(text)
			}
			read(place, call[0], err)
		}
	}
	if found < 15 {
		t.Errorf("only %d triggers were found in doc comments and docs", found)
	}
}

// arguments are the options of a command line, as a shell splits it.
func arguments(line string) (all []trigger.Option) {
	words := argument.FindAllString(line, -1)
	for i, word := range words {
		key, value, ok := strings.Cut(word, "=")
		if !ok || i > 0 && words[i-1][0] == '-' || word[0] == '-' {
			continue // a flag, or its value
		}
		if n := len(value); n > 1 && (value[0] == '\'' || value[0] == '"') && value[0] == value[n-1] {
			value = value[1 : n-1]
		}
		all = append(all, trigger.Option{Key: key, Value: value})
	}
	return all
}

// noFile is a calendar with one day, whatever the name.
func noFile(string) ([]byte, error) {
	return []byte(event("DTSTART:20261225")), nil
}

// toBracket is text up to the bracket that closes its first one, or all of it.
func toBracket(text string) string {
	depth, quoted := 0, false
	for i, c := range text {
		switch {
		case c == '\'':
			quoted = !quoted
		case c == '[' && !quoted:
			depth++
		case c == ']' && !quoted:
			if depth--; depth == 0 {
				return text[:i+1]
			}
		}
	}
	return text
}

// documentation yields the lines of all doc comments and pages, with their
// places.
func documentation(t *testing.T) func(yield func(place, line string) bool) {
	var pages []string
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != ".." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return filepath.SkipDir
		case strings.HasSuffix(path, ".md"), strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
			pages = append(pages, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func(place, line string) bool) {
		for _, page := range pages {
			data, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(page, ".go") {
				data = comments(t, page, data)
			}
			lines := bufio.NewScanner(bytes.NewReader(data))
			lines.Buffer(nil, 1<<20)
			for n := 1; lines.Scan(); n++ {
				if !yield(page+":"+strconv.Itoa(n), lines.Text()) {
					return
				}
			}
			if lines.Err() != nil {
				t.Fatal(page, lines.Err())
			}
		}
	}
}

// comments is a source file with only its comments left, on their lines.
func comments(t *testing.T, name string, source []byte) []byte {
	if !bytes.Contains(source, []byte("trigger")) && !bytes.Contains(source, []byte("watchkeeper next")) {
		return nil
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, group := range file.Comments {
		text = fill(text, files.Position(group.Pos()).Line, group)
	}
	return []byte(strings.Join(text, "\n"))
}

func fill(text []string, line int, group *ast.CommentGroup) []string {
	for len(text) < line-1 {
		text = append(text, "")
	}
	for _, c := range group.List {
		text = append(text, strings.Split(c.Text, "\n")...)
	}
	return text
}
