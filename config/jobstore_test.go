package config_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

func TestJobStores(t *testing.T) {
	t.Parallel()
	for lines, want := range map[string]config.JobStore{
		"url = memory:":                                  {Type: config.MemoryStore},
		"type = memory":                                  {Type: config.MemoryStore},
		"url = sqlite:///jobs.db":                        {Type: config.SQLiteStore, Path: "/state/jobs.db"},
		"url = sqlite:jobs.db":                           {Type: config.SQLiteStore, Path: "/state/jobs.db"},
		"url = sqlite:///var/lib/jobs.db":                {Type: config.SQLiteStore, Path: "/var/lib/jobs.db"},
		"url = sqlite:////var/lib/jobs.db\nprefix = p_":  {Type: config.SQLiteStore, Path: "/var/lib/jobs.db", Prefix: "p_"},
		"url = sqlite:sub/jobs.db":                       {Type: config.SQLiteStore, Path: "/state/sub/jobs.db"},
		"type = sqlite\npath = sub/jobs.db":              {Type: config.SQLiteStore, Path: "/state/sub/jobs.db"},
		"type = SQLite\npath = /x/jobs.db":               {Type: config.SQLiteStore, Path: "/x/jobs.db"},
		"url = redis://:p@h:1/2?jobs_key=k":              {Type: config.RedisStore, URL: "redis://:p@h:1/2?jobs_key=k"},
		"url = rediss://h\njobs_key = k":                 {Type: config.RedisStore, URL: "rediss://h", JobsKey: "k"},
		"url = unix:///run/r.sock?db=3":                  {Type: config.RedisStore, URL: "unix:///run/r.sock?db=3"},
		"url = redis://h/1\npassword = a/b@c":            {Type: config.RedisStore, URL: "redis://:a%2Fb%40c@h/1"},
		"type = redis":                                   {Type: config.RedisStore, URL: "redis://localhost/0"},
		"type = redis\nhost = ::1\nport = 1\ndb = 2":     {Type: config.RedisStore, URL: "redis://[::1]:1/2"},
		"type = redis\nhost = /run/r.sock\ndb = 2":       {Type: config.RedisStore, URL: "unix:///run/r.sock?db=2"},
		"type = redis\nusername = u\nrun_times_key = r":  {Type: config.RedisStore, URL: "redis://u@localhost/0", RunTimesKey: "r"},
		"type = redis\npassword = None":                  {Type: config.RedisStore, URL: "redis://localhost/0"},
		"url = postgresql://u:p@h/db?sslmode=require":    {Type: config.PostgresStore, URL: "postgresql://u:p@h/db?sslmode=require"},
		"type = postgresql\nhost = h\ndb = my db":        {Type: config.PostgresStore, URL: "postgres://h/my%20db"},
		"url = mongodb://u:p@a:1,b:2/db?replicaSet=r":    {Type: config.MongoStore, URL: "mongodb://u:p@a:1,b:2/db?replicaSet=r"},
		"type = mongo\nhost = h\nport = 5\nprefix = my_": {Type: config.MongoStore, URL: "mongodb://h:5/", Prefix: "my_"},
	} {
		c := load(t, "[supervisord]\n[scheduler]\nstate_directory = /state\n[jobstore:s]\n"+lines+"\n")
		got := c.Scheduler.Stores[1]
		want.Name = "s"
		if got != want {
			t.Errorf("%q is\n%+v, want\n%+v", lines, [...]string{string(got.Type), got.URL, got.Path}, [...]string{string(want.Type), want.URL, want.Path})
		}
	}
}

// A password is in the URL for the driver and nowhere else.
func TestPasswordsOfStores(t *testing.T) {
	t.Parallel()
	c := load(t, `[supervisord]
[scheduler]
[jobstore:a]
url = redis://user:hunter2@h/1
[jobstore:b]
type = redis
password = hunter2
[jobstore:c]
url = postgres://h/db?user=u&password=hunter2&sslmode=require
[jobstore:d]
url = mongodb://user:hunter2@a:1,b:2/
`)
	var b bytes.Buffer
	if err := c.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	printed := b.String() + fmt.Sprintf("%v %+v %#v %s", c.Scheduler.Stores, c.Scheduler, c.Scheduler.Stores, c.Scheduler.Stores[0])
	if strings.Contains(printed, "hunter2") {
		t.Errorf("the password is in\n%s", printed)
	}
	var places []string
	for _, s := range c.Scheduler.Stores[:4] {
		if !strings.Contains(s.URL, "hunter2") {
			t.Errorf("the driver gets %q", s.URL)
		}
		places = append(places, s.Place())
	}
	want := []string{"redis://user:...@h/1", "redis://:...@localhost/0", "postgres://h/db?user=u&password=...&sslmode=require", "mongodb://user:...@a:1,b:2/"}
	if diff := cmp.Diff(want, places); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
}

func TestExecutors(t *testing.T) {
	t.Parallel()
	c := load(t, `[supervisord]
environment = DAEMON="1"
[scheduler]
[executor:run]
type = command
workers = 3
[executor:py]
type = python
python = /srv/venv/bin/python
directory = /srv/app
workers = 4
concurrency = 100
max_calls = 1000
max_memory = 500MB
user = www-data
umask = 077
environment = A="%(program_name)s"
[executor:plain]
type = threadpool
[executor:web]
type = remote
workers = 50
lease = 30s
`)
	got := c.Scheduler.Executors
	py := got[2].Python
	want := []config.JobExecutor{
		{Name: "default", Type: config.CommandExecutor},
		{Name: "plain", Type: config.PythonExecutor, Workers: 1, Python: &config.PythonWorkers{Interpreter: "python3", Concurrency: 250,
			Child: supervise.ChildSpec{Umask: -1, Environment: []supervise.Var{{Name: "DAEMON", Value: "1"}}}}},
		{Name: "py", Type: config.PythonExecutor, Workers: 4, Python: &config.PythonWorkers{Interpreter: "/srv/venv/bin/python", Concurrency: 100,
			MaxCalls: 1000, MaxMemory: 500 << 20, Child: supervise.ChildSpec{Directory: "/srv/app", Umask: 0o077, User: py.Child.User,
				Environment: []supervise.Var{{Name: "DAEMON", Value: "1"}, {Name: "A", Value: "py"}}}}},
		{Name: "run", Type: config.CommandExecutor, Workers: 3},
		{Name: "web", Type: config.RemoteExecutor, Workers: 50, Lease: 30 * time.Second},
	}
	if diff := cmp.Diff(want, got); diff != "" || py.Child.User.UID != 33 {
		t.Errorf("executors (-want +got), user %+v:\n%s", py.Child.User, diff)
	}
}
