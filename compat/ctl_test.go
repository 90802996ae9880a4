package compat_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// played is the configuration that the session is played on.
func played(dir string) string {
	return strings.ReplaceAll(`[unix_http_server]
file=DIR/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://DIR/s.sock
[supervisord]
logfile=DIR/main.log
pidfile=DIR/s.pid
childlogdir=DIR
[program:long]
command=sh -c 'echo a line for those who tail; echo and an error >&2; exec sleep 1000'
[program:pair]
command=sleep 1000
numprocs=2
process_name=%(program_name)s_%(process_num)02d
startsecs=0
[program:once]
command=sh -c 'exit 3'
autostart=false
startsecs=3
startretries=0
[program:missing]
command=/no/such/command
autostart=false
startretries=0
[program:silent]
command=sleep 1000
autostart=false
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
`, "DIR", dir)
}

// session is every command, as it is meant and not.
func session() []string {
	return []string{
		"status", "status all", "status long", "status pair:*", "status pair:", "status nobody", "status nobody:*", "status pair", "status long nobody",
		"help", "help help", "help start", "help stop", "help restart", "help status", "help signal", "help pid", "help tail", "help maintail",
		"help clear", "help avail", "help reread", "help update", "help add", "help remove", "help shutdown", "help reload", "help open",
		"help version", "help fg", "help quit", "help exit", "help nothing",
		"version", "version 1", "avail", "avail 1", "reread", "reread 1", "update", "update nobody", "update all",
		"start", "start long", "start nobody", "start nobody:*", "start missing", "start once", "start pair:*", "start pair", "start silent long",
		"stop", "stop silent", "stop silent", "stop nobody", "stop nobody:*", "stop pair:pair_00", "stop pair:*", "start pair:*",
		"restart", "restart silent", "restart nobody", "restart pair:*",
		"signal", "signal CONT", "signal CONT long", "signal NOPE long", "signal CONT nobody", "signal CONT missing", "signal CONT pair:*",
		"signal NOPE pair:*", "signal CONT nobody:*", "signal CONT all",
		"pid", "pid long", "pid nobody", "pid missing", "pid pair:*", "pid all",
		"tail", "tail long", "tail -7 long", "tail long stderr", "tail long both", "tail nobody", "tail silent", "tail -x long", "tail a b c", "tail -5 long stdout",
		"maintail -0", "maintail x y z", "maintail -x",
		"clear", "clear nobody", "clear long", "clear pair:pair_00", "tail long", "clear all",
		"add", "add nobody", "add long", "remove", "remove nobody", "remove long", "stop long", "remove long", "add long", "remove long", "status long",
		"open", "open nonsense", "fg", "fg nobody", "fg missing", "fg a b", "reload 1", "shutdown 1", "nonsense", "!ls", "start-all", "stop all", "start all",
	}
}

// TestCtl plays one session with each supervisorctl against each daemon: all
// four must print the same and exit with the same code.
func TestCtl(t *testing.T) {
	both := subjects(t)
	want := playedBy(t, both[0], both[0].ctl)
	for _, c := range []struct {
		name   string
		daemon subject
		ctl    string
	}{
		{"original's to ours", both[1], both[0].ctl},
		{"ours to original's", both[0], both[1].ctl},
		{"ours to ours", both[1], both[1].ctl},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			compare(t, want, playedBy(t, c.daemon, c.ctl), "")
		})
	}
}

func playedBy(t *testing.T, s subject, ctl string) (saw observations) {
	t.Helper()
	dir := workDir(t)
	write(t, dir, played(dir))
	i, err := s.start(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	ended := false
	defer func() {
		if !ended {
			i.stop(t)
		}
	}()
	i.settle(t, generated{})
	run := func(command string) {
		text := i.mask(i.runCtl(ctl, strings.Fields(command)...))
		if changes(command) {
			i.settle(t, generated{})
		}
		saw.add("ctl "+command, unordered(command, text))
	}
	for _, command := range session() {
		run(command)
	}
	write(t, dir, strings.Replace(played(dir), "[program:once]", "[program:added]\ncommand=sleep 5\nautostart=off\n[program:once]\npriority=5", 1))
	run("reread")
	run("update once added")
	run("reread")
	run("update")
	write(t, dir, played(dir)+"startsecs=x\n")
	run("reread")
	write(t, dir, played(dir))
	run("update")
	saw.add("ctl reload", i.mask(i.runCtl(ctl, "reload")))
	i.startedAgain(t)
	run("status")
	saw.add("ctl shutdown", i.mask(i.runCtl(ctl, "shutdown")))
	select {
	case <-i.done:
	case <-time.After(30 * time.Second):
		t.Fatalf("%s does not end", s.name)
	}
	ended = true
	saw.add("exit code", fmt.Sprint(i.cmd.ProcessState.ExitCode()))
	for _, command := range []string{"status", "start long", "stop all", "pid", "version", "shutdown", "tail long"} {
		saw.add("ctl "+command, i.mask(i.runCtl(ctl, command)))
	}
	saw.add("main log", i.mainLog(t))
	return saw
}

// changes reports whether a command may set a process on its way.
func changes(command string) bool {
	verb, _, _ := strings.Cut(command, " ")
	return slices.Contains([]string{"start", "stop", "restart", "add", "update"}, verb)
}

// unordered sorts the lines of commands whose processes are done in any order.
func unordered(command, text string) string {
	if !strings.HasSuffix(command, ":*") && !strings.HasSuffix(command, " all") {
		return text
	}
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// startedAgain waits until a reload is over.
func (i *instance) startedAgain(t *testing.T) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(40 * time.Second)
	for {
		select {
		case <-deadline:
			t.Fatalf("%s does not start again", i.name)
		case <-tick.C:
		}
		log, err := os.ReadFile(filepath.Join(i.dir, "main.log"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(log), "supervisord started with pid") > 1 {
			break
		}
	}
	if err := i.answers(); err != nil {
		t.Fatal(err)
	}
	i.settle(t, generated{})
}
