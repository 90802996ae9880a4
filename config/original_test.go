package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// answer is what the original made of one configuration.
type answer struct {
	Error  string          `json:"error"`
	Expect json.RawMessage `json:"expect"`
}

// Generated configurations, good and bad, mean what they mean to the real
// Supervisor, and are refused with its own first line.
func TestLoadAgreesWithSupervisor(t *testing.T) {
	t.Parallel()
	python := servertest.Python(t, "supervisor.options")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	const cases = 500
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(seed, 0))
	paths := make([]string, cases)
	for i := range paths {
		paths[i] = writeCase(t, filepath.Join(dir, fmt.Sprint(i)), generate(rng))
	}
	env := environ()
	host := config.System()
	host.Environ = env
	refused := 0
	for i, want := range askSupervisor(t, env, paths, python, "testdata/oracle.py") {
		if want.Error != "" {
			refused++
		}
		if diff := compare(t, paths[i], host, want); diff != "" {
			t.Errorf("case %d of seed %d (-supervisor +ours):\n%s\n%s", i, seed, diff, contents(t, paths[i]))
		}
	}
	t.Logf("%d configurations, %d of them refused", cases, refused)
	if refused < cases/10 || refused > cases*9/10 {
		t.Errorf("%d of %d refused: the generator no longer makes both kinds", refused, cases)
	}
}

// A file with jobs can be given back to Supervisor: every section and key of
// ours, with every form of value, changes nothing of what it understands.
func TestSupervisorPassesOverJobs(t *testing.T) {
	t.Parallel()
	python := servertest.Python(t, "supervisor.options")
	const plain = "[supervisord]\nenvironment = A=\"1\"\n[inet_http_server]\nport = 127.0.0.1:9001\n[program:web]\ncommand = cat\n" +
		"[eventlistener:ear]\ncommand = cat\nevents = TICK_5\n"
	ours := strings.Replace(plain, "[program:web]\n", "[program:web]\norphans = kill\nrestartpause = 5\nexit_on = failure\nstdout_prefix = \"%(program_name)s | \"\nstderr_prefix = %(program_name)s | \n", 1) +
		"job_events = JOB_EXECUTED,JOB_ERROR\n" + seedJob[strings.Index(seedJob, "[jobstore"):] + everyJobOption(t)
	ours = strings.Replace(ours, "[supervisord]\n", "[supervisord]\nexit_code = propagate\nexit_when_all_done = false\n", 1)
	dir := t.TempDir()
	paths := []string{
		writeCase(t, filepath.Join(dir, "plain"), map[string]string{"main.conf": plain}),
		writeCase(t, filepath.Join(dir, "ours"), map[string]string{"main.conf": ours}),
	}
	answers := askSupervisor(t, environ(), paths, python, "testdata/oracle.py")
	if answers[0].Error != "" || answers[1].Error != "" {
		t.Fatalf("the original says %q without and %q with\n%s", answers[0].Error, answers[1].Error, ours)
	}
	var without, with any
	decode(t, answers[0].Expect, &without)
	decode(t, answers[1].Expect, &with)
	if diff := cmp.Diff(without, with); diff != "" {
		t.Errorf("the original understands (-without +with jobs):\n%s", diff)
	}
}

