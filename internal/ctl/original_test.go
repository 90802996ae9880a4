package ctl_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/dialoguetest"
	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// original is Supervisor's own supervisorctl, see testdata/supervisorctl.py: as
// many as play at the same time.
type original chan *dialoguetest.Dialogue

// startOriginal skips the test where Debian's supervisor is not installed.
func startOriginal(t *testing.T, players int) original {
	t.Helper()
	python := servertest.Python(t, "supervisor.supervisorctl")
	o := make(original, players)
	for range players {
		o <- dialoguetest.Start(t, exec.Command(python, "testdata/supervisorctl.py"))
	}
	return o
}

// place is what Python adds to an error and we do not.
var place = regexp.MustCompile(`: file: \S+ line: \d+\n`)

// play is a player.
func (o original) play(t *testing.T, url string, s *scenario) (stdout, stderr string, code int) {
	file := filepath.Join(t.TempDir(), "ctl.conf")
	if err := os.WriteFile(file, []byte("[supervisorctl]\nserverurl="+url+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	one := <-o
	defer func() { o <- one }()
	var outcome struct {
		Stdout, Stderr string
		Code           int
	}
	if err := one.Ask(map[string]any{"args": append([]string{"-c", file}, s.words...), "stdin": s.stdin}, &outcome); err != nil {
		t.Fatal(err)
	}
	return place.ReplaceAllString(outcome.Stdout, "\n"), outcome.Stderr, outcome.Code
}
