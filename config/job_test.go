package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/supervise"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// seedJob is the program of the APScheduler tutorial as a file.
const seedJob = `[supervisord]
[jobstore:redis]
type=redis
host=127.0.0.1
port=6379
db=2
password=None
jobs_key=apschedulers.default_jobs
run_times_key=apschedulers.default_run_times
[executor:redis]
type=asyncio
[scheduler]
coalesce=false
max_instances=8
listeners=tasks:job_execute EVENT_JOB_EXECUTED
[job:interval_func_test]
func=tasks:interval_func
args=["10s执行一次"]
trigger=interval
seconds=10
start_date=now
end_date=+240s
jobstore=redis
executor=redis
`

func TestTheSeedsJob(t *testing.T) {
	t.Parallel()
	c := load(t, seedJob)
	if len(c.Remarks()) > 0 {
		t.Errorf("remarks are %v", c.Remarks())
	}
	s := c.Scheduler
	j, ok := s.Job("interval_func_test")
	if !ok || j.Store != "redis" || j.Executor != "redis" || j.Policy.Coalesce != job.All || j.Policy.MaxInstances != 8 {
		t.Fatalf("the job is %+v", j)
	}
	if diff := cmp.Diff(&config.FuncCall{Name: "tasks:interval_func", Args: json.RawMessage(`["10s执行一次"]`)}, j.Func); diff != "" {
		t.Errorf("function (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]config.EventListener{{Func: "tasks:job_execute", Codes: schedule.Executed{}.Code()}}, s.Listeners); diff != "" {
		t.Errorf("listeners (-want +got):\n%s", diff)
	}
	store := s.Stores[1]
	if store.URL != "redis://127.0.0.1:6379/2" || store.JobsKey != "apschedulers.default_jobs" || store.RunTimesKey != "apschedulers.default_run_times" {
		t.Errorf("the store is %+v", store)
	}
	now := time.Date(2026, 3, 29, 0, 59, 0, 123456000, time.UTC)
	due, err := j.Schedule.Resolve(now)
	if err != nil {
		t.Fatal(err)
	}
	var slots []time.Time
	for at := due.Next(time.Time{}, now); !at.IsZero(); at = due.Next(at, now) {
		slots = append(slots, at)
	}
	if len(slots) != 25 || !slots[0].Equal(now) || !slots[24].Equal(now.Add(240*time.Second)) {
		t.Errorf("it is due %d times: %v", len(slots), slots)
	}
	if !j.Schedule.Relative() || !strings.Contains(j.Schedule.String(), "start_date=now\nend_date=+240s\n") {
		t.Errorf("the declared text is %q", j.Schedule)
	}
}

// With no section about jobs the config is as it was, in memory and in JSON.
func TestNoJobsNoScheduler(t *testing.T) {
	t.Parallel()
	for _, more := range []string{"", "[jobstore:x]\nurl = memory:\n[executor:x]\ntype = python\n"} {
		c := load(t, "[supervisord]\n[program:a]\ncommand = x\n"+more)
		if c.Scheduler != nil {
			t.Errorf("with %q there is a scheduler", more)
		}
		if out := asJSON(t, c); out["scheduler"] != nil {
			t.Errorf("with %q the JSON has a scheduler", more)
		}
	}
	if c := load(t, "[supervisord]\n[scheduler]\n"); c.Scheduler == nil || len(c.Scheduler.Stores) != 1 || len(c.Scheduler.Executors) != 1 {
		t.Errorf("an empty [scheduler] gives %+v, want one with the default store and executor", c.Scheduler)
	}
}

func asJSON(t *testing.T, c *config.Config) map[string]any {
	t.Helper()
	var b bytes.Buffer
	if err := c.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	decode(t, b.Bytes(), &out)
	return out
}

// jobOf loads a file with one job, of these lines after a crontab.
func jobOf(t *testing.T, lines string) config.Job {
	t.Helper()
	c := load(t, "[supervisord]\n[program:web]\ncommand = x\n[executor:py]\ntype = python\n[job:a]\ncrontab = @daily\n"+lines)
	j, ok := c.Scheduler.Job("a")
	if !ok {
		t.Fatal("there is no job")
	}
	return j
}

func TestPolicyOptions(t *testing.T) {
	t.Parallel()
	usual := job.Policy{MaxInstances: 1}
	with := func(set func(*job.Policy)) job.Policy {
		p := usual
		set(&p)
		return p
	}
	for lines, want := range map[string]job.Policy{
		"":                                  usual,
		"coalesce = latest":                 usual,
		"coalesce = True":                   usual,
		"coalesce = earliest":               with(func(p *job.Policy) { p.Coalesce = job.Earliest }),
		"coalesce = all":                    with(func(p *job.Policy) { p.Coalesce = job.All }),
		"coalesce = no":                     with(func(p *job.Policy) { p.Coalesce = job.All }),
		"misfire_grace_time = 15":           with(func(p *job.Policy) { p.Grace = 15 * time.Second }),
		"misfire_grace_time = 0.5":          with(func(p *job.Policy) { p.Grace = 500 * time.Millisecond }),
		"misfire_grace_time = 2d":           with(func(p *job.Policy) { p.Grace = 48 * time.Hour }),
		"misfire_grace_time = None":         usual,
		"max_instances = 1000":              with(func(p *job.Policy) { p.MaxInstances = 1000 }),
		"max_instances = 3;comment":         with(func(p *job.Policy) { p.MaxInstances = 3 }),
		"overlap = skip":                    usual,
		"overlap = queue_one":               with(func(p *job.Policy) { p.Overlap = job.QueueOne }),
		"overlap = queue":                   with(func(p *job.Policy) { p.Overlap = job.Queue }),
		"overlap = Replace":                 with(func(p *job.Policy) { p.Overlap = job.ReplaceOldest }),
		"overlap = allow":                   with(func(p *job.Policy) { p.Overlap = job.AllowOverlap }),
		"timeout = 1h30m":                   with(func(p *job.Policy) { p.Timeout = 90 * time.Minute }),
		"timeout = 1w":                      with(func(p *job.Policy) { p.Timeout = 7 * 24 * time.Hour }),
		"timeout = unlimited":               usual,
		"on_lost = rerun":                   with(func(p *job.Policy) { p.OnLost = job.RerunLost }),
		"priority = 10":                     with(func(p *job.Policy) { p.Priority = 989 }),
		"concurrency = db : 2":              with(func(p *job.Policy) { p.Group, p.GroupLimit = "db", 2 }),
		"retry_delay = 5":                   usual, // there is no retry
		"retries = 3":                       with(func(p *job.Policy) { p.Retry = job.Retry{Max: 3, Delay: time.Second, Factor: 1} }),
		"retries = 3\nretry_delay = 1m":     with(func(p *job.Policy) { p.Retry = job.Retry{Max: 3, Delay: time.Minute, Factor: 1} }),
		"retries = 1\nretry_backoff = 1.5":  with(func(p *job.Policy) { p.Retry = job.Retry{Max: 1, Delay: time.Second, Factor: 1.5} }),
		"retries = 1\nretry_max_delay = 1h": with(func(p *job.Policy) { p.Retry = job.Retry{Max: 1, Delay: time.Second, Factor: 1, Limit: time.Hour} }),
		"retries = 1\nretry_backoff = exponential": with(func(p *job.Policy) {
			p.Retry = job.Retry{Max: 1, Delay: time.Second, Factor: 2}
		}),
	} {
		if diff := cmp.Diff(want, jobOf(t, "command = x\n"+lines+"\n").Policy); diff != "" {
			t.Errorf("policy of %q (-want +got):\n%s", lines, diff)
		}
	}
}

func TestDefaultsOfAllJobs(t *testing.T) {
	t.Parallel()
	c := load(t, `[supervisord]
[scheduler]
coalesce = all
misfire_grace_time = 60
max_instances = 5
overlap = queue
timeout = 1h
retries = 2
retry_delay = 3
retry_backoff = exponential
retry_max_delay = 1m
on_lost = rerun
[job:follows]
crontab = @daily
command = x
[job:own]
crontab = @daily
command = x
coalesce = latest
misfire_grace_time = none
max_instances = 1
overlap = skip
timeout = none
retries = 0
on_lost = fail
`)
	want := job.Policy{Coalesce: job.All, Grace: time.Minute, MaxInstances: 5, Overlap: job.Queue, Timeout: time.Hour,
		Retry: job.Retry{Max: 2, Delay: 3 * time.Second, Factor: 2, Limit: time.Minute}, OnLost: job.RerunLost}
	jobs := c.Scheduler.Jobs
	if diff := cmp.Diff([]job.Policy{want, want, {MaxInstances: 1}}, []job.Policy{c.Scheduler.Defaults, jobs[0].Policy, jobs[1].Policy}); diff != "" {
		t.Errorf("defaults, job without options, job with all (-want +got):\n%s", diff)
	}
}

func TestSchedulerOptions(t *testing.T) {
	t.Parallel()
	c := load(t, `[supervisord]
[scheduler]
timezone = Asia/Shanghai
state_directory = /srv/%(host_node_name).0sstate
paused = true
shutdown_grace = 1m
history_runs = none
history_age = 7d
workers = none
listeners = tasks:one EVENT_JOB_EXECUTED|event_job_error
    tasks.sub:two, a:b.c EVENT_ALL
[executor:py]
type = python
[job:a]
command = x
trigger = cron
hour = 3
`)
	s := c.Scheduler
	if s.Zone.String() != "Asia/Shanghai" || s.StateDirectory != "/srv/state" || !s.Paused || s.ShutdownGrace != time.Minute || s.Workers != 0 {
		t.Errorf("the scheduler is %+v", s)
	}
	if s.History != (job.Keep{Age: 7 * 24 * time.Hour}) {
		t.Errorf("the history is %+v", s.History)
	}
	want := []config.EventListener{{Func: "tasks:one", Codes: 4096 | 8192}, {Func: "tasks.sub:two", Codes: 131071}, {Func: "a:b.c", Codes: 131071}}
	if diff := cmp.Diff(want, s.Listeners); diff != "" {
		t.Errorf("listeners (-want +got):\n%s", diff)
	}
	next := nextOf(t, s.Jobs[0], "2026-01-01T00:00:00Z")
	if next != "2026-01-02T03:00:00+08:00" {
		t.Errorf("three o'clock is %s", next)
	}
	if s.Stores[0].Path != "/srv/state/jobs.db" {
		t.Errorf("the default store is %v", s.Stores[0])
	}
}

// nextOf resolves the trigger of j and says when it is due first.
func nextOf(t *testing.T, j config.Job, at string) string {
	t.Helper()
	now, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t.Fatal(err)
	}
	due, err := j.Schedule.Resolve(now)
	if err != nil {
		t.Fatalf("resolve %q: %v", j.Schedule, err)
	}
	return due.Next(time.Time{}, now).Format(time.RFC3339Nano)
}