// everyJobOption is text with every key of the sections that the original does
// not know: those about jobs, servers with TLS and tokens.
func everyJobOption(t *testing.T) string {
	t.Helper()
	var docs bytes.Buffer
	if err := config.WriteDocs(&docs); err != nil {
		t.Fatal(err)
	}
	values := []string{"%(zzz)s 100% %", "a ; b", `["a", {"b": 1}]`, "* * * * *", "now", "redis://u:p%40@h/1", "", "module:function EVENT_A|EVENT_B", "x\n  y"}
	var b strings.Builder
	keys := 0
	for _, section := range strings.Split(docs.String(), "\n## ")[1:] {
		title, table, _ := strings.Cut(section, "\n")
		if !slices.Contains([]string{"[scheduler]", "[jobstore:x]", "[executor:x]", "[job:x]", "[tls_server:x]", "[token:x]"}, title) {
			continue
		}
		b.WriteString(title + "\n")
		for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)`").FindAllStringSubmatch(table, -1) {
			fmt.Fprintf(&b, "%s = %s\n", row[1], values[keys%len(values)])
			keys++
		}
	}
	if keys < 80 {
		t.Fatalf("only %d keys are found in the docs", keys)
	}
	return b.String()
}

// environ is the environment of both sides.
func environ() []string {
	return []string{"PATH=/usr/bin:/bin", "LC_CTYPE=C.UTF-8", "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.Getenv("TMPDIR"),
		"WORD=a b", "SEVEN=7", "PERCENT=50%"}
}

// What supervisorctl takes from a file is what the real one takes.
func TestLoadClientAgreesWithSupervisorctl(t *testing.T) {
	t.Parallel()
	python := servertest.Python(t, "supervisor.options")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dir := t.TempDir()
	paths := make([]string, 300)
	for i := range paths {
		g := &generator{Rand: rand.New(rand.NewPCG(seed, uint64(i)))}
		g.section(g.one([]string{"supervisorctl", "supervisorctl", "supervisorctl", "supervisord"}), clientChoices, "serverurl", "username", "history_file")
		paths[i] = writeCase(t, filepath.Join(dir, fmt.Sprint(i)), map[string]string{"main.conf": g.b.String()})
	}
	host := config.System()
	host.Environ = environ()
	for i, want := range askSupervisor(t, environ(), paths, python, "testdata/oracle.py", "client") {
		c, err := config.LoadClient(paths[i], host)
		got := map[string]string{"serverurl": c.ServerURL, "username": c.Username, "password": c.Password, "prompt": c.Prompt, "history_file": c.HistoryFile}
		wanted := map[string]string{}
		if err != nil || want.Error != "" {
			line := ""
			if err != nil {
				line, _, _ = strings.Cut(err.Error(), "\n")
			}
			got, wanted = map[string]string{"error": line}, map[string]string{"error": withoutPassword(want.Error)}
		} else {
			decode(t, want.Expect, &wanted)
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("case %d of seed %d (-supervisorctl +ours):\n%s\n%s", i, seed, diff, contents(t, paths[i]))
		}
	}
}

// compare loads path and tells how the result differs from the original's.
func compare(t *testing.T, path string, host config.Host, want answer) string {
	t.Helper()
	got, err := config.Load(path, host, nil)
	if err != nil || want.Error != "" {
		line := ""
		if err != nil {
			line, _, _ = strings.Cut(err.Error(), "\n")
		}
		return cmp.Diff(withoutPassword(want.Error), line)
	}
	var b bytes.Buffer
	if err := got.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var gotTree, wantTree map[string]any
	decode(t, b.Bytes(), &gotTree)
	decode(t, want.Expect, &wantTree)
	for _, group := range gotTree["groups"].([]any) {
		for _, process := range group.(map[string]any)["processes"].([]any) {
			delete(process.(map[string]any), "user")   // the original keeps only the uid
			delete(process.(map[string]any), "socket") // and loses the socket of a program that a group lists
		}
	}
	return cmp.Diff(wantTree, gotTree)
}

// withoutPassword is an error of the original as ours words it: it does not
// quote a password.
func withoutPassword(text string) string {
	quoted := regexp.MustCompile(`^Format string .* for ('(?:[^']*\.)?password')`)
	return quoted.ReplaceAllString(text, "Format string '...' for $1")
}

func writeCase(t *testing.T, dir string, files map[string]string) string {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "main.conf")
}

func contents(t *testing.T, path string) string {
	t.Helper()
	var b strings.Builder
	for _, pattern := range []string{"*.conf", "conf.d/*"} {
		files, err := filepath.Glob(filepath.Join(filepath.Dir(path), pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "--- %s\n%s\n", file, text)
		}
	}
	return b.String()
}

func askSupervisor(t *testing.T, env, paths []string, command ...string) []answer {
	t.Helper()
	input, err := json.Marshal(paths)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = env
	cmd.Stdin = bytes.NewReader(input)
	cmd.Stderr = os.Stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var answers []answer
	decode(t, output, &answers)
	return answers
}
