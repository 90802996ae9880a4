package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
)

// watch runs watchkeeper with arguments.
func watch(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	w := world{argv0: "watchkeeper", prog: "watchkeeper", args: args, stdin: strings.NewReader(""), stdout: &out, stderr: &errs}
	code = w.run(context.Background())
	return code, out.String(), errs.String()
}

// What is printed is a section that loads, with the hash of the secret.
func TestNewToken(t *testing.T) {
	code, text, _ := watch("token", "new", "ci", "--role", "operate")
	secret := regexp.MustCompile(`(?m)^wkt_[A-Za-z0-9_-]{43}$`).FindString(text)
	_, section, ok := strings.Cut(text, "\n\n[token:ci]\n")
	if code != exitOK || secret == "" || !ok {
		t.Fatalf("exit %d and\n%s", code, text)
	}
	checkSection(t, secret, "[token:ci]\n"+section, config.OperateRole)

	code, text, _ = watch("token", "new", "board", "--role", "read", "--json")
	var parts struct{ Secret, Section string }
	if err := json.Unmarshal([]byte(text), &parts); code != exitOK || err != nil {
		t.Fatalf("exit %d, %v and\n%s", code, err, text)
	}
	checkSection(t, parts.Secret, parts.Section, config.ReadRole)
	if parts.Secret == secret {
		t.Error("the same secret twice")
	}
}

func checkSection(t *testing.T, secret, section string, role config.Role) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "main.conf")
	if err := os.WriteFile(path, []byte("[supervisord]\n"+section), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, config.System(), nil)
	if err != nil {
		t.Fatalf("%v in\n%s", err, section)
	}
	if len(c.Tokens) != 1 || c.Tokens[0].Role != role || c.Tokens[0].Hash != auth.HashOf(secret).String() {
		t.Errorf("%+v is not the token of %s, role %s", c.Tokens, secret, role)
	}
	if strings.Contains(section, secret) {
		t.Error("the secret is in the section")
	}
}

func TestNewTokenRefuses(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"ci"}, "give --role read, --role operate or --role admin"},
		{[]string{"ci", "--role", "root"}, "give --role read, --role operate or --role admin"},
		{[]string{"--role", "read"}, "wants one argument, NAME"},
		{[]string{"a b", "--role", "read"}, `"a b" is no name for a section`},
		{[]string{"a]\n[x", "--role", "read"}, "is no name for a section"},
	} {
		code, stdout, stderr := watch(append([]string{"token", "new"}, tt.args...)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, tt.want) {
			t.Errorf("%q: exit %d, %q, %q; want %q", tt.args, code, stdout, stderr, tt.want)
		}
	}
}

// A number of words that is wrong is told in the words of the command.
func TestWhichArgumentIsWanted(t *testing.T) {
	for words, want := range map[string]string{
		"links":             "links wants one argument, DIR",
		"token new a b":     "token new wants one argument, NAME",
		"job run --wait":    "job run wants the arguments JOB...",
		"scheduler pause x": "scheduler pause takes no arguments",
		"run list -n x":     `invalid argument "x" for "-n, --limit": a whole number is expected`,
	} {
		code, _, stderr := watch(strings.Fields(words)...)
		if want = "Error: " + want + "\nFor help, use watchkeeper -h\n"; code != exitUsage || stderr != want {
			t.Errorf("%s: exit %d, %q, want %q", words, code, stderr, want)
		}
	}
}

// What stands over what: the command line over the environment over the file.
func TestWhereClientsTakeTheirTokenFrom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.conf")
	text := "[supervisorctl]\ntoken = of-the-file\nusername = u\npassword = p\ntls_ca = /file/ca\ntls_key = /file/key\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	settle := func(values map[string]string) config.Client {
		t.Helper()
		values[keyConfig] = path
		c, err := world{}.clientConfig(values)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ofFile := config.Client{ServerURL: "http://localhost:9001", Prompt: "supervisor", Username: "u", Password: "p",
		Token: "of-the-file", TLS: config.ClientTLS{CA: "/file/ca", Key: "/file/key"}}
	for _, variable := range []string{envToken, envTLSCA, envTLSCert, envTLSKey} {
		t.Setenv(variable, "")
	}
	if diff := cmp.Diff(ofFile, settle(map[string]string{})); diff != "" {
		t.Errorf("of the file (-want +got):\n%s", diff)
	}
	t.Setenv(envToken, "of-the-environment")
	t.Setenv(envTLSCA, "/env/ca")
	t.Setenv(envTLSCert, "/env/cert")
	want := ofFile
	want.Token, want.TLS = "of-the-environment", config.ClientTLS{CA: "/env/ca", Cert: "/env/cert", Key: "/file/key"}
	if diff := cmp.Diff(want, settle(map[string]string{})); diff != "" {
		t.Errorf("of the environment (-want +got):\n%s", diff)
	}
	want.Token, want.Username = "", "me"
	if diff := cmp.Diff(want, settle(map[string]string{keyUsername: "me"})); diff != "" {
		t.Errorf("of the command line (-want +got):\n%s", diff)
	}
}