func TestStateDirectory(t *testing.T) {
	t.Parallel()
	path := write(t, "[supervisord]\n[scheduler]\n")
	for _, row := range []struct {
		uid  int
		env  string
		want string
	}{
		{0, "", "/var/lib/watchkeeper"},
		{1000, "", "/home/me/.local/state/watchkeeper"},
		{1000, "XDG_STATE_HOME=/x", "/x/watchkeeper"},
		{1000, "XDG_STATE_HOME=relative", "/home/me/.local/state/watchkeeper"},
	} {
		host := config.Portable()
		host.UID, host.Environ = row.uid, []string{row.env}
		host.Home = func(string) (string, bool) { return "/home/me", true }
		c, err := config.Load(path, host, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Scheduler.StateDirectory; got != row.want {
			t.Errorf("uid %d with %q: %s, want %s", row.uid, row.env, got, row.want)
		}
	}
}

// Every option of triggers is known in a job and means what it means there.
func TestTriggerOptions(t *testing.T) {
	t.Parallel()
	ics := filepath.Join(t.TempDir(), "days.ics")
	if err := os.WriteFile(ics, []byte("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260102\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const now = "2026-01-01T12:34:56Z"
	for lines, want := range map[string]string{
		"trigger = date\nrun_date = 2026-02-01 10:00":                                     "2026-02-01T10:00:00Z",
		"trigger = date\nrun_date = now":                                                  now,
		"trigger = date\nrun_date = +90s":                                                 "2026-01-01T12:36:26Z",
		"trigger = date\nrun_date = now + 1:00:00":                                        "2026-01-01T13:34:56Z",
		"trigger = date\nrun_date = -1d":                                                  "2025-12-31T12:34:56Z",
		"trigger = interval\nevery = 1h30m":                                               "2026-01-01T14:04:56Z",
		"trigger = interval\nweeks = 1\ndays = 1\nhours = 1":                              "2026-01-09T13:34:56Z",
		"trigger = interval\nminutes = 1\nseconds = 0.5":                                  "2026-01-01T12:35:56.5Z",
		"trigger = interval\nmilliseconds = 1\nmicroseconds = 1":                          "2026-01-01T12:34:56.001001Z",
		"trigger = interval\nminutes = 15\nstart_date = 2026-01-01":                       "2026-01-01T12:45:00Z",
		"trigger = interval\nminutes = 15\nstart_date = now":                              now,
		"trigger = interval\nminutes = 15\nend_date = +10m":                               "0001-01-01T00:00:00Z",
		"trigger = cron\nyear = 2027\nmonth = feb\nday = last\nhour = 3\nsecond = 7":      "2027-02-28T03:00:07Z",
		"trigger = cron\nweek = 10\nday_of_week = mon-fri\nminute = */20":                 "2026-03-02T00:00:00Z",
		"trigger = cron\nhour = 3\ntimezone = Europe/Berlin\ndst = once":                  "2026-01-02T03:00:00+01:00",
		"trigger = cron\nhour = 3\ntimezone =\nminute =":                                  "2026-01-02T03:00:00Z",
		"trigger = cron\nhour = 3\ncompat = apscheduler3":                                 "2026-01-02T03:00:00Z",
		"crontab = 30 2 * * 7":                                                            "2026-01-04T02:30:00Z",
		"trigger = crontab\ncrontab = @hourly":                                            "2026-01-01T13:00:00Z",
		"trigger = calendarinterval\nyears = 1\nmonths = 1\nstart_date = 2026-01-05":      "2026-01-05T00:00:00Z",
		"trigger = or\ntriggers = cron[hour='13'], cron[hour='15']":                       "2026-01-01T13:00:00Z",
		"trigger = and\ntriggers = cron[day='2'], cron[day='2', second='1']\nthreshold=5": "2026-01-02T00:00:00Z",
		"trigger = cron[hour='4']":                                                        "2026-01-02T04:00:00Z",
		"crontab = @daily\nexclude = " + ics:                                              "2026-01-03T00:00:00Z",
		"crontab = @daily\nonly = 2026-01-05..2026-01-06, 05-01":                          "2026-01-05T00:00:00Z",
		"crontab = @daily\njitter = 10\nsplay = 1m":                                       "2026-01-02T00:00:00Z",
	} {
		c := load(t, "[supervisord]\n[scheduler]\ntimezone = UTC\n[job:a]\ncommand = x\n"+lines+"\n")
		if got := nextOf(t, c.Scheduler.Jobs[0], now); got != want {
			t.Errorf("%q is due %s, want %s", lines, got, want)
		}
	}
	for _, kind := range []string{"date", "interval", "cron", "crontab", "calendarinterval", "and", "or"} {
		for _, key := range trigger.Options(kind) {
			path := write(t, "[supervisord]\n[job:a]\ncommand = x\n"+key+" = \n")
			c, _ := config.Load(path, config.Portable(), nil)
			for _, n := range c.Notes {
				if n.Key == key {
					t.Errorf("an option of trigger %s: %v", kind, n)
				}
			}
		}
	}
}

// A text is the same whatever the order and the comments, and a file of
// holidays counts by what is in it.
func TestDeclaredText(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	holidays := func(day string) {
		text := "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:" + day + "\nEND:VEVENT\nEND:VCALENDAR\n"
		if err := os.WriteFile(filepath.Join(dir, "days.ics"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	scheduler := func(text string) *config.Scheduler {
		path := filepath.Join(dir, "main.conf")
		if err := os.WriteFile(path, []byte("[supervisord]\n[program:web]\ncommand=x\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(path, config.Portable(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.Scheduler
	}
	holidays("20260102")
	base := scheduler("[job:a]\ncommand = x\ncrontab = @daily\nexclude = days.ics\nenvironment = KEY=\"secret\"\n")
	for _, row := range []struct {
		name, text     string
		changed, moves bool
	}{
		{"order and comments", "; note\n[job:a]\nenvironment=KEY=\"secret\"\nexclude= days.ics ; note\ncrontab =@daily\ncommand= x\n", false, false},
		{"command", "[job:a]\ncommand = y\ncrontab = @daily\nexclude = days.ics\nenvironment = KEY=\"secret\"\n", true, false},
		{"environment", "[job:a]\ncommand = x\ncrontab = @daily\nexclude = days.ics\nenvironment = KEY=\"other\"\n", true, false},
		{"trigger", "[job:a]\ncommand = x\ncrontab = @hourly\nexclude = days.ics\nenvironment = KEY=\"secret\"\n", true, true},
		{"default", "[scheduler]\ntimeout=5\n[job:a]\ncommand = x\ncrontab = @daily\nexclude = days.ics\nenvironment = KEY=\"secret\"\n", true, false},
		{"zone of all", "[scheduler]\ntimezone=UTC\n[job:a]\ncommand = x\ncrontab = @daily\nexclude = days.ics\nenvironment = KEY=\"secret\"\n", true, true},
		{"other default", "[scheduler]\nshutdown_grace=5\n[job:a]\ncommand = x\ncrontab = @daily\nexclude = days.ics\nenvironment = KEY=\"secret\"\n", false, false},
	} {
		next := scheduler(row.text)
		_, changed, _ := config.DiffJobs(base, next)
		if (len(changed) == 1) != row.changed || (base.Jobs[0].Schedule.String() != next.Jobs[0].Schedule.String()) != row.moves {
			t.Errorf("%s: changed %v, trigger %q and %q", row.name, changed, base.Jobs[0].Schedule, next.Jobs[0].Schedule)
		}
		if strings.Contains(next.Jobs[0].Declared, "secret") {
			t.Errorf("%s: the environment can be read in %q", row.name, next.Jobs[0].Declared)
		}
	}
	holidays("20260103")
	again := scheduler("[job:a]\ncommand = x\ncrontab = @daily\nexclude = days.ics\nenvironment = KEY=\"secret\"\n")
	if base.Jobs[0].Schedule.String() == again.Jobs[0].Schedule.String() {
		t.Error("another holiday in the file changes nothing")
	}
}

func TestDiffJobs(t *testing.T) {
	t.Parallel()
	text := func(names ...string) string {
		out := "[supervisord]\n"
		for _, name := range names {
			name, command, _ := strings.Cut(name, "=")
			out += fmt.Sprintf("[job:%s]\ncrontab = @daily\ncommand = %s\n", name, command)
		}
		return out
	}
	old := load(t, text("same=a", "edited=b", "gone=c")).Scheduler
	next := load(t, text("new=d", "edited=b2", "same=a")).Scheduler
	added, changed, removed := config.DiffJobs(old, next)
	if diff := cmp.Diff([][]string{{"new"}, {"edited"}, {"gone"}}, [][]string{added, changed, removed}); diff != "" {
		t.Errorf("added, changed, removed (-want +got):\n%s", diff)
	}
	if added, changed, removed := config.DiffJobs(nil, old); len(added) != 3 || changed != nil || removed != nil {
		t.Errorf("from nothing: %v, %v, %v", added, changed, removed)
	}
	if added, changed, removed := config.DiffJobs(old, nil); len(removed) != 3 || changed != nil || added != nil {
		t.Errorf("to nothing: %v, %v, %v", added, changed, removed)
	}
	if added, changed, removed := config.DiffJobs(old, old); added != nil || changed != nil || removed != nil {
		t.Errorf("the same jobs give %v, %v, %v", added, changed, removed)
	}
}

// A command of a job has the options of a program.
func TestCommandOptions(t *testing.T) {
	t.Parallel()
	c := load(t, `[supervisord]
environment = DAEMON="1"
[unix_http_server]
file = /tmp/s.sock
[job:plain]
crontab = @daily
command = backup
[job:nightly]
name = Nightly backup
crontab = @daily
command = backup --to %(here)s --as %(program_name)s %(ENV_A)s
user = nobody
directory = /data
umask = 027
environment = A="1",B="%(host_node_name).0s2"
stopsignal = INT
stopwaitsecs = 30
stopasgroup = false
killasgroup = true
exitcodes = 0,3
orphans = kill
redirect_stderr = true
serverurl = http://x
stdout_logfile = /var/log/%(program_name)s.log
stdout_logfile_maxbytes = 1MB
stdout_logfile_backups = 2
stdout_syslog = true
stderr_logfile_maxbytes = 2MB
stderr_logfile_backups = 3
`)
	got, _ := c.Scheduler.Job("nightly")
	want := supervise.Program{
		Name: "nightly", Group: "nightly", Section: "job:nightly", Command: "backup --to " + filepath.Dir(c.Path) + " --as nightly 1",
		Child: supervise.ChildSpec{Directory: "/data", Umask: 0o027, User: got.Command.Child.User, ServerURL: "http://x", ServerURLGiven: true,
			Environment: []supervise.Var{{Name: "DAEMON", Value: "1"}, {Name: "A", Value: "1"}, {Name: "B", Value: "2"}}},
		Start:          supervise.StartPolicy{ExitCodes: []int{0, 3}},
		Stop:           supervise.StopPolicy{Signal: syscall.SIGINT, Wait: 30 * time.Second, KillAsGroup: true, Orphans: supervise.OrphansKill},
		Stdout:         supervise.LogSpec{File: "/var/log/nightly.log", MaxBytes: 1 << 20, Backups: 2, Syslog: true},
		Stderr:         supervise.LogSpec{MaxBytes: 2 << 20, Backups: 3},
		RedirectStderr: true,
	}
	if diff := cmp.Diff(want, *got.Command); diff != "" {
		t.Errorf("command (-want +got):\n%s", diff)
	}
	if got.Title != "Nightly backup" || got.Command.Child.User == nil || got.Command.Child.User.Name != "nobody" {
		t.Errorf("title %q, user %+v", got.Title, got.Command.Child.User)
	}
	plain, _ := c.Scheduler.Job("plain")
	p := plain.Command
	if !p.Stop.AsGroup || !p.Stop.KillAsGroup || p.Stdout.Auto || p.Stdout.File != "" || p.Child.Umask >= 0 || p.Child.ServerURL != "unix:///tmp/s.sock" {
		t.Errorf("a command that says nothing is %+v", p)
	}
	if plain.Store != "default" || plain.Executor != "default" || plain.Func != nil || plain.Action != nil {
		t.Errorf("a job that says nothing is %+v", plain)
	}
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	j := jobOf(t, "func = pkg.tasks:Class.method\nargs = [ 1,\n   \"<执行>\", null ]\nkwargs = {\"b\" : [1, 2], \"hash\": \"a \\u0023 b\"}\n")
	want := &config.FuncCall{Name: "pkg.tasks:Class.method", Args: json.RawMessage(`[1,"<执行>",null]`), Kwargs: json.RawMessage(`{"b":[1,2],"hash":"a \u0023 b"}`)}
	if diff := cmp.Diff(want, j.Func); diff != "" {
		t.Errorf("function (-want +got):\n%s", diff)
	}
	if j.Executor != "py" {
		t.Errorf("it goes to %q, want the only executor for functions", j.Executor)
	}
	two := load(t, "[supervisord]\n[executor:default]\ntype = processpool\n[executor:x]\ntype = python\n[executor:run]\ntype = command\n[job:f]\ncrontab = @daily\nfunc = a:b\n[job:c]\ncrontab = @daily\ncommand = x\n").Scheduler
	if two.Jobs[1].Executor != "default" || two.Jobs[0].Executor != "run" {
		t.Errorf("the function goes to %q and the command to %q, want default and run", two.Jobs[1].Executor, two.Jobs[0].Executor)
	}
}

func TestProgramActions(t *testing.T) {
	t.Parallel()
	const programs = `[supervisord]
[program:web]
command = x
numprocs = 2
process_name = %(program_name)s_%(process_num)d
[program:worker]
command = x
[program:mail]
command = x
[group:site]
programs = worker,mail
[eventlistener:ear]
command = x
events = TICK_5
`
	for lines, want := range map[string]config.ProgramAction{
		"program = web":                              {Program: "web", Verb: config.RestartProgram, Targets: []string{"web:*"}},
		"program = web:*\naction = start":            {Program: "web:*", Verb: config.StartProgram, Targets: []string{"web:*"}},
		"program = web:web_1\naction = stop":         {Program: "web:web_1", Verb: config.StopProgram, Targets: []string{"web:web_1"}},
		"program = worker\naction = signal:HUP":      {Program: "worker", Verb: config.SignalProgram, Signal: syscall.SIGHUP, Targets: []string{"site:worker"}},
		"program = site\naction = Signal : SIGUSR1":  {Program: "site", Verb: config.SignalProgram, Signal: syscall.SIGUSR1, Targets: []string{"site:*"}},
		"program = site:mail\naction = restart;note": {Program: "site:mail", Verb: config.RestartProgram, Targets: []string{"site:mail"}},
		"program = ear":                              {Program: "ear", Verb: config.RestartProgram, Targets: []string{"ear:*"}},
	} {
		c := load(t, programs+"[job:a]\ncrontab = @daily\n"+lines+"\n")
		if diff := cmp.Diff(&want, c.Scheduler.Jobs[0].Action); diff != "" {
			t.Errorf("%q (-want +got):\n%s", lines, diff)
		}
		if c.Scheduler.Jobs[0].Executor != "default" {
			t.Errorf("%q goes to %q", lines, c.Scheduler.Jobs[0].Executor)
		}
	}
}

// What is printed as JSON is what was understood; goldens keep its shape.
func TestJobsAsJSON(t *testing.T) {
	t.Parallel()
	c := load(t, "[supervisord]\n[program:web]\ncommand = x\n[executor:py]\ntype = python\n[scheduler]\ntimezone = UTC\nlisteners = a:b EVENT_JOB_MISSED|EVENT_JOB_ERROR\n"+
		"[job:c]\ncommand = 'a b' c\ncrontab = @daily\nretries = 2\nconcurrency = db:1\n[job:f]\nfunc = a:b\nkwargs = {\"x\":1}\ncrontab = @daily\ntimeout = 90\n"+
		"[job:p]\nprogram = web\naction = signal:HUP\ntrigger = cron\nhour = 3\n")
	got := asJSON(t, c)["scheduler"].(map[string]any)
	jobs := got["jobs"].([]any)
	command := jobs[0].(map[string]any)["command"].(map[string]any)
	if diff := cmp.Diff([]any{"a b", "c"}, command["argv"]); diff != "" || command["autorestart"] != nil || command["stopasgroup"] != true {
		t.Errorf("the command is %v", command)
	}
	for _, row := range []struct {
		got, want any
	}{
		{got["listeners"], []any{map[string]any{"func": "a:b", "events": []any{"EVENT_JOB_ERROR", "EVENT_JOB_MISSED"}}}},
		{jobs[0].(map[string]any)["policy"].(map[string]any)["concurrency"], map[string]any{"name": "db", "limit": 1.0}},
		{jobs[0].(map[string]any)["policy"].(map[string]any)["retry_delay"], 1.0},
		{jobs[1].(map[string]any)["func"], map[string]any{"name": "a:b", "args": nil, "kwargs": map[string]any{"x": 1.0}}},
		{jobs[1].(map[string]any)["policy"].(map[string]any)["timeout"], 90.0},
		{jobs[2].(map[string]any)["action"], map[string]any{"program": "web", "action": "signal", "signal": "HUP", "targets": []any{"web:*"}}},
		{jobs[2].(map[string]any)["schedule"], map[string]any{"trigger": "cron", "hour": "3", "timezone": "UTC"}},
	} {
		if diff := cmp.Diff(row.want, row.got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
