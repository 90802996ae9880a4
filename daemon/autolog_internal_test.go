package daemon

import (
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

func TestAutoLogs(t *testing.T) {
	dir := t.TempDir()
	logs := autoLogs{dir: dir, identifier: "super.visor"}

	first, err := logs.create("web_00", "stdout")
	if err != nil {
		t.Fatal(err)
	}
	if want := regexp.MustCompile(`^web_00-stdout---super\.visor-[a-z0-9_]{8}\.log$`); !want.MatchString(filepath.Base(first)) {
		t.Errorf("create makes %s, want a match of %s", filepath.Base(first), want)
	}
	info, err := os.Stat(first)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := info.Mode(), fs.FileMode(0o600); got != want {
		t.Errorf("mode of the file = %v, want %v", got, want)
	}
	second, err := logs.create("web_00", "stdout")
	if err != nil || second == first {
		t.Errorf("a second log is %s, %v, want another than %s", second, err, first)
	}

	kept := []string{
		"web-stdout---other-abcdefgh.log",
		"web-stdout---superXvisor-abcdefgh.log", // the identifier is no regular expression
		"web.log",
		"---super.visor-abcdefgh.log", // nothing stands before the dashes
	}
	for _, name := range append([]string{
		"web-stdout---super.visor-abcdefgh.log.1",
		"web-stderr---super.visor-abcdefgh.log",
		"web-stderr---super.visor-abcdefgh.log.1234.bak", // begins like one
	}, kept...) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	logs.clean(slog.New(slog.NewTextHandler(io.Discard, nil)))
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	slices.Sort(kept)
	if !slices.Equal(left, kept) {
		t.Errorf("clean leaves %q, want %q", left, kept)
	}
}

func TestAutoLogCannotBeMade(t *testing.T) {
	logs := autoLogs{dir: filepath.Join(t.TempDir(), "missing"), identifier: "supervisor"}
	if path, err := logs.create("web", "stdout"); err == nil {
		t.Errorf("create in a missing directory = %s, want an error", path)
	}
}
