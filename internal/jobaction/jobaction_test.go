package jobaction_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/jobaction"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/service/servicetest"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// commands is told of jobs without an action.
type commands struct{ checked, executed []string }

func (c *commands) Workers() int { return 7 }

func (c *commands) Check(j job.Job) error {
	c.checked = append(c.checked, j.Func)
	return nil
}

func (c *commands) Execute(_ context.Context, t job.Task) (json.RawMessage, error) {
	c.executed = append(c.executed, t.Run.Work.Func)
	return json.RawMessage(`"done"`), nil
}

const programs = `[supervisord]
logfile=$DIR/main.log
childlogdir=$DIR
[program:web]
command=/bin/cat
startsecs=2
[program:off]
command=/bin/cat
autostart=false
startsecs=1
[program:bad]
command=/no/such
autostart=false
[program:many]
command=/bin/cat
process_name=%(program_name)s_%(process_num)d
numprocs=2
startsecs=1
[program:slow]
command=/bin/sh -c "trap '' TERM; sleep 3600"
stopwaitsecs=30
startsecs=1
`

// inBubble has the programs above, RUNNING for ten seconds, in virtual time.
func inBubble(t *testing.T, test func(t *testing.T, d *servicetest.Daemon, e *jobaction.Executor)) {
	t.Helper()
	dir := t.TempDir()
	text := os.Expand(programs, func(string) string { return dir })
	if err := os.WriteFile(filepath.Join(dir, "supervisord.conf"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		d := servicetest.New(t, dir)
		<-time.After(10 * time.Second)
		test(t, d, jobaction.New(d.Service, &commands{}))
	})
}

func act(program, action string) job.Task {
	args, err := json.Marshal(jobaction.Args{Action: action})
	if err != nil {
		panic(err)
	}
	return job.Task{Run: job.Run{Job: "j", Work: job.Work{Func: program, Args: args}}}
}

func TestActions(t *testing.T) {
	for name, c := range map[string]struct {
		program, action string
		want            string // the result
		err             string
		state           supervise.State // of the process
		process         string
		took            time.Duration
		restarted       bool
	}{
		"restart waits until it runs again": {
			program: "web", action: "restart", want: `{"processes":[{"name":"web"}]}`,
			process: "web", state: supervise.Running, took: 2 * time.Second, restarted: true,
		},
		"restart starts what does not run": {
			program: "off", action: "restart", want: `{"processes":[{"name":"off"}]}`,
			process: "off", state: supervise.Running, took: time.Second, restarted: true,
		},
		"restart of one that must be killed": {
			program: "slow", action: "restart", want: `{"processes":[{"name":"slow"}]}`,
			process: "slow", state: supervise.Running, took: 31 * time.Second, restarted: true,
		},
		"start of what runs has nothing to do": {
			program: "web", action: "start", want: `{"processes":[{"name":"web","note":"already started"}]}`,
			process: "web", state: supervise.Running,
		},
		"start": {
			program: "off:off", action: "start", want: `{"processes":[{"name":"off"}]}`,
			process: "off", state: supervise.Running, took: time.Second, restarted: true,
		},
		"start that fails": {
			program: "bad", action: "start", want: `{"processes":[{"name":"bad","error":"can't find command '/no/such': no such file"}]}`,
			err: "can't find command '/no/such': no such file", process: "bad", state: supervise.Stopped,
		},
		"stop waits": {
			program: "slow", action: "stop", want: `{"processes":[{"name":"slow"}]}`,
			process: "slow", state: supervise.Stopped, took: 30 * time.Second,
		},
		"stop of what does not run has nothing to do": {
			program: "off", action: "stop", want: `{"processes":[{"name":"off","note":"not running"}]}`,
			process: "off", state: supervise.Stopped,
		},
		"a signal": {
			program: "web", action: "signal:USR1", want: `{"processes":[{"name":"web"}]}`,
			process: "web", state: supervise.Running,
		},
		"a signal for what does not run": {
			program: "off", action: "signal:HUP", want: `{"processes":[{"name":"off","error":"off: not running"}]}`,
			err: "off: not running", process: "off", state: supervise.Stopped,
		},
		"a program of several processes is all of them": {
			program: "many", action: "restart", want: `{"processes":[{"name":"many:many_0"},{"name":"many:many_1"}]}`,
			process: "many:many_1", state: supervise.Running, took: time.Second, restarted: true,
		},
		"one of them": {
			program: "many:many_0", action: "stop", want: `{"processes":[{"name":"many:many_0"}]}`,
			process: "many:many_0", state: supervise.Stopped,
		},
		"a program that there is not": {
			program: "none", action: "restart", err: "none: no process or group of that name", process: "web", state: supervise.Running,
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, d *servicetest.Daemon, e *jobaction.Executor) {
				began := time.Now()
				got, err := e.Execute(t.Context(), act(c.program, c.action))
				took := time.Since(began)
				if text := errorText(err); text != c.err {
					t.Errorf("the error is %q, want %q", text, c.err)
				}
				if string(got) != c.want {
					t.Errorf("the result is %s, want %s", got, c.want)
				}
				if took < c.took || took > c.took+200*time.Millisecond {
					t.Errorf("it took %v, want %v", took, c.took)
				}
				info, err := d.ProcessInfo(c.process)
				if err != nil {
					t.Fatal(err)
				}
				if c.action == "signal:USR1" { // which ends it, and autorestart does the rest
					synctest.Wait()
					return
				}
				if info.Status.State != c.state || info.Status.Start.After(began.Add(-time.Second)) != c.restarted {
					t.Errorf("the process is %v since %v", info.Status.State, info.Status.Start.Sub(began))
				}
			})
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// The end of a run ends its waiting; what was asked for goes on.
func TestARunThatIsEndedLeavesTheProgramAlone(t *testing.T) {
	inBubble(t, func(t *testing.T, d *servicetest.Daemon, e *jobaction.Executor) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := e.Execute(ctx, act("slow", "stop")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the error is %v", err)
		}
		<-time.After(30 * time.Second)
		if info, err := d.ProcessInfo("slow"); err != nil || info.Status.State != supervise.Stopped {
			t.Errorf("it is %v, %v", info.Status.State, err)
		}
	})
}

func TestADaemonThatEndsDoesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, d *servicetest.Daemon, e *jobaction.Executor) {
		if err := d.Shutdown(); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Execute(t.Context(), act("web", "restart")); !errors.Is(err, service.ErrShuttingDown) {
			t.Errorf("the error is %v", err)
		}
		<-d.Ended
	})
}

func TestWhatIsNoActionGoesToTheOtherExecutor(t *testing.T) {
	other := &commands{}
	e := jobaction.New(nil, other)
	for _, args := range []string{"", "{}", `{"argv":["action"]}`, "[1]", "{"} {
		j := job.Job{Func: "command" + args, Args: json.RawMessage(args)}
		if err := e.Check(j); err != nil {
			t.Error(err)
		}
		if got, err := e.Execute(t.Context(), job.Task{Run: job.Run{Work: j.Work()}}); string(got) != `"done"` || err != nil {
			t.Errorf("%s, %v", got, err)
		}
	}
	want := []string{"command", "command{}", `command{"argv":["action"]}`, "command[1]", "command{"}
	if diff := cmp.Diff([][]string{want, want}, [][]string{other.checked, other.executed}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if e.Workers() != 7 {
		t.Errorf("%d workers", e.Workers())
	}
}

func TestCheck(t *testing.T) {
	e := jobaction.New(nil, &commands{})
	for _, c := range []struct{ program, args, want string }{
		{"web", `{"action":"restart"}`, ""},
		{"web", `{"action":"start"}`, ""},
		{"web", `{"action":"stop"}`, ""},
		{"web", `{"action":"signal:HUP"}`, ""},
		{"web", `{"action":"signal:9"}`, ""},
		{"", `{"action":"stop"}`, "the program that the action is for is not named"},
		{"web", `{"action":"kill"}`, `action: "kill" is none of restart, start, stop and signal:HUP (or another signal)`},
		{"web", `{"action":"signal:HELLO"}`, "action: value 'HELLO' is not a valid signal name"},
		{"web", `{"action":1}`, "decode arguments: json: cannot unmarshal number into Go struct field Args.action of type string"},
		{"web", `{"action":"stop","argv":[]}`, `decode arguments: json: unknown field "argv"`},
	} {
		if got := errorText(e.Check(job.Job{Func: c.program, Args: json.RawMessage(c.args)})); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.program, c.args, got, c.want)
		}
	}
}
