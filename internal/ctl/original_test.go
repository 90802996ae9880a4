package ctl_test

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
)

// original is Supervisor's own supervisorctl; see testdata/supervisorctl.py.
type original struct {
	mu  sync.Mutex // one session at a time
	in  *json.Encoder
	out *bufio.Reader
}

// startOriginal skips the test where Debian's supervisor is not installed.
func startOriginal(t *testing.T) *original {
	t.Helper()
	python := pythonWithSupervisor(t)
	cmd := exec.CommandContext(t.Context(), python, "testdata/supervisorctl.py")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil && t.Context().Err() == nil {
			t.Errorf("supervisorctl.py: %v", err)
		}
	})
	return &original{in: json.NewEncoder(in), out: bufio.NewReader(out)}
}

// pythonWithSupervisor is an interpreter that has Supervisor. Debian's own is
// asked too, as another in PATH may hide it and does not have its modules.
func pythonWithSupervisor(t *testing.T) string {
	t.Helper()
	for _, interpreter := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(interpreter, "-c", "import supervisor.supervisorctl").Run() == nil {
			return interpreter
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("python3 with Supervisor is needed here")
	}
	t.Skip("no python3 with Supervisor on this machine")
	return ""
}

// place is what Python adds to an error and we do not.
var place = regexp.MustCompile(`: file: \S+ line: \d+\n`)

// play is a player.
func (o *original) play(t *testing.T, url string, s *scenario) (stdout, stderr string, code int) {
	file := filepath.Join(t.TempDir(), "ctl.conf")
	if err := os.WriteFile(file, []byte("[supervisorctl]\nserverurl="+url+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	job := map[string]any{"args": append([]string{"-c", file}, s.words...), "stdin": s.stdin}
	if err := o.in.Encode(job); err != nil {
		t.Fatal(err)
	}
	line, err := o.out.ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var outcome struct {
		Stdout, Stderr string
		Code           int
	}
	if err := json.Unmarshal(line, &outcome); err != nil {
		t.Fatal(err)
	}
	return place.ReplaceAllString(outcome.Stdout, "\n"), outcome.Stderr, outcome.Code
}
