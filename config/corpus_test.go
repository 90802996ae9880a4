package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/config"
)

// expectation is one NNN.expected.json of the corpus; see its README.
type expectation struct {
	File      string
	Env       map[string]string
	From      string
	AsIs      *outcome        `json:"as_is"`
	AsInclude *outcome        `json:"as_include"`
	Rewritten *outcome        `json:"rewritten"`
	Expect    json.RawMessage `json:"expect"`
}

// outcome is what the original made of one variant.
type outcome struct {
	OK      bool
	Error   string
	Through string
	Changed struct {
		Env map[string]string
	}
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/corpus/*.expected.json")
	if err != nil || len(files) != 32 {
		t.Fatalf("found %d expectations (error %v), want 32", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".expected.json"), func(t *testing.T) {
			t.Parallel()
			want := readExpectation(t, file)
			host := plainDebian(t, want.Env)
			t.Run("as it is", func(t *testing.T) { want.check(t, "as_is", want.AsIs, host, want.path(t)) })
			t.Run("as an include", func(t *testing.T) { want.check(t, "as_include", want.AsInclude, host, want.wrapper(t)) })
			t.Run("rewritten", func(t *testing.T) {
				path := want.path(t)
				if want.Rewritten.Through == "include" {
					path = want.wrapper(t)
				}
				want.check(t, "rewritten", want.Rewritten, portable(want), path)
			})
			t.Run("as check --portable has it", func(t *testing.T) {
				want.check(t, want.From, want.Rewritten, portable(want), want.path(t))
			})
		})
	}
}

// check loads path and compares with what the original made of it.
func (e expectation) check(t *testing.T, variant string, o *outcome, host config.Host, path string) {
	t.Helper()
	if o == nil {
		return
	}
	got, err := config.Load(path, host, nil)
	switch {
	case o.OK && err != nil:
		t.Fatalf("load fails: %v", err)
	case !o.OK:
		e.checkFailure(t, o, err)
		return
	case variant != e.From:
		return
	}
	var b bytes.Buffer
	if err := got.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var gotTree, wantTree any
	decode(t, b.Bytes(), &gotTree)
	decode(t, []byte(e.expand(t, string(e.Expect), host)), &wantTree)
	if diff := cmp.Diff(wantTree, gotTree); diff != "" {
		t.Errorf("understood otherwise than the original (-want +got):\n%s", diff)
	}
}

// checkFailure wants the original's own line first in the text of err.
func (e expectation) checkFailure(t *testing.T, o *outcome, err error) {
	t.Helper()
	var faults config.Errors
	if !errors.As(err, &faults) {
		t.Fatalf("load gives %v, want faults", err)
	}
	got, _, _ := strings.Cut(err.Error(), "\n")
	if want := e.expand(t, o.Error, config.Host{Cwd: "/cwd"}); got != want {
		t.Errorf("first line is\n%s\nwant\n%s", got, want)
	}
}

func (e expectation) path(t *testing.T) string { return filepath.Join(corpusDir(t), e.File) }

// wrapper is a main file that includes the file and says nothing else.
func (e expectation) wrapper(t *testing.T) string {
	t.Helper()
	main := filepath.Join(t.TempDir(), "main.conf")
	text := "[supervisord]\n[include]\nfiles = " + e.path(t) + "\n"
	if err := os.WriteFile(main, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return main
}

func (e expectation) expand(t *testing.T, text string, host config.Host) string {
	return strings.NewReplacer("{here}", corpusDir(t), "{cwd}", host.Cwd).Replace(text)
}

func corpusDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("testdata/corpus")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// portable is the host of check --portable with the variables of a case.
func portable(e expectation) config.Host {
	h := config.Portable()
	h.Cwd = "/cwd"
	h.Environ = nil
	for name, value := range e.Env {
		h.Environ = append(h.Environ, name+"="+value)
	}
	return h
}

// plainDebian is a Debian machine with nothing but the base system.
func plainDebian(t *testing.T, env map[string]string) config.Host {
	t.Helper()
	h := config.Portable()
	h.Portable = false
	h.Cwd = "/cwd"
	h.Environ = nil
	for name, value := range env {
		if name == "WORKERS_COUNT" {
			value = "env-WORKERS_COUNT" // only the rewritten variant puts a number here
		}
		h.Environ = append(h.Environ, name+"="+value)
	}
	users := map[string]int{"root": 0, "nobody": 65534, "www-data": 33, "0": 0}
	h.LookupUser = func(name string) (config.UserInfo, error) {
		uid, ok := users[name]
		if !ok {
			return config.UserInfo{}, errors.New("no such user")
		}
		return config.UserInfo{Name: name, UID: uid, GID: uid}, nil
	}
	dirs := []string{"/", "/dev", "/etc", "/opt", "/root", "/run", "/tmp", "/usr", "/usr/local", "/var", "/var/log", "/var/log/supervisor", "/dev/fd", "/var/run", "/proc/self/fd", "/proc/1/fd", corpusDir(t)}
	h.DirExists = func(path string) bool { return slices.Contains(dirs, path) }
	return h
}

func readExpectation(t *testing.T, file string) expectation {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var e expectation
	decode(t, text, &e)
	return e
}

func decode(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}
