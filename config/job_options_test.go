package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
)

func TestParseJobTakesValuesAsTheyAre(t *testing.T) {
	t.Parallel()
	c := load(t, "[supervisord]\n[scheduler]\nmax_instances = 3\n[program:web]\ncommand = web\n")
	j, err := c.ParseJob("nightly", []config.JobOption{
		{"trigger", "cron"}, {"hour", "3"}, {"command", "backup --name %(here)s --day $(date +%F) ; # all"},
		{"environment", `RATE="50%"`}, {"stdout_logfile", "/tmp/100%.log"}, {"timeout", "1h"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := j.Command.Command, "backup --name %(here)s --day $(date +%F) ; # all"; got != want {
		t.Errorf("command %q, want %q", got, want)
	}
	if got := j.Command.Child.Environment; len(got) != 1 || got[0].Value != "50%" {
		t.Errorf("environment %v", got)
	}
	if j.Command.Stdout.File != "/tmp/100%.log" {
		t.Errorf("log %q", j.Command.Stdout.File)
	}
	if j.Policy.MaxInstances != 3 || j.Policy.Timeout != time.Hour || j.Store != "default" || j.Executor != "default" {
		t.Errorf("policy %+v, store %q, executor %q", j.Policy, j.Store, j.Executor)
	}
}

func TestParseJobTellsEveryFault(t *testing.T) {
	t.Parallel()
	c := load(t, "[supervisord]\n[scheduler]\n[program:web]\ncommand = web\n[job:known]\ncrontab = @daily\ncommand = x\n")
	for _, tt := range []struct {
		id      string
		options []config.JobOption
		want    string
	}{
		{"j", nil, "the job has nothing to run"},
		{"j", []config.JobOption{{"command", "x"}, {"hourr", "3"}}, "[job:j] hourr: a job has no such option, did you mean hour"},
		{"j", []config.JobOption{{"command", "x"}, {"crontab", "@daily"}, {"autorestart", "true"}}, "it is about keeping a program running"},
		{"j", []config.JobOption{{"command", "x"}, {"command", "y"}}, "it is given twice"},
		{"j", []config.JobOption{{"command", "x"}, {"trigger", "cron"}, {"hour", "25"}}, "hour"},
		{"j", []config.JobOption{{"command", "x"}, {"crontab", "@daily"}, {"jobstore", "redis"}}, "there is no job store 'redis'"},
		{"j", []config.JobOption{{"func", "m:f"}, {"crontab", "@daily"}}, "there is no executor of type python"},
		{"web", []config.JobOption{{"command", "x"}, {"crontab", "@daily"}}, "there is a group called web, too"},
		{"a:b", []config.JobOption{{"command", "x"}, {"crontab", "@daily"}}, "cannot be the id of a job"},
		{"", []config.JobOption{{"command", "x"}, {"crontab", "@daily"}}, "cannot be the id of a job"},
	} {
		_, err := c.ParseJob(tt.id, tt.options)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("job %q %v: %v, want %q", tt.id, tt.options, err, tt.want)
		}
	}
}

func TestJobOptionHelpHasEveryOption(t *testing.T) {
	t.Parallel()
	help := config.JobOptionHelp()
	for _, key := range []string{"trigger", "hour", "command", "func", "coalesce", "environment"} {
		found := false
		for _, h := range help {
			found = found || h.Key == key && h.Help != ""
		}
		if !found {
			t.Errorf("no help for %s", key)
		}
	}
}
