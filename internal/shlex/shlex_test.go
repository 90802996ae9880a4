package shlex_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/shlex"
)

// The expectations are what Python 3.11's shlex.split answers.
func TestSplit(t *testing.T) {
	for _, c := range []struct {
		command string
		want    []string
		err     string
	}{
		{command: "", want: nil},
		{command: " \t\r\n", want: nil},
		{command: "/bin/cat  -v\n-n", want: []string{"/bin/cat", "-v", "-n"}},
		{command: `sh -c 'a "b" \c'`, want: []string{"sh", "-c", `a "b" \c`}},
		{command: `x"y z"w`, want: []string{"xy zw"}},
		{command: `'' a ""`, want: []string{"", "a", ""}},
		{command: `a\ b\'c`, want: []string{"a b'c"}},
		{command: "a\\\nb", want: []string{"a\nb"}},
		{command: `"a\nb\"c\\d\$e"`, want: []string{`a\nb"c\d\$e`}},
		{command: `a # b`, want: []string{"a", "#", "b"}},
		{command: `a && b;c`, want: []string{"a", "&&", "b;c"}},
		{command: `héllo "wörld"`, want: []string{"héllo", "wörld"}},
		{command: `a "b`, err: "No closing quotation"},
		{command: `it's`, err: "No closing quotation"},
		{command: `a\`, err: "No escaped character"},
		{command: `"a\`, err: "No escaped character"},
	} {
		got, err := shlex.Split(c.command)
		if text(err) != c.err {
			t.Errorf("Split(%q) fails with %q, want %q", c.command, text(err), c.err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("Split(%q) (-want +got):\n%s", c.command, diff)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// FuzzSplit checks that words which are quoted come back as they were,
// and that any text is split or refused with one of two errors.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"", "a b", `it's "x\"y" \`, "\x00\xff\n", `''`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := shlex.Split(s); err != nil &&
			err.Error() != "No closing quotation" && err.Error() != "No escaped character" {
			t.Errorf("Split(%q) fails with %v", s, err)
		}
		for _, quoted := range []string{
			"'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'",
			`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`,
		} {
			got, err := shlex.Split("x " + quoted + "\ty")
			if diff := cmp.Diff([]string{"x", s, "y"}, got); err != nil || diff != "" {
				t.Errorf("Split of %q as a word, %v (-want +got):\n%s", s, err, diff)
			}
		}
	})
}
