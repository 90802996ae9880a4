package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/config"
)

// settings are in short: the value, and the file and line.
func settings(dir string, of []config.ProgramSetting) map[string]string {
	found := map[string]string{}
	for _, s := range of {
		text := s.Value
		if s.Place.File != "" {
			text += " @" + strings.TrimPrefix(s.Place.File, dir+"/") + ":" + string(rune('0'+s.Place.Line))
		}
		found[s.Key] = text
	}
	return found
}

func TestProgramSettingsTellWhereTheyStand(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"main.conf": "[supervisord]\nlogfile = NONE\nenvironment = A=\"1\",TOKEN=\"hidden\"\n[include]\nfiles = *.inc\n",
		"web.inc":   "[program:web]\ncommand = serve --token hidden\nprocess_name = w\nenvironment = B=\"%(program_name)s\",A=\"2\"\nstopsignal = int\n",
		"fcgi.inc":  "[fcgi-program:php]\ncommand = php\nsocket = tcp://localhost:9000\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Load(filepath.Join(dir, "main.conf"), config.System(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range c.Groups {
		p := &g.Programs[0]
		got := settings(dir, c.ProgramSettings(p))
		switch g.Name {
		case "web":
			for key, want := range map[string]string{
				"command": "serve --token *** @web.inc:2", "stopsignal": "INT @web.inc:5", "startsecs": "1", "stdout_logfile": "AUTO", "autorestart": "unexpected",
			} {
				if got[key] != want {
					t.Errorf("%s: %q, want %q", key, got[key], want)
				}
			}
			if _, ok := got["socket"]; ok {
				t.Error("a program without a socket has one")
			}
			want := map[string]string{"A": "2 @web.inc:4", "B": "web @web.inc:4", "TOKEN": "*** @main.conf:3"}
			if diff := cmp.Diff(want, settings(dir, c.ProgramEnvironment(p))); diff != "" {
				t.Errorf("environment (-want +got):\n%s", diff)
			}
		case "php":
			if got, want := got["socket"], "tcp://localhost:9000 @fcgi.inc:3"; got != want {
				t.Errorf("socket: %q, want %q", got, want)
			}
		}
	}
}
