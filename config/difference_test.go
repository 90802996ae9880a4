package config_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// spec is a group with something in each part of it.
func spec() supervise.GroupSpec {
	return supervise.GroupSpec{
		Name: "web", Priority: 999, Kind: supervise.KindGroup,
		Listener: &supervise.ListenerSpec{BufferSize: 10, Events: []string{"EVENT"}, JobEvents: []string{"JOB"}, ResultHandler: "r"},
		Socket:   &supervise.SocketSpec{URL: "unix:///s", UID: -1, GID: -1},
		Programs: []supervise.Program{{
			Name: "w", Group: "web", Section: "program:web", Command: "cat",
			Child: supervise.ChildSpec{User: &proc.User{Name: "u"}, Environment: []supervise.Var{{Name: "A", Value: "1"}}, ServerURLGiven: true},
			Start: supervise.StartPolicy{ExitCodes: []int{0}}, Socket: &supervise.SocketSpec{URL: "unix:///s"},
		}},
	}
}

// fields calls change for each plain value below v, which may set it.
func fields(v reflect.Value, path string, change func(path string, v reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fields(v.Elem(), path, change)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fields(v.Field(i), path+"."+v.Type().Field(i).Name, change)
		}
	case reflect.Slice:
		for i := range v.Len() {
			fields(v.Index(i), fmt.Sprintf("%s[%d]", path, i), change)
		}
	default:
		change(path, v)
	}
}

func alter(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		v.SetUint(v.Uint() + 1)
	default:
		step := int64(1)
		if v.Type().String() == "time.Duration" {
			step = 1_000_000_000
		}
		v.SetInt(v.Int() + step)
	}
}

// TestWhatDiffersIsExplained: each value that a reload looks at has an option to be
// told, and each difference that is told is one.
func TestWhatDiffersIsExplained(t *testing.T) {
	var paths []string
	at := spec()
	fields(reflect.ValueOf(&at), "", func(path string, _ reflect.Value) {
		if path != ".Name" { // groups of two names are not compared
			paths = append(paths, path)
		}
	})
	if len(paths) < 50 {
		t.Fatalf("only %d values are found: %v", len(paths), paths)
	}
	for _, path := range paths {
		old, new := spec(), spec()
		fields(reflect.ValueOf(&new), "", func(p string, v reflect.Value) {
			if p == path {
				alter(v)
			}
		})
		found := config.Explain(old, new)
		if equal := old.Equal(new); equal != (len(found) == 0) {
			t.Errorf("%s: equal is %v, and what differs is %+v", path, equal, found)
		}
		for _, d := range found {
			if d.Old == d.New && d.Key != "" {
				t.Errorf("%s: %q is told to have become the same", path, d.Key)
			}
		}
	}
}

