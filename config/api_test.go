package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "supervisord.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, text string) *config.Config {
	t.Helper()
	c, err := config.Load(write(t, text), config.Portable(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLoadNamesAFileThatIsNotThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := config.Load(dir+"/none.conf", config.System(), nil); err == nil || err.Error() != "could not find config file "+dir+"/none.conf" {
		t.Errorf("a missing file gives %v", err)
	}
	if _, err := config.Load(dir, config.System(), nil); err == nil || !strings.HasPrefix(err.Error(), "could not read config file "+dir) {
		t.Errorf("a directory gives %v", err)
	}
}

func TestPercentSignsOfTheDaemonsEnvironment(t *testing.T) {
	t.Parallel()
	for _, percent := range []string{"%%", "%%%%"} { // 4.3.0 needs four
		c := load(t, "[supervisord]\nenvironment = A=\"5"+percent+"\"\n")
		if diff := cmp.Diff([]supervise.Var{{Name: "A", Value: "5%"}}, c.Daemon.Environment); diff != "" {
			t.Errorf("with %s (-want +got):\n%s", percent, diff)
		}
	}
}

func TestOverridesStandOverTheFile(t *testing.T) {
	t.Parallel()
	path := write(t, "[supervisord]\nloglevel = warn\nlogfile = /tmp/file.log\nuser = www-data\n")
	c, err := config.Load(path, config.Portable(), config.Overrides{"loglevel": "DEBUG", "nodaemon": "true", "minfds": "9", "user": "root", "umask": "077"})
	if err != nil {
		t.Fatal(err)
	}
	d := c.Daemon
	if d.Loglevel != "debug" || !d.Flags.Nodaemon || d.Limits.Minfds != 9 || d.Logfile != "/tmp/file.log" || d.UID != 0 || d.Umask != 0o077 {
		t.Errorf("daemon is %+v", d)
	}
	if _, err := config.Load(path, config.Portable(), config.Overrides{"loglevel": "loud"}); err == nil {
		t.Error("a bad level on the command line is taken")
	}
	if err := config.CheckOverride(config.Portable(), "loglevel", "foo"); err == nil || err.Error() != "bad logging level name 'foo'" {
		t.Errorf("the check of a bad level gives %v", err)
	}
	if err := config.CheckOverride(config.Portable(), "logfile_maxbytes", "1MB"); err != nil {
		t.Errorf("the check of a good size gives %v", err)
	}
}

func TestLoadClient(t *testing.T) {
	t.Parallel()
	host := config.Portable()
	host.Cwd, host.Home = "/cwd", func(string) (string, bool) { return "/home/me", true }
	path := write(t, "[supervisorctl]\nserverurl = unix://~/s.sock\nusername = u\nhistory_file = h\nprompt = p\n")
	got, err := config.LoadClient(path, host)
	want := config.Client{ServerURL: "unix:///home/me/s.sock", Username: "u", Prompt: "p", HistoryFile: "/cwd/h"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v, client (-want +got):\n%s", err, diff)
	}
	got, err = config.LoadClient(write(t, "[supervisorctl]\n"), host)
	if diff := cmp.Diff(config.DefaultClient(), got); err != nil || diff != "" {
		t.Errorf("error %v, client of an empty section (-want +got):\n%s", err, diff)
	}
	if _, err := config.LoadClient(write(t, "[supervisord]\n"), host); !errors.Is(err, config.ErrNoSection) {
		t.Errorf("a file without the section gives %v", err)
	}
	var faults config.Errors
	if _, err := config.LoadClient(write(t, "[supervisorctl]\nprompt = %(x)s\nusername = %\n"), host); !errors.As(err, &faults) || len(faults) != 2 {
		t.Errorf("two faults give %v", err)
	}
	if _, err := config.LoadClient(path+"none", host); err == nil || err.Error() != "could not find config file "+path+"none" {
		t.Errorf("a missing file gives %v", err)
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	old := load(t, "[supervisord]\n[program:same]\ncommand = a\n[program:edited]\ncommand = b\n[program:gone]\ncommand = c\n")
	next := load(t, "[supervisord]\n[program:new]\ncommand = d\n[program:edited]\ncommand = b2\n[program:same]\ncommand = a\n")
	added, changed, removed := config.Diff(old.Groups, next.Groups)
	if diff := cmp.Diff([][]string{{"new"}, {"edited"}, {"gone"}}, [][]string{added, changed, removed}); diff != "" {
		t.Errorf("added, changed, removed (-want +got):\n%s", diff)
	}
	if added, changed, removed := config.Diff(next.Groups, next.Groups); added != nil || changed != nil || removed != nil {
		t.Errorf("the same groups give %v, %v, %v", added, changed, removed)
	}
}

func TestOwnOptions(t *testing.T) {
	t.Parallel()
	c := load(t, "[supervisord]\n[program:a]\ncommand = x\norphans = Stop\nrestartpause = 5\nexit_on = Failure\n[program:b]\ncommand = x\n")
	a, b := c.Groups[0].Programs[0], c.Groups[1].Programs[0]
	if a.Stop.Orphans != supervise.OrphansStop || a.Start.Pause.Seconds() != 5 {
		t.Errorf("a has orphans %v and pause %v", a.Stop.Orphans, a.Start.Pause)
	}
	if a.Start.ExitOn != supervise.ExitOnFailure || b.Start.ExitOn != supervise.ExitNever || c.Daemon.ExitCode != -1 {
		t.Errorf("exit_on is %v and %v, exit_code %d", a.Start.ExitOn, b.Start.ExitOn, c.Daemon.ExitCode)
	}
	if b.Stop.Orphans != supervise.OrphansKeep || b.Start.Pause != 0 {
		t.Errorf("b has orphans %v and pause %v, want the original's behaviour", b.Stop.Orphans, b.Start.Pause)
	}
}

// A prefix ends with the blank that stands in its quotes, or with one of our own:
// the files cannot say one at the end of a value otherwise.
func TestPrefix(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                              "",
		"web |":                         "web | ",
		"%(program_name)s | ":           "a | ",
		`"%(program_name)s | "`:         "a | ",
		`"%(program_name)s:"`:           "a:",
		`'[%(group_name)s:3] '`:         "[a:3] ",
		`""`:                            "",
		`%(ENV_STAGE)s %(process_num)d`: "test 0 ",
	} {
		c := load(t, "[supervisord]\nenvironment = STAGE=test\n[program:a]\ncommand = x\nstdout_prefix = "+text+"\nstderr_prefix = err\n[job:j]\ncommand = x\ncrontab = @daily\nstdout_prefix = "+strings.ReplaceAll(text, "group_name", "program_name")+"\n")
		p := c.Groups[0].Programs[0]
		if p.Stdout.Prefix != want || p.Stderr.Prefix != "err " {
			t.Errorf("%q is understood as %q, want %q; stderr has %q", text, p.Stdout.Prefix, want, p.Stderr.Prefix)
		}
		j, _ := c.Scheduler.Job("j")
		if wantOfJob := strings.NewReplacer("a |", "j |", "a:", "j:", "[a:", "[j:").Replace(want); j.Command.Stdout.Prefix != wantOfJob {
			t.Errorf("for a job %q is understood as %q, want %q", text, j.Command.Stdout.Prefix, wantOfJob)
		}
	}
}

func TestServerURLOfChildren(t *testing.T) {
	t.Parallel()
	const servers = "[supervisord]\n[inet_http_server:a]\nport = 1\n[inet_http_server:b]\nport = host:2\n"
	for text, want := range map[string]string{
		servers + "[program:p]\ncommand = x\n":                                     "http://host:2",
		servers + "[unix_http_server]\nfile = /s\n[program:p]\ncommand = x\n":      "unix:///s",
		servers + "[program:p]\ncommand = x\nserverurl = \n":                       "",
		servers + "[program:p]\ncommand = x\nserverurl = http://other\n":           "http://other",
		servers + "[program:p]\ncommand = x\nserverurl = Auto\n":                   "http://host:2",
		"[supervisord]\n[inet_http_server]\nport = :3\n[program:p]\ncommand = x\n": "http://localhost:3",
		"[supervisord]\n[program:p]\ncommand = x\n":                                "",
	} {
		if got := load(t, text).Groups[0].Programs[0].Child.ServerURL; got != want {
			t.Errorf("children of\n%sget %q, want %q", text, got, want)
		}
	}
}

func TestIncludeTellsWhatItRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"main.conf": "[supervisord]\n[include]\nfiles = a*.conf none*.conf\n",
		"a2.conf":   "[program:p]\ncommand = two %(here)s\n[include]\nfiles = never.conf\n",
		"a1.conf":   "[program:p]\ncommand = one\npriority = 5\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Load(dir+"/main.conf", config.System(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, w := range c.Warnings {
		lines = append(lines, w.Level.String()+" "+w.Text)
	}
	want := []string{
		`WARN No file matches via include "` + dir + `/none*.conf"`,
		`INFO Included extra file "` + dir + `/a1.conf" during parsing`,
		`INFO Included extra file "` + dir + `/a2.conf" during parsing`,
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("log lines (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{dir + "/a1.conf", dir + "/a2.conf"}, c.Included); diff != "" {
		t.Errorf("included (-want +got):\n%s", diff)
	}
	if p := c.Groups[0].Programs[0]; p.Command != "two "+dir || p.Priority != 5 {
		t.Errorf("the program is %q with priority %d: the later file must win, key by key", p.Command, p.Priority)
	}
}

