package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

func TestParseProgramReadsWhatASectionWouldSay(t *testing.T) {
	t.Parallel()
	c := load(t, "[supervisord]\nenvironment = FROM=\"daemon\"\n[unix_http_server]\nfile = /tmp/s.sock\n[DEFAULT]\nautostart = false\n")
	programs, notes, err := c.ParseProgram("web", "worker", []config.ProgramOption{
		{"command", "run --group %(group_name)s --from %(ENV_FROM)s --rate 50%% ; all"},
		{"COMMAND", "run --group %(group_name)s --num %(process_num)d --from %(ENV_FROM)s --rate 50%% ; all"},
		{"numprocs", "2"}, {"process_name", "%(program_name)s_%(process_num)02d"}, {"environment", `MINE="1"`}, {"autostrat", "no"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(programs) != 2 || programs[1].Name != "worker_01" || programs[1].Group != "web" || !programs[1].Start.Auto {
		t.Fatalf("processes are %+v", programs)
	}
	if got, want := programs[1].Command, "run --group web --num 1 --from daemon --rate 50% ; all"; got != want {
		t.Errorf("command is %q, want %q", got, want)
	}
	if diff := cmp.Diff([]supervise.Var{{Name: "FROM", Value: "daemon"}, {Name: "MINE", Value: "1"}}, programs[0].Child.Environment); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
	if got := programs[0].Child.ServerURL; got != "unix:///tmp/s.sock" {
		t.Errorf("server URL is %q", got)
	}
	if len(notes) != 1 || notes[0].Error() != "[program:worker] autostrat: unknown key, did you mean autostart?" {
		t.Errorf("notes are %v", notes)
	}
}

// The first line is Supervisor's; every fault follows in ours.
func TestParseProgramTellsEveryFault(t *testing.T) {
	t.Parallel()
	path := write(t, "[supervisord]\n")
	c, err := config.Load(path, config.Portable(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		options []config.ProgramOption
		want    []string
	}{
		{"x", nil, []string{
			"program section program:x does not specify a command in section 'program:x' (file: '$F')",
			"[program:x] command: program section program:x does not specify a command, add a line command = "}},
		{"x", []config.ProgramOption{{"command", "cat"}, {"startsecs", "abc"}, {"autostart", "maybe"}}, []string{
			"not a valid boolean value: 'maybe' in section 'program:x' (file: '$F')",
			"[program:x] autostart: not a valid boolean value: 'maybe', ",
			"[program:x] startsecs: invalid literal for int() with base 10: 'abc', "}},
		{"x", []config.ProgramOption{{"command", "cat %(nope)s"}}, []string{
			"Format string 'cat %(nope)s' for 'program:x.command' contains names ('nope') which cannot be expanded.",
			"[program:x] command: "}},
		{"a:b", []config.ProgramOption{{"command", "cat"}}, []string{
			"Invalid name: 'a:b' because of character: ':' in section 'program:a:b' (file: '$F')",
			"[program:a:b] Invalid name: 'a:b' because of character: ':', "}},
	} {
		_, _, err := c.ParseProgram("g", tt.name, tt.options)
		if err == nil {
			t.Errorf("%s %v is taken", tt.name, tt.options)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		for i, want := range tt.want {
			if want = strings.ReplaceAll(want, "$F", path); len(lines) != len(tt.want) || !strings.HasPrefix(lines[i], want) {
				t.Errorf("%s %v: line %d of\n%s\nwant %q", tt.name, tt.options, i, err, want)
			}
		}
	}
}