func TestDifferencesAreToldInWordsOfTheFiles(t *testing.T) {
	old := load(t, `[supervisord]
[program:web]
command = serve --password old --port 1
process_name = web_%(process_num)d
numprocs = 3
environment = MODE="a",DB_PASSWORD="one",GONE="x"
stdout_logfile_maxbytes = 50MB
user = 0
`)
	new := load(t, `[supervisord]
[program:web]
command = serve --password new --port 1
process_name = web_%(process_num)d
numprocs = 2
environment = MODE="b",DB_PASSWORD="two",URL="http://u:secret@h/"
stdout_logfile_maxbytes = 1GB
user = 0
autorestart = true
`)
	want := []config.Difference{
		{"program:web", "", "command", "***", "serve --password *** --port 1"},
		{"program:web", "", "autorestart", "unexpected", "true"},
		{"program:web", "", "stdout_logfile_maxbytes", "50MB", "1GB"},
		{"program:web", "", "environment", "DB_PASSWORD=***", "DB_PASSWORD=***"},
		{"program:web", "", "environment", "GONE=x", ""},
		{"program:web", "", "environment", "MODE=a", "MODE=b"},
		{"program:web", "", "environment", "", "URL=http://u:***@h/"},
		{"program:web", "web_2", "", "serve --password *** --port 1", ""},
	}
	if diff := cmp.Diff(want, config.Explain(old.Groups[0], new.Groups[0])); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDifferencesOfAJobAreOptions(t *testing.T) {
	text := "[supervisord]\n[scheduler]\nstate_directory = /tmp/x\n[job:j]\ncrontab = %s\ncommand = backup\nenvironment = P=\"%s\"\n"
	old, new := load(t, fmt.Sprintf(text, "0 3 * * *", "a")), load(t, fmt.Sprintf(text, "0 4 * * *", "b")+"timeout = 5\n")
	want := []config.Difference{
		{"job:j", "", "crontab", "0 3 * * *", "0 4 * * *"},
		{"job:j", "", "environment", "***", "***"},
		{"job:j", "", "timeout", "", "5"},
	}
	if diff := cmp.Diff(want, config.ExplainJob(old.Scheduler.Jobs[0], new.Scheduler.Jobs[0])); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSettingsThatNoUpdateApplies(t *testing.T) {
	old := load(t, "[supervisord]\nloglevel = info\nchildlogdir = /tmp\n[inet_http_server]\nport = 127.0.0.1:9001\nusername = u\npassword = old\n[program:a]\ncommand = x\n")
	new := load(t, "[supervisord]\nloglevel = debug\nstrip_ansi = true\n[inet_http_server]\nport = 127.0.0.1:9001\nusername = u\npassword = new\n[program:a]\ncommand = y\n")
	type row struct {
		Section, Key, Old, New string
		Was, Is                int
	}
	var got []row
	for _, c := range config.DiffSettings(old, new) {
		got = append(got, row{c.Section, c.Key, c.Old, c.New, c.Was.Line, c.Is.Line})
	}
	want := []row{
		{"inet_http_server", "password", "***", "***", 7, 7},
		{"supervisord", "childlogdir", "/tmp", "", 3, 0},
		{"supervisord", "loglevel", "info", "debug", 2, 2},
		{"supervisord", "strip_ansi", "", "true", 0, 3},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPlacesOfOptions(t *testing.T) {
	c := load(t, "[supervisord]\nenvironment = A=\"1\"\n[program:a]\ncommand = x\n")
	for name, want := range map[string]int{"program:a command": 4, "program:a environment": 2, "program:a user": 0, "program:b command": 0, "supervisord environment": 2} {
		section, key, _ := strings.Cut(name, " ")
		if got := c.Place(section, key).Line; got != want {
			t.Errorf("%s stands in line %d, want %d", name, got, want)
		}
	}
	if got := c.SectionPlace("program:a").Line; got != 3 {
		t.Errorf("the section begins in line %d, want 3", got)
	}
	if got := (&config.Config{}).Place("a", "b"); got != (config.Place{}) {
		t.Errorf("a configuration of no file has %v", got)
	}
}

func TestSecretsAreMasked(t *testing.T) {
	for text, want := range map[string]string{
		"serve --port 1":                     "serve --port 1",
		"x --password=abc -v":                "x --password=*** -v",
		`x --token "a b" y`:                  "x --token *** y",
		"psql postgres://u:p%40ss@h/d -c x":  "psql postgres://u:***@h/d -c x",
		"curl http://h:80/x":                 "curl http://h:80/x",
		"API_KEY=abc run":                    "API_KEY=*** run",
		"mysql --password":                   "mysql --password",
		"redis-cli -u redis://:secret@h:1/0": "redis-cli -u redis://:***@h:1/0",
		"psql postgres://u:p@ss/x@h/d -c y":  "psql postgres://u:***@h/d -c y",
		`{"password": "a b", "user": "u"}`:   `{"password": ***, "user": "u"}`,
	} {
		if got := config.MaskText(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	for name, masked := range map[string]bool{"DB_PASSWORD": true, "aws_secret": true, "API_KEY": true, "PWD": false, "MODE": false, "SSH_AUTH_SOCK": false} {
		if got := config.MaskVariable(name, "value") == config.Masked; got != masked {
			t.Errorf("%s is masked: %v, want %v", name, got, masked)
		}
	}
}
