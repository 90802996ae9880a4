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
[program:plain]
command=/etc/passwd
autostart=false
startretries=0
[program:told]
command=sh -c 'echo a line to be followed >&2; exec sleep 1000'
autostart=false
[program:echo]
command=cat
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

// session is every command, as it is meant and not. What is printed without
// the daemon, as help, is compared by the tests of internal/ctl.
func session() []string {
	return []string{
		"status", "status all", "status long", "status pair:*", "status pair:", "status nobody", "status nobody:*", "status pair",
		"status long nobody", "status pair:pair_01 long nobody:*",
		"version", "version 1", "avail", "avail 1", "reread", "reread 1", "update", "update nobody", "update all", "update long",
		"start", "start long", "start nobody", "start nobody:*", "start missing", "start plain", "start once", "start pair:*", "start pair",
		"start nobody silent missing long", "status missing", "status once", "status all",
		"stop", "stop silent", "stop silent", "stop nobody", "stop nobody:*", "stop missing", "stop once", "stop pair:pair_00", "stop pair:*", "stop pair:",
		"start pair:*", "restart", "restart silent", "restart silent", "restart nobody", "restart once", "restart pair:*", "restart nobody:*",
		"signal", "signal CONT", "signal CONT long", "signal 18 long", "signal sigcont long nobody", "signal NOPE long", "signal 999 long",
		"signal CONT nobody", "signal CONT missing", "signal CONT pair:*", "signal NOPE pair:*", "signal CONT nobody:*", "signal CONT all",
		"pid", "pid long", "pid nobody", "pid missing", "pid long missing nobody", "pid pair:*", "pid all",
		"tail", "tail long", "tail -7 long", "tail long stderr", "tail long both", "tail nobody", "tail silent", "tail -x long", "tail a b c",
		"tail -5 long stdout", "tail -f", "tail -f nobody", "tail -f silent", "tail -f pair:*", "tail -f long both", "tail pair:*", "tail -0 long",
		"maintail -0", "maintail x y z", "maintail -x", "maintail stdout", "maintail -f x y",
		"clear", "clear nobody", "clear long", "clear pair:pair_00", "clear pair:*", "clear long nobody", "tail long", "clear all",
		"add", "add nobody", "add long", "add pair nobody", "remove", "remove nobody", "remove long", "remove pair nobody",
		"stop long", "remove long", "status long", "start long", "add long", "stop long", "remove long", "status long", "update", "update long",
		"open", "open nonsense", "open ftp://x", "fg", "fg nobody", "fg missing", "fg a b", "reload 1", "shutdown 1",
		"nonsense", "!ls", "start-all", "stop all", "stop all", "start all", "quit", "exit", "EOF",
	}
}

// TestCtl plays one session with each supervisorctl against each daemon: all
// four must print the same and exit with the same code.
func TestCtl(t *testing.T) {
	both := subjects(t)
	var saw [2][2]observations
	t.Run("play", func(t *testing.T) {
		for d, daemon := range both {
			for c, ctl := range both {
				t.Run(ctl.name+" to "+daemon.name, func(t *testing.T) {
					t.Parallel()
					saw[d][c] = playedBy(t, daemon, ctl)
				})
			}
		}
	})
	if t.Failed() {
		return
	}
	for d, daemon := range both {
		for c, ctl := range both {
			t.Run("compare "+ctl.name+" to "+daemon.name, func(t *testing.T) {
				compare(t, saw[0][0], saw[d][c])
			})
		}
	}
}

func playedBy(t *testing.T, daemon, ctl subject) (saw observations) {
	t.Helper()
	dir := workDir(t)
	write(t, dir, played(dir))
	i, err := daemon.start(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	i.settle(t, generated{})
	commandLine := ctl.ctl(t)
	run := func(commands ...string) {
		for _, command := range commands {
			text := i.mask(commandLine(t, i, strings.Fields(command)...))
			if changes(command) && i.runs() {
				i.settle(t, generated{})
			}
			saw.add("ctl "+command, unordered(command, text))
		}
	}
	run(session()...)
	saw.add("ctl open", i.mask(commandLine(t, i, "open", "unix://"+dir+"/s.sock")))
	run("start told")
	saw.converse(t, ctl, i)
	write(t, dir, strings.Replace(played(dir), "[program:once]", "[program:added]\ncommand=sleep 5\nautostart=off\n[program:once]\npriority=5", 1))
	run("reread", "update once added", "reread", "avail", "update")
	write(t, dir, played(dir)+"startsecs=x\n")
	run("reread", "update")
	write(t, dir, played(dir))
	run("update", "reload")
	i.startedAgain(t)
	run("status", "shutdown")
	select {
	case <-i.done:
	case <-time.After(30 * time.Second):
		t.Fatalf("%s does not end", daemon.name)
	}
	saw.add("exit code", fmt.Sprint(i.cmd.ProcessState.ExitCode()))
	run("status", "start long", "stop all", "pid", "version", "shutdown", "tail long", "tail -f long", "clear long", "signal HUP all",
		"avail", "reread", "update", "add long", "remove long", "reload", "fg long", "maintail")
	saw.add("main log", i.mainLog(t))
	return saw
}

// converse is what goes on until it is left. After fg the original idles for
// half a minute, which is not waited for.
func (o *observations) converse(t *testing.T, s subject, i *instance) {
	t.Helper()
	for _, c := range []conversation{
		{words: []string{"tail", "-f", "told", "stderr"}, awaited: "a line to be followed", leave: ctrlC},
		{words: []string{"fg", "echo"}, typed: "said to it\n", awaited: "said to it", leave: endOfInput, last: "Exiting foreground"},
	} {
		o.add("ctl "+strings.Join(c.words, " "), i.mask(s.converse(t, i, c)))
	}
}

// changes reports whether a command may set a process on its way.
func changes(command string) bool {
	verb, _, _ := strings.Cut(command, " ")
	return slices.Contains([]string{"start", "stop", "restart", "add", "update"}, verb)
}

// unordered sorts the lines of commands whose processes are done in any order.
func unordered(command, text string) string {
	if command == "maintail -0" {
		return byProcess(text)
	}
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
