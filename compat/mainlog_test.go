package compat_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// logged is the configuration of the daemons whose logs are compared: a
// program for each way in which one ends.
const logged = `[unix_http_server]
file=DIR/s.sock
[inet_http_server]
port=127.0.0.1:PORT
username=u
password=p
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisord]
logfile=DIR/main.log
pidfile=DIR/s.pid
childlogdir=DIR
loglevel=LEVEL
umask=027
OPTIONS
[include]
files=no/such/*.conf
[program:long]
command=sleep 1000
[program:stubborn]
command=sh -c 'trap "" TERM; while :; do sleep 0.1; done'
stopwaitsecs=1
[program:expected]
command=sh -c 'sleep 1.5; exit 3'
exitcodes=3
[program:unexpected]
command=sh -c 'sleep 1.5; exit 4'
exitcodes=0,3
autorestart=false
[program:signalled]
command=sh -c 'sleep 1.5; kill -USR1 $$'
autorestart=false
[program:odd]
command=sh -c 'sleep 1.5; kill -40 $$'
autorestart=false
[program:quick]
command=sh -c 'exit 0'
startsecs=3
startretries=0
[program:missing]
command=/no/such/command
startretries=0
[program:directory]
command=/tmp
startretries=0
[program:plain]
command=/etc/hostname
startretries=0
[program:unparsable]
command=sh -c 'x
startretries=0
[program:nowhere]
command=sh -c 'exit 0'
directory=/no/such/directory
startsecs=3
startretries=0
[program:retried]
command=/no/such/retried
startretries=1000
autostart=false
[program:ends_well]
command=sh -c 'trap "exit 0" TERM; while :; do sleep 0.1; done'
[program:warned]
command=sleep 1000
autostart=false
stdout_logfile_maxbytes=0
redirect_stderr=true
stderr_logfile=DIR/ignored
`

func logConf(t *testing.T, dir, level, options string) string {
	t.Helper()
	return strings.NewReplacer("DIR", dir, "PORT", freePort(t), "LEVEL", level, "OPTIONS", options).Replace(logged)
}

// TestMainLog compares every line of the main log of a life: start, ends of
// all kinds, reopening, clearing, stops, a reload and the end.
func TestMainLog(t *testing.T) {
	for name, options := range map[string]string{"as root": "", "as a named root": "user=root", "as a numbered root": "user=0"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s subject) (saw observations) {
				dir := workDir(t)
				i := s.begin(t, dir, logConf(t, dir, "info", options))
				i.hurry(t)
				i.settle(t, ending())
				i.signalled(t, syscall.SIGUSR2, "supervisord logreopen")
				for _, a := range []ask{
					of("stopProcess", "stubborn"), of("stopProcess", "ends_well"), of("startProcess", "retried", false),
				} {
					if _, err := i.call(a.full(), a.params...); err != nil && a.method == "stopProcess" {
						t.Fatal(err)
					}
				}
				i.signalled(t, syscall.SIGHUP, "received SIGHUP")
				i.startedAgain(t)
				i.settle(t, ending())
				saw.add("exit code", fmt.Sprint(i.stop(t)))
				saw.add("main log", i.mainLog(t))
				terminal, err := os.ReadFile(filepath.Join(dir, "terminal"))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(i.logText(t), string(terminal)); diff != "" {
					t.Errorf("the terminal has not what the log has (-log +terminal):\n%s", diff)
				}
				return saw
			})
		})
	}
}

// ending are the programs that end by themselves, for settle.
func ending() generated {
	var made generated
	for _, name := range []string{"expected", "unexpected", "signalled", "odd", "quick", "nowhere"} {
		made.programs = append(made.programs, program{name: name, behaviour: behaviour{ends: true}})
	}
	return made
}

// signalled sends a signal and waits for a line of the log.
func (i *instance) signalled(t *testing.T, signal syscall.Signal, line string) {
	t.Helper()
	if err := i.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	until(t, line, func() bool { return strings.Contains(i.logText(t), line) })
}

func (i *instance) logText(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(i.dir, "main.log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestTraces compares what is logged of calls, signals and ends at the lowest
// level; lines about the insides of the original are left out.
func TestTraces(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s subject) (saw observations) {
		dir := workDir(t)
		i := s.begin(t, dir, logConf(t, dir, "blather", ""))
		i.settle(t, ending())
		for _, a := range []ask{
			of("getAPIVersion"), of("startProcess", "long"), of("startProcess", "missing"), of("nothing"), of("stopProcess", "ends_well"),
			of("signalProcess", "long", "CONT"), of("getState", 5), of("stopProcess", "nobody"),
		} {
			_, _ = i.call(a.full(), a.params...) // the log tells what came of it
		}
		lines := strings.Split(i.mask(i.logText(t)), "\n")
		saw.add("exit code", fmt.Sprint(i.stop(t)))
		saw.add("traces", strings.Join(slices.DeleteFunc(lines, func(line string) bool {
			for _, about := range []string{"XML-RPC method", "received SIG", "with signal", " sig SIG"} {
				if strings.Contains(line, about) && !strings.Contains(line, "getState") && !strings.Contains(line, "getAllProcessInfo") && !strings.Contains(line, "SIGCHLD") {
					return false
				}
			}
			return true
		}), "\n"))
		return saw
	})
}

// TestDaemonizing compares a daemon in the background: what the terminal got,
// the pid file, the log, and where the daemon is.
func TestDaemonizing(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s subject) (saw observations) {
		dir := workDir(t)
		i := &instance{subject: s, dir: dir}
		write(t, dir, logConf(t, dir, "info", "directory=/usr"))
		cmd := exec.Command(s.daemon, "-c", filepath.Join(dir, "supervisord.conf"))
		cmd.Env = environment(dir)
		t.Cleanup(func() { killMarked(dir + "\x00") })
		out, err := cmd.CombinedOutput()
		saw.add("terminal", fmt.Sprintf("%s%v", i.mask(string(out)), err))
		var pid int
		until(t, "the pid file", func() bool {
			text, err := os.ReadFile(filepath.Join(dir, "s.pid"))
			if err != nil {
				return false
			}
			pid, err = strconv.Atoi(strings.TrimSuffix(string(text), "\n"))
			return err == nil
		})
		until(t, "all programs", func() bool {
			log := i.logText(t)
			return strings.Count(log, "gave up: ") == 6 && !slices.ContainsFunc(ending().programs, func(p program) bool {
				return !strings.Contains(log, "exited: "+p.name+" ")
			})
		})
		where, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
		saw.add("directory", fmt.Sprint(where, err))
		for fd := range 3 {
			target, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", pid, fd))
			saw.add("descriptor", fmt.Sprint(target, err))
		}
		info, err := os.Stat(filepath.Join(dir, "s.pid"))
		if err != nil {
			t.Fatal(err)
		}
		saw.add("mode of the pid file", info.Mode().String())
		if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		until(t, "its end", func() bool {
			_, err := os.Stat(filepath.Join(dir, "s.pid"))
			return os.IsNotExist(err)
		})
		saw.add("main log", i.mainLog(t))
		return saw
	})
}
