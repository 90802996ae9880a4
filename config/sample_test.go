package config_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/config"
)

var update = flag.Bool("update", false, "write docs/configuration.md instead of comparing with it")

func TestSampleLoads(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "supervisord.conf")
	var b bytes.Buffer
	if err := config.WriteSample(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, config.System(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Scheduler != nil {
		t.Error("the sample starts a scheduler")
	}
	if len(c.Groups) != 0 || len(c.Notes) != 0 || c.ServerURL != "unix:///tmp/supervisor.sock" {
		t.Errorf("the sample gives groups %v, notes %v, server %q; want none, none and the unix one", c.Groups, c.Notes, c.ServerURL)
	}
	client, err := config.LoadClient(path, config.System())
	if err != nil || client.ServerURL != c.ServerURL {
		t.Errorf("supervisorctl goes to %q (error %v), want %q", client.ServerURL, err, c.ServerURL)
	}
}

// Every line of the sample that shows an option must load when its mark is
// taken away: what is shown is right.
func TestSampleLoadsWithEverythingSwitchedOn(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := config.WriteSample(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ";") && !strings.HasPrefix(line, "; ") {
			lines[i] = strings.TrimPrefix(line, ";")
		}
	}
	text := strings.Join(lines, "\n")
	text = strings.Replace(text, "programs = web,worker", "programs = theprogram", 1)
	text = strings.Replace(text, "lease = 10s\n", "", 1) // the executor of the sample is of another type
	path := filepath.Join(t.TempDir(), "supervisord.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, config.Portable(), nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if len(c.Groups) != 3 {
		t.Errorf("%d groups, want the group, the listener and the FastCGI program", len(c.Groups))
	}
	if s := c.Scheduler; s == nil || len(s.Jobs) != 1 || len(s.Stores) != 2 || len(s.Executors) != 2 {
		t.Errorf("the scheduler is %+v, want the job, the store and the executor of the sample", s)
	}
}

func TestDocsAreCurrent(t *testing.T) {
	t.Parallel()
	var want bytes.Buffer
	if err := config.WriteDocs(&want); err != nil {
		t.Fatal(err)
	}
	const path = "../docs/configuration.md"
	if *update {
		if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(got)); diff != "" {
		t.Errorf("%s is not what the schema prints; run go test ./config -run TestDocs -update (-want +got):\n%s", path, diff)
	}
}