func TestSearchPaths(t *testing.T) {
	t.Parallel()
	want := []string{"/opt/etc/supervisord.conf", "/opt/supervisord.conf", "supervisord.conf", "etc/supervisord.conf",
		"/etc/supervisord.conf", "/etc/supervisor/supervisord.conf"}
	if diff := cmp.Diff(want, config.SearchPaths("/opt/bin/supervisord")); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	path := write(t, "")
	if got, ok := config.Search([]string{path + "none", path}); got != path || !ok {
		t.Errorf("search gives %q, %v", got, ok)
	}
	if got, ok := config.Search([]string{path + "none"}); ok {
		t.Errorf("search gives %q for nothing", got)
	}
}

// A listener may name every event that there is, and no other.
func TestEventNamesAreThoseOfPackageEvent(t *testing.T) {
	t.Parallel()
	var want []string
	for e := event.Any; e <= event.ProcessGroupRemoved; e++ {
		want = append(want, e.String())
	}
	if diff := cmp.Diff(want, config.EventNames()); diff != "" {
		t.Errorf("names of events (-want +got):\n%s", diff)
	}
	want = nil
	for e := event.Schedule; e <= event.JobCancelled; e++ {
		want = append(want, e.String())
	}
	if diff := cmp.Diff(want, config.JobEventNames()); diff != "" {
		t.Errorf("names of events about jobs (-want +got):\n%s", diff)
	}
}

func TestJobEventsOfListeners(t *testing.T) {
	t.Parallel()
	const listener = "[supervisord]\n[eventlistener:ear]\ncommand = x\nevents = TICK_5\n"
	told, plain := load(t, listener+"job_events = job_error, JOB_EXECUTED,JOB_ERROR\n"), load(t, listener)
	if diff := cmp.Diff([]string{"JOB_ERROR", "JOB_EXECUTED"}, told.Groups[0].Listener.JobEvents); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if plain.Groups[0].Listener.JobEvents != nil || plain.Groups[0].Equal(told.Groups[0]) {
		t.Error("a listener without job_events has some, or counts as unchanged with some")
	}
}
