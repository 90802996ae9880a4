package compat_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// playbook is what the configuration that Ansible works on holds; its section
// later is added when the daemon runs.
const playbook = `[unix_http_server]
file=DIR/s.sock
[inet_http_server]
port=127.0.0.1:PORT
username=user
password=secret
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://DIR/s.sock
[supervisord]
logfile=DIR/main.log
pidfile=DIR/s.pid
childlogdir=DIR
[program:web]
command=sleep 1000
startsecs=0
autostart=false
[program:missing]
command=/no/such/command
startretries=0
autostart=false
[group:team]
programs=one,two
[program:one]
command=sleep 1000
startsecs=0
autostart=false
[program:two]
command=sleep 1000
startsecs=0
autostart=false
`

const added = `[program:later]
command=sleep 1000
startsecs=0
`

// step is one task, and what Ansible is to say of it.
type step struct {
	name, state string
	check       bool   // only say what would change
	over        bool   // by URL, name and password instead of the configuration
	same        bool   // tried with our supervisorctl only: no other command is run than in another step
	changed     bool   // is to be the answer
	message     string // of the failure that is to be the answer, or
	output      string // of supervisorctl, which failed
}

// steps are every state of the module, each as a change, in check mode, and
// once there is nothing to change.
func steps() []step {
	const nobody = "ERROR (no such process)"
	return []step{
		{name: "web", state: "present", same: true},
		{name: "later", state: "present", check: true, changed: true},
		{name: "later", state: "present", changed: true},
		{name: "later", state: "present", same: true},
		{name: "nobody", state: "present", message: "ERROR: no such process/group: nobody\n"},

		{name: "web", state: "started", check: true, changed: true, same: true},
		{name: "web", state: "started", over: true, changed: true},
		{name: "web", state: "started", same: true},
		{name: "team:", state: "started", changed: true},
		{name: "team:", state: "started", same: true},
		{name: "nobody", state: "started", message: nobody, same: true},
		{name: "missing", state: "started", output: "missing: ERROR (no such file)\n"},

		{name: "web", state: "restarted", check: true, changed: true, same: true},
		{name: "web", state: "restarted", changed: true},
		{name: "nobody", state: "restarted", message: nobody, same: true},

		{name: "web", state: "signalled", check: true, changed: true, same: true},
		{name: "web", state: "signalled", changed: true},
		{name: "missing", state: "signalled", same: true},

		{name: "later", state: "absent", message: "ERROR: process/group still running: later\n"},
		{name: "later", state: "stopped", check: true, changed: true, same: true},
		{name: "later", state: "stopped", changed: true},
		{name: "later", state: "stopped", same: true},
		{name: "later", state: "absent", check: true, changed: true, same: true},
		{name: "later", state: "absent", changed: true},
		{name: "later", state: "absent"},
		{name: "all", state: "stopped", changed: true},
		{name: "all", state: "stopped", same: true},
	}
}

// TestAnsible has the module community.general.supervisorctl manage our daemon,
// by our supervisorctl and by the original's.
func TestAnsible(t *testing.T) {
	t.Parallel()
	servertest.Program(t, "ansible", "/usr/bin/python3", "-c", "import "+ansibleModule)
	both := subjects(t)
	for _, ctl := range both {
		t.Run("with the supervisorctl of "+ctl.name, func(t *testing.T) {
			t.Parallel()
			h := manage(t, both[1], ctl)
			for _, s := range steps() {
				if ctl == both[0] && s.same {
					continue // starting Python takes its time
				}
				if diff := cmp.Diff(s.wanted(), h.apply(t, s)); diff != "" {
					t.Errorf("%+v (-want +got):\n%s", s, diff)
				}
			}
		})
	}
	t.Run("in a playbook", func(t *testing.T) {
		t.Parallel()
		h := manage(t, both[1], both[1])
		tasks := []step{
			{name: "later", state: "present", check: true, changed: true},
			{name: "later", state: "present", changed: true},
			{name: "web", state: "restarted", changed: true},
			{name: "web", state: "started"},
		}
		got := h.play(t, tasks)
		for n, s := range tasks {
			if diff := cmp.Diff(s.wanted(), got[n]); diff != "" {
				t.Errorf("%+v (-want +got):\n%s", s, diff)
			}
		}
	})
}

