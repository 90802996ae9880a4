package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/watchkeeper-go/watchkeeper/config"
)

// Each file of testdata/faults holds files of a configuration, the first of
// them the root, and what is told about them: "want" with every line of the
// error, "notes" with every note, where $D is the directory.
func TestFaultsAndNotes(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/faults/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases (error %v)", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir, root, want := unpack(t, archive)
			got := told(root, dir)
			if *update {
				writeTold(t, file, archive, got)
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", archive.Comment, diff)
			}
		})
	}
}

// unpack writes the files of a case and returns what is to be told about them.
func unpack(t *testing.T, archive *txtar.Archive) (dir, root string, want map[string]string) {
	t.Helper()
	dir, want = t.TempDir(), map[string]string{}
	for _, f := range archive.Files {
		if f.Name == "want" || f.Name == "notes" {
			want[f.Name] = string(f.Data)
			continue
		}
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		if root == "" {
			root = path
		}
	}
	return dir, root, want
}

// told loads root on a machine where everything is there but what is called
// "missing", and returns error and notes.
func told(root, dir string) map[string]string {
	host := config.Portable()
	host.Portable = strings.HasPrefix(filepath.Base(root), "portable")
	host.Environ, host.Hostname, host.Cwd = []string{"HOME=/root"}, "box", "/cwd"
	anyUser := host.LookupUser
	host.LookupUser = func(name string) (config.UserInfo, error) {
		if name == "missing" || strings.Contains(name, ";") {
			return config.UserInfo{}, errors.New("no such user")
		}
		return anyUser(name)
	}
	host.DirExists = func(path string) bool { return !strings.Contains(path, "missing") }
	c, err := config.Load(root, host, nil)
	out := map[string]string{}
	if err != nil {
		out["want"] = strings.ReplaceAll(err.Error(), dir, "$D") + "\n"
	}
	if c != nil {
		var notes strings.Builder
		for _, n := range c.Notes {
			notes.WriteString(strings.ReplaceAll(n.Error(), dir, "$D") + "\n")
		}
		if notes.Len() > 0 {
			out["notes"] = notes.String()
		}
	}
	return out
}

// writeTold brings a case up to date.
func writeTold(t *testing.T, file string, archive *txtar.Archive, got map[string]string) {
	t.Helper()
	var kept []txtar.File
	for _, f := range archive.Files {
		if f.Name != "want" && f.Name != "notes" {
			kept = append(kept, f)
		}
	}
	for _, name := range []string{"want", "notes"} {
		if text, ok := got[name]; ok {
			kept = append(kept, txtar.File{Name: name, Data: []byte(text)})
		}
	}
	archive.Files = kept
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}
