package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGlob(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"b.conf", "a.conf", ".hidden.conf", "c.ini", "10.conf", "2.conf", "d/x.conf", "e/x.conf", "e/y.conf", "[z].conf", "q!.conf", `back\slash`} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "dangling")); err != nil {
		t.Fatal(err)
	}
	for pattern, want := range map[string][]string{
		"*.conf":       {"10.conf", "2.conf", "[z].conf", "a.conf", "b.conf", "q!.conf"},
		".*.conf":      {".hidden.conf"},
		"[ab].conf":    {"a.conf", "b.conf"},
		"[!ab].conf":   {"2.conf"},
		"[!a]?.conf":   {"10.conf", "q!.conf"},
		"[a-b].conf":   {"a.conf", "b.conf"},
		"[-a].conf":    {"a.conf"},
		"*/x.conf":     {"d/x.conf", "e/x.conf"},
		"**/y.conf":    {"e/y.conf"},
		"[de]/*":       {"d/x.conf", "e/x.conf", "e/y.conf"},
		"[[]z].conf":   {"[z].conf"},
		"[z.conf":      nil,
		"a.conf":       {"a.conf"},
		"none.conf":    nil,
		"dangling":     {"dangling"},
		"e/":           {"e/"},
		"none/*":       nil,
		`back\*`:       {`back\slash`},
		"?.{conf,ini}": nil,
	} {
		var got []string
		for _, path := range glob(filepath.Join(dir, "") + "/" + pattern) {
			got = append(got, path[len(dir)+1:])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("glob %q (-want +got):\n%s", pattern, diff)
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	keys := []string{"command", "autostart", "autorestart", "user", "umask", "stdout_logfile"}
	for name, want := range map[string]string{
		"comand": "command", "commmand": "command", "autostrat": "autostart", "uesr": "user", "usr": "user",
		"stdout_log_file": "stdout_logfile", "nothing": "", "xyz": "", "": "",
	} {
		if got := nearest(name, keys); got != want {
			t.Errorf("nearest to %q is %q, want %q", name, got, want)
		}
	}
}

// Every row of the schema says what a reader needs, and its default is good.
func TestSchemaIsComplete(t *testing.T) {
	t.Parallel()
	for _, table := range schema() {
		if table.help == "" {
			t.Errorf("%s has no help", table.title)
		}
		for _, o := range table.options {
			if o.help == "" || o.takes == "" || o.kind.parse == nil {
				t.Errorf("%s %s lacks its help, kind or what makes it take effect", table.title, o.key)
			}
			if o.unset && o.value != "" {
				t.Errorf("%s %s has a default and has none", table.title, o.key)
			}
			if !o.unset && o.value != "" {
				if _, err := o.kind.parse(Portable(), o.value); err != nil {
					t.Errorf("%s %s: default %q: %v", table.title, o.key, o.value, err)
				}
			}
		}
	}
}
