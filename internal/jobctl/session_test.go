package jobctl_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/watchkeeper-go/watchkeeper/client"
	"github.com/watchkeeper-go/watchkeeper/internal/jobctl"
	"github.com/watchkeeper-go/watchkeeper/internal/shlex"
)

var update = flag.Bool("update", false, "write what the commands print into testdata/*.txtar")

// scenario is one command out of an archive. Its files are NAME/cmd (the words,
// as a shell splits them), NAME/server (see exchange; "at URL" for no server at all),
// NAME/stdin, NAME/edit (what the user makes of the text in the editor, at each
// time) and NAME/want. Files with other names are for @name in answers.
type scenario struct {
	name string
	file map[string]string
}

func scenarios(a *txtar.Archive) (list []*scenario, shared map[string]string) {
	byName := map[string]*scenario{}
	shared = map[string]string{}
	for _, f := range a.Files {
		name, kind, ok := strings.Cut(f.Name, "/")
		if !ok {
			shared[f.Name] = strings.ReplaceAll(string(f.Data), "\n", "")
			continue
		}
		s := byName[name]
		if s == nil {
			s = &scenario{name, map[string]string{}}
			byName[name] = s
			list = append(list, s)
		}
		s.file[kind] = string(f.Data)
	}
	return list, shared
}

// now is when all scenarios are played.
func now() time.Time { return time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC) }

// outcome is what a command came to.
type outcome struct {
	stdout, stderr, edited bytes.Buffer
	code                   int
}

func (o *outcome) String() string {
	var b strings.Builder
	b.WriteString(o.stdout.String())
	if text := o.stdout.String(); text != "" && !strings.HasSuffix(text, "\n") {
		b.WriteString("(no newline)\n")
	}
	for line := range strings.Lines(o.stderr.String()) {
		b.WriteString("stderr: " + line)
	}
	for line := range strings.Lines(o.edited.String()) {
		b.WriteString("editor: " + line)
	}
	fmt.Fprintf(&b, "exit %d\n", o.code)
	return b.String()
}

// env is the world of a command that asks url.
func (o *outcome) env(url string) jobctl.Env {
	return jobctl.Env{
		Stdout: &o.stdout, Stderr: &o.stderr, Zone: time.FixedZone("CET", 3600), Now: now,
		Connect: func() (*client.Client, string, error) {
			c, err := client.New(client.Options{ServerURL: url})
			return c, url, err
		},
	}
}

// run runs a command as the command line does.
func (o *outcome) run(t *testing.T, env jobctl.Env, words []string) {
	t.Helper()
	err := jobctl.Run(t.Context(), env, "watchkeeper", words)
	exit, isExit := errors.AsType[jobctl.Exit](err)
	failure, isFailure := errors.AsType[*jobctl.Failure](err)
	switch {
	case err == nil:
	case isExit:
		o.code = int(exit)
	case isFailure:
		fmt.Fprintln(&o.stderr, "Error:", failure)
		o.code = 1
	default:
		fmt.Fprintln(&o.stderr, "Usage:", err)
		o.code = 2
	}
}

func (s *scenario) play(t *testing.T, shared map[string]string) string {
	t.Helper()
	var (
		o      outcome
		daemon *fake
	)
	url, elsewhere := strings.CutPrefix(strings.TrimSpace(s.file["server"]), "at ")
	if !elsewhere {
		daemon, url = start(t, s.file["server"], shared)
	}
	env := o.env(url)
	env.Stdin = strings.NewReader(s.file["stdin"])
	if edit, ok := s.file["edit"]; ok {
		env.Edit = func(_ context.Context, text []byte) ([]byte, error) {
			o.edited.Write(text)
			return []byte(edit), nil
		}
	}
	words, err := shlex.Split(s.file["cmd"])
	if err != nil {
		t.Fatal(err)
	}
	o.run(t, env, words)
	if daemon != nil {
		daemon.finish()
	}
	return strings.ReplaceAll(o.String(), url, "$URL")
}

func TestCommands(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		list, shared := scenarios(a)
		for _, s := range list {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar")+"/"+s.name, func(t *testing.T) {
				got := s.play(t, shared)
				if *update {
					record(a, s.name, got)
				} else if diff := cmp.Diff(s.file["want"], got); diff != "" {
					t.Errorf("watchkeeper %s (-want +got):\n%s", strings.TrimSpace(s.file["cmd"]), diff)
				}
			})
		}
		if *update {
			if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// record puts a new want behind the files of its scenario.
func record(a *txtar.Archive, name, got string) {
	last := 0
	for i, f := range a.Files {
		switch {
		case f.Name == name+"/want":
			a.Files[i].Data = []byte(got)
			return
		case strings.HasPrefix(f.Name, name+"/"):
			last = i
		}
	}
	want := txtar.File{Name: name + "/want", Data: []byte(got)}
	a.Files = append(a.Files[:last+1], append([]txtar.File{want}, a.Files[last+1:]...)...)
}