const ansibleModule = "ansible_collections.community.general.plugins.modules.supervisorctl"

// managed is a daemon and what to manage it with.
type managed struct{ dir, ctl, url string }

// manage starts a daemon.
func manage(t *testing.T, daemon, ctl subject) managed {
	t.Helper()
	dir, port := workDir(t), freePort(t)
	conf := strings.NewReplacer("DIR", dir, "PORT", port).Replace(playbook)
	daemon.begin(t, dir, conf)
	write(t, dir, conf+added)
	return managed{dir, ctl.ctlPath, "http://127.0.0.1:" + port}
}

// outcome is what Ansible says of a task.
type outcome struct {
	Changed, Failed bool
	Msg, Stdout     string
}

func (s step) wanted() outcome {
	return outcome{Changed: s.changed, Failed: s.message != "" || s.output != "", Msg: s.message, Stdout: s.output}
}

// arguments are those of the module for a step.
func (h managed) arguments(s step) map[string]any {
	module := map[string]any{"name": s.name, "state": s.state, "supervisorctl_path": h.ctl}
	if s.over {
		module["server_url"], module["username"], module["password"] = h.url, "user", "secret"
	} else {
		module["config"] = filepath.Join(h.dir, "supervisord.conf")
	}
	if s.state == "signalled" {
		module["signal"] = "CONT"
	}
	return module
}

// apply runs the module as Ansible does, without Ansible around it.
func (h managed) apply(t *testing.T, s step) (got outcome) {
	t.Helper()
	module := h.arguments(s)
	module["_ansible_check_mode"] = s.check
	writeJSON(t, filepath.Join(h.dir, "args.json"), map[string]any{"ANSIBLE_MODULE_ARGS": module})
	out := h.run(t, "/usr/bin/python3", "-m", ansibleModule, "args.json")
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%+v: %v\n%s", s, err, out)
	}
	return got
}

// play has Ansible run a playbook with the steps as its tasks.
func (h managed) play(t *testing.T, steps []step) []outcome {
	t.Helper()
	var tasks []any
	for _, s := range steps {
		tasks = append(tasks, map[string]any{"community.general.supervisorctl": h.arguments(s), "check_mode": s.check, "ignore_errors": true})
	}
	writeJSON(t, filepath.Join(h.dir, "playbook.json"), []any{map[string]any{
		"hosts": "localhost", "connection": "local", "gather_facts": false, "tasks": tasks,
		"vars": map[string]any{"ansible_python_interpreter": "/usr/bin/python3"},
	}})
	out := h.run(t, "ansible-playbook", "playbook.json")
	var said struct {
		Plays []struct {
			Tasks []struct{ Hosts map[string]outcome }
		}
	}
	if err := json.Unmarshal(out, &said); err != nil || len(said.Plays) != 1 || len(said.Plays[0].Tasks) != len(tasks) {
		t.Fatalf("ansible-playbook: %v\n%s", err, out)
	}
	var all []outcome
	for _, task := range said.Plays[0].Tasks {
		all = append(all, task.Hosts["localhost"])
	}
	return all
}

// run runs a command of Ansible's, which fails when its task does.
func (h managed) run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = h.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "HOME="+h.dir, "ANSIBLE_STDOUT_CALLBACK=ansible.posix.json", "ANSIBLE_PIPELINING=true", markVariable+"="+h.dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if len(out) == 0 {
		t.Fatalf("%s: %v\n%s", name, err, stderr.Bytes())
	}
	return out
}

func writeJSON(t *testing.T, path string, v any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
