package jobspec_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/jobaction"
	"github.com/watchkeeper-go/watchkeeper/internal/jobspec"
	"github.com/watchkeeper-go/watchkeeper/job"
)

const text = `
[supervisord]
[scheduler]
timezone = UTC
[executor:py]
type = python
[program:web]
command = web
[job:command]
command = backup --all
environment = SECRET="1"
trigger = interval
hours = 1
stdout_logfile = AUTO
timeout = 90
[job:func]
func = tasks:f
args = ["10s执行一次", 2]
kwargs = {"b": null}
trigger = date
run_date = +1h
[job:action]
program = web
action = signal:HUP
crontab = @daily
`

// compiled are the jobs of text at a time.
func compiled(t *testing.T, text string, now time.Time) map[string]job.Job {
	t.Helper()
	path := filepath.Join(t.TempDir(), "supervisord.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, config.Portable(), nil)
	if err != nil {
		t.Fatal(err)
	}
	jobs := make(map[string]job.Job)
	for _, j := range c.Scheduler.Jobs {
		if jobs[j.Name], err = jobspec.Compile(j, now, "/logs/"); err != nil {
			t.Fatal(err)
		}
	}
	return jobs
}

func TestCompile(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 3, 0, 0, 0, time.UTC)
	jobs := compiled(t, text, now)
	command := jobs["command"]
	if command.Func != "backup --all" || command.Policy.Timeout != 90*time.Second || command.Executor != "default" {
		t.Errorf("command: %+v", command)
	}
	var args struct {
		Env    map[string]string `json:"env"`
		Stdout struct{ File string }
	}
	if err := json.Unmarshal(command.Args, &args); err != nil || args.Env["SECRET"] != "1" || args.Stdout.File != "/logs/command-stdout.log" {
		t.Errorf("arguments %s: %+v, %v", command.Args, args, err)
	}
	if got, want := string(jobs["func"].Args), `{"args":["10s执行一次",2],"kwargs":{"b":null}}`; got != want || jobs["func"].Executor != "py" {
		t.Errorf("func: %s, want %s; executor %s", got, want, jobs["func"].Executor)
	}
	if got, want := jobs["func"].Trigger.Next(time.Time{}, now), now.Add(time.Hour); !got.Equal(want) {
		t.Errorf("+1h is %v, want %v", got, want)
	}
	if err := jobaction.New(nil, nil).Check(jobs["action"]); err != nil {
		t.Errorf("package jobaction does not understand %s: %v", jobs["action"].Args, err)
	}
}

func TestWhatADeclarationKeeps(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 3, 0, 0, 0, time.UTC)
	one, later := compiled(t, text, now)["command"], compiled(t, text, now.Add(time.Hour))["command"]
	if !jobspec.SameSchedule(one, later) || !jobspec.SameText(one, later) {
		t.Error("the same section is another one an hour later")
	}
	if jobspec.SameSchedule(one, job.Job{}) || jobspec.SameSchedule(job.Job{}, job.Job{}) {
		t.Error("a job that was not declared has the same schedule")
	}
	one = jobspec.WithDaemons(one, "b", "a", "b")
	if diff := cmp.Diff([]string{"a", "b"}, jobspec.Daemons(one)); diff != "" {
		t.Errorf("daemons (-want +got):\n%s", diff)
	}
	if jobspec.Daemons(later) != nil {
		t.Error("a copy of the job has daemons, too")
	}
	declared := jobspec.Declared(one)
	if declared["command"] != "backup --all" || declared["hours"] != "1" {
		t.Errorf("declared: %v", declared)
	}
	if _, shown := declared["environment"]; shown {
		t.Error("the environment is shown")
	}
	var public map[string]any
	if err := json.Unmarshal(jobspec.PublicArgs(one), &public); err != nil || public["env"] != nil || public["stdout"] == nil {
		t.Errorf("public arguments: %v, %v", public, err)
	}
	one.Metadata["team"] = "blue"
	if diff := cmp.Diff(map[string]string{"team": "blue"}, jobspec.Metadata(one)); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
}

func TestOptionsOfTheAPIAreKept(t *testing.T) {
	t.Parallel()
	options := []config.JobOption{{Key: "command", Value: "x"}, {Key: "hour", Value: "3"}}
	got, ok := jobspec.Options(jobspec.WithOptions(job.Job{}, options))
	if diff := cmp.Diff(options, got); !ok || diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
	if _, ok := jobspec.Options(job.Job{}); ok {
		t.Error("a job of a program has options")
	}
	if got := string(jobspec.PublicArgs(job.Job{Args: json.RawMessage(`["a"]`)})); got != `["a"]` {
		t.Errorf("arguments that are a list: %s", got)
	}
}
