package runlog

import (
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Every ID has a path of its own, below the directory, that tells the ID.
func TestAPathTellsItsRun(t *testing.T) {
	l := New(Options{Dir: "/state/runs"})
	texts := func(t *rapid.T, what string) string {
		return rapid.OneOf(
			rapid.String(),
			rapid.StringMatching(`[a-z.%+/@!~]{0,450}@[0-9]{1,16}`),
			rapid.SampledFrom([]string{"", ".", "..", "../x@1", "a/../../b@1", "%@1", "@1", "a\x00b!1", strings.Repeat("世", 300) + "@5"}),
		).Draw(t, what)
	}
	rapid.Check(t, func(t *rapid.T) {
		run := Run{texts(t, "store"), texts(t, "run")}
		path := l.path(run)
		relative, err := filepath.Rel("/state/runs", path)
		if err != nil || strings.HasPrefix(relative, "..") {
			t.Fatalf("%q is at %s", run, path)
		}
		for _, name := range strings.Split(relative, "/") {
			if len(name) > 255 || strings.HasPrefix(name, ".") {
				t.Fatalf("%q has a file called %s", run, name)
			}
		}
		if got, ok := runOf(relative); !ok || got != run {
			t.Fatalf("%s tells %q (%v), want %q", relative, got, ok, run)
		}
	})
}

func TestOtherFilesTellNoRun(t *testing.T) {
	for _, path := range []string{
		"x.log", "job/@1.log", "s/job/@1.log.1", "s/job/@1", "s/job+/@1.log", "s+/job/@1.log", "s/a/b/@1.log", "s/job/%zz.log", "s/%zz/@1.log", "%zz/job/@1.log",
	} {
		if run, ok := runOf(path); ok {
			t.Errorf("%s tells %q", path, run)
		}
	}
}
