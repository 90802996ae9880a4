package arch_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// TestReadmesSayTheSame holds README.zh-CN.md to README.md: the same examples in
// the same order, and the same documents in the table at the end.
func TestReadmesSayTheSame(t *testing.T) {
	english, chinese := readme(t, "README.md"), readme(t, "README.zh-CN.md")
	for name, pattern := range map[string]*regexp.Regexp{
		"example":  regexp.MustCompile("(?ms)^```.*?^```$|^    .*?$"),
		"document": regexp.MustCompile("(?m)^\\| `[^|]*docs/[^|]*\\|"),
	} {
		want, got := pattern.FindAllString(english, -1), pattern.FindAllString(chinese, -1)
		if name == "document" {
			want, got = documents(want), documents(got)
		}
		if len(want) < 5 {
			t.Errorf("README.md has %d of what is taken for an %s", len(want), name)
		}
		for i := range max(len(want), len(got)) {
			if i >= len(want) || i >= len(got) || want[i] != got[i] {
				t.Errorf("README.zh-CN.md departs from README.md at %s %d:\n%s\nwant\n%s", name, i+1, at(got, i), at(want, i))
				break
			}
		}
	}
}

// documents are the files that rows of a table name, whatever is between them.
func documents(rows []string) []string {
	file := regexp.MustCompile("`[^`]+`")
	var found []string
	for _, row := range rows {
		found = slices.Concat(found, file.FindAllString(row, -1))
	}
	return found
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "(nothing)"
}

func readme(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
