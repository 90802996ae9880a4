package ctl_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/ctl"
)

var update = flag.Bool("update", false, "record testdata/*.txtar from Supervisor's own supervisorctl")

// scenario is one session out of an archive. Its files are NAME/ctl (the
// words of the command line), NAME/stdin, NAME/server (see exchange; "at URL"
// for no server at all, "auth user:password") and NAME/want. NAME/differs, if
// it is there, says why Supervisor does otherwise.
type scenario struct {
	name                string
	words               []string
	stdin, server, want string
	differs             string
}

func scenarios(a *txtar.Archive) (list []*scenario) {
	byName := map[string]*scenario{}
	for _, f := range a.Files {
		name, kind, _ := strings.Cut(f.Name, "/")
		s := byName[name]
		if s == nil {
			s = &scenario{name: name}
			byName[name] = s
			list = append(list, s)
		}
		switch data := string(f.Data); kind {
		case "ctl":
			s.words = strings.Fields(data)
		case "stdin":
			s.stdin = strings.TrimSuffix(data, "\\\n") // a last line without its end
		case "server":
			s.server = data
		case "want":
			s.want = data
		case "differs":
			s.differs = data
		}
	}
	return list
}

// player is a supervisorctl that can play a scenario.
type player func(t *testing.T, url string, s *scenario) (stdout, stderr string, code int)

// run plays the scenario with one supervisorctl and returns its output, what
// it wrote to stderr, and its exit code, in the form of a want file.
func (s *scenario) run(t *testing.T, play player) string {
	t.Helper()
	f := &fake{t: t}
	script, url := s.server, ""
	for strings.HasPrefix(script, "at ") || strings.HasPrefix(script, "auth ") {
		var line string
		line, script, _ = strings.Cut(script, "\n")
		if rest, ok := strings.CutPrefix(line, "at "); ok {
			url = rest
		} else {
			f.auth = strings.TrimPrefix(line, "auth ")
		}
	}
	if url == "" {
		url = f.start(script)
	}
	stdout, stderr, code := play(t, url, s)
	f.finish()
	return strings.ReplaceAll(wantFile(stdout, stderr, code), url, "$URL")
}

func wantFile(stdout, stderr string, code int) string {
	var b strings.Builder
	b.WriteString(stdout)
	if !strings.HasSuffix(stdout, "\n") && stdout != "" {
		b.WriteString("(no newline)\n")
	}
	for line := range strings.Lines(stderr) {
		b.WriteString("stderr: " + line)
	}
	b.WriteString("exit " + strconv.Itoa(code) + "\n")
	return b.String()
}

// ours plays a scenario with Run.
func ours(t *testing.T, url string, s *scenario) (string, string, int) {
	return oursFor(t, url, s, 300*time.Millisecond)
}

// patientOurs is ours for a daemon that is Supervisor: it may take its time.
func patientOurs(t *testing.T, url string, s *scenario) (string, string, int) {
	return oursFor(t, url, s, 30*time.Second)
}

func oursFor(t *testing.T, url string, s *scenario, patience time.Duration) (string, string, int) {
	var stdout, stderr bytes.Buffer
	env := ctl.Env{
		Stdin: strings.NewReader(s.stdin), Stdout: &stdout, Stderr: &stderr,
		Client:   config.Client{ServerURL: url},
		Patience: patience,
	}
	words := s.words
	for len(words) > 0 && strings.HasPrefix(words[0], "-") {
		switch words[0] {
		case "-i":
			env.Interactive = true
		case "-u":
			env.Client.Username, words = words[1], words[1:]
		case "-p":
			env.Client.Password, words = words[1], words[1:]
		default:
			t.Fatalf("no such option: %s", words[0])
		}
		words = words[1:]
	}
	env.Interactive = env.Interactive || len(words) == 0
	code := ctl.Run(t.Context(), env, words)
	return stdout.String(), stderr.String(), code
}

func archives(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	return files
}

func TestSessions(t *testing.T) {
	if *update {
		return // TestSupervisorAgrees is writing what this test reads
	}
	all := func(*scenario) bool { return true }
	forEachScenario(t, all, func(t *testing.T, s *scenario) {
		if diff := cmp.Diff(s.want, s.run(t, ours)); diff != "" {
			t.Errorf("supervisorctl %s (-want +got):\n%s", strings.Join(s.words, " "), diff)
		}
	})
}

func forEachScenario(t *testing.T, want func(*scenario) bool, check func(*testing.T, *scenario)) {
	for _, file := range archives(t) {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range scenarios(a) {
			if !want(s) {
				continue
			}
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar")+"/"+s.name, func(t *testing.T) {
				t.Parallel()
				check(t, s)
			})
		}
	}
}

// TestSupervisorAgrees plays the same sessions with Supervisor's own
// supervisorctl: the want files are what it prints.
func TestSupervisorAgrees(t *testing.T) {
	original := startOriginal(t, 2)
	if *update {
		for _, file := range archives(t) {
			record(t, file, original.play)
		}
		return
	}
	alike := func(s *scenario) bool { return s.differs == "" }
	forEachScenario(t, alike, func(t *testing.T, s *scenario) {
		if diff := cmp.Diff(s.want, s.run(t, original.play)); diff != "" {
			t.Errorf("supervisorctl %s (-want +supervisor's):\n%s", strings.Join(s.words, " "), diff)
		}
	})
}

// What help lists of ours stands behind all that Supervisor's lists.
func TestHelpBeginsWithSupervisors(t *testing.T) {
	original := startOriginal(t, 1)
	s := &scenario{words: []string{"help"}}
	const url = "unix:///nonexistent/s.sock"
	theirs, _, _ := original.play(t, url, s)
	got, _, _ := ours(t, url, s)
	if more, ok := strings.CutPrefix(got, theirs); !ok || theirs == "" || !strings.HasPrefix(more, "commands for jobs") {
		t.Errorf("help prints\n%s\nwant what Supervisor prints, and then the commands for jobs:\n%s", got, theirs)
	}
}

// record writes the want files of an archive anew.
func record(t *testing.T, file string, theirs player) {
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	old := a.Files
	a.Files = nil
	for _, s := range scenarios(&txtar.Archive{Files: old}) {
		play := theirs
		if s.differs != "" {
			play = ours
		}
		for _, f := range old {
			if name, kind, _ := strings.Cut(f.Name, "/"); name == s.name && kind != "want" {
				a.Files = append(a.Files, f)
			}
		}
		want := txtar.File{Name: s.name + "/want", Data: []byte(s.run(t, play))}
		a.Files = append(a.Files, want)
	}
	if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}
