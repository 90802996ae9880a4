package compat_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/client"
)

// sharing is the configuration for FastCGI programs: two processes at a unix
// socket, one at a TCP socket, and one that a group lists.
const sharing = `[unix_http_server]
file=DIR/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisord]
logfile=DIR/main.log
pidfile=DIR/s.pid
childlogdir=DIR
[fcgi-program:two]
command=sleep 1000
socket=unix://DIR/%(program_name)s.sock
socket_owner=nobody:root
socket_mode=0620
process_name=%(program_name)s_%(process_num)d
numprocs=2
priority=1
[fcgi-program:one]
command=sleep 1000
socket=tcp://localhost:PORT
socket_backlog=5
priority=2
[fcgi-program:users]
command=sleep 1000
user=nobody
socket=unix://DIR/users.sock
priority=3
[fcgi-program:missing]
command=/no/such/command
socket=unix://DIR/missing.sock
autostart=false
[group:some]
programs=member
priority=4
[fcgi-program:member]
command=sleep 1000
socket=unix://DIR/member.sock
`

// share runs the FastCGI programs.
func (s subject) share(t *testing.T, port string) *instance {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root may give a socket away")
	}
	dir := workDir(t)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	i := s.begin(t, dir, strings.NewReplacer("DIR", dir, "PORT", port).Replace(sharing))
	i.hurry(t)
	i.running(t, "two:two_0", "two:two_1", "one", "users", "some:member")
	return i
}

// running waits until all named processes run.
func (i *instance) running(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		until(t, name+" to run", func() bool { return i.state(t, name) == "RUNNING" })
	}
}

// pid is that of a process.
func (i *instance) pid(t *testing.T, name string) int {
	t.Helper()
	v, err := i.call("supervisor.getProcessInfo", name)
	if err != nil {
		t.Fatal(err)
	}
	info, err := client.ParseProcess(v)
	if err != nil {
		t.Fatal(err)
	}
	return info.PID
}

// input is what a process has as its descriptor 0.
func (i *instance) input(t *testing.T, name string) string {
	t.Helper()
	target, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/0", i.pid(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// descriptors records what each process has as its descriptor 0, and which of
// them have the same.
func (o *observations) descriptors(t *testing.T, i *instance) {
	t.Helper()
	for _, name := range []string{"two:two_0", "one", "users", "some:member"} {
		kind, _, _ := strings.Cut(i.input(t, name), ":")
		o.add("descriptor 0 of "+name, kind)
	}
	o.add("descriptor 0 of both", fmt.Sprint(i.input(t, "two:two_0") == i.input(t, "two:two_1")))
}

// sockets records what is at the addresses: owner, mode, and what a client gets.
func (o *observations) sockets(t *testing.T, i *instance, when, port string) {
	t.Helper()
	for _, name := range []string{"two.sock", "users.sock", "missing.sock"} {
		path := filepath.Join(i.dir, name)
		var info syscall.Stat_t
		err := syscall.Lstat(path, &info)
		o.add(name+" "+when, fmt.Sprintf("mode %o, owner %d:%d, %v; connect: %s", info.Mode, info.Uid, info.Gid, err, dialled("unix", path)))
	}
	o.add("tcp "+when, dialled("tcp", "127.0.0.1:"+port))
}

// dialled is what came of a connection.
func dialled(network, address string) string {
	conn, err := net.Dial(network, address)
	if err == nil {
		conn.Close()
		return "accepted"
	}
	return strings.ReplaceAll(err.Error(), address, "{address}")
}

// stopped stops processes and waits for them. Both daemons say so of each in
// their own time, so one is stopped after the other.
func (i *instance) stopped(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		i.does(t, "stopProcess", name, true)
	}
}

// socketLog are the lines of the main log about a program and its socket, but
// for those whose order is a matter of chance.
func (i *instance) socketLog(t *testing.T, port, name string) string {
	t.Helper()
	about := regexp.MustCompile(`socket \S*/` + name + `\.sock|socket tcp:.*\b` + name + `\b|'` + name + `|: ` + name + `|stopped: ` + name)
	var lines []string
	text := strings.ReplaceAll(i.mask(i.logText(t)), "tcp://localhost:"+port, "tcp://one")
	for line := range strings.Lines(text) {
		if about.MatchString(line) && !strings.Contains(line, "waiting for") && !strings.Contains(line, "success: ") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// TestFastCGISockets compares the sockets of FastCGI programs over a life: who has
// them, whose they are, when they are open, and what the log says.
func TestFastCGISockets(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s subject) (saw observations) {
		port := freePort(t)
		i := s.share(t, port)
		saw.descriptors(t, i)
		saw.sockets(t, i, "at first", port)
		saw.rpc(i, "supervisor.sendProcessStdin", "one", "text")
		i.stopped(t, "two:two_0")
		saw.sockets(t, i, "with one of two", port)
		i.stopped(t, "two:two_1", "one", "users")
		until(t, "the sockets to be closed", func() bool { return strings.Count(i.logText(t), "Closing socket") >= 7 })
		saw.sockets(t, i, "with none", port)
		for _, name := range []string{"two:two_1", "one", "users", "two:two_0"} {
			i.does(t, "startProcess", name, true)
		}
		saw.descriptors(t, i)
		saw.sockets(t, i, "again", port)
		if err := syscall.Kill(i.pid(t, "two:two_0"), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		until(t, "the crash", func() bool { return strings.Contains(i.logText(t), "exited: two_0") })
		i.running(t, "two:two_0")
		saw.sockets(t, i, "after a crash", port)
		saw.rpc(i, "supervisor.startProcess", "missing", true)
		saw.rpc(i, "supervisor.getAllProcessInfo")
		saw.add("log of two", i.socketLog(t, port, "two")) // not of its end, when both stop at the same time
		saw.add("exit code", fmt.Sprint(i.stop(t)))
		saw.sockets(t, i, "at the end", port)
		for _, name := range []string{"one", "users"} {
			saw.add("log of "+name, i.socketLog(t, port, name))
		}
		return saw
	})
}

// TestACrashOfAll compares what becomes of a socket whose only process crashes
// and is started again.
func TestACrashOfAll(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s subject) (saw observations) {
		port := freePort(t)
		i := s.share(t, port)
		pid := i.pid(t, "users")
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		until(t, "the crash", func() bool { return strings.Contains(i.logText(t), "exited: users") })
		i.running(t, "users")
		saw.sockets(t, i, "after the crash", port)
		saw.add("log of a crash", i.socketLog(t, port, "users"))
		i.stop(t)
		return saw
	})
}

// TestASocketThatCannotBeMade compares how the daemons end at their start.
func TestASocketThatCannotBeMade(t *testing.T) {
	t.Parallel()
	for name, socket := range map[string]string{
		"no directory":     "unix://DIR/missing/s.sock",
		"a long path":      "unix:///" + strings.Repeat("x", 200),
		"an address taken": "tcp://localhost:TAKEN",
		"no such host":     "tcp://no.such.host.invalid:9000",
		"no rights":        "unix://DIR/f.sock\nsocket_owner=root\n[supervisord]\nuser=nobody",
	} {
		t.Run(name, func(t *testing.T) {
			taken, err := net.Listen("tcp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer taken.Close()
			onBoth(t, func(t *testing.T, s subject) (saw observations) {
				dir := workDir(t)
				if err := os.Chmod(dir, 0o777); err != nil {
					t.Fatal(err)
				}
				conf := "[supervisord]\nlogfile=DIR/main.log\npidfile=DIR/s.pid\nchildlogdir=DIR\n" +
					"[fcgi-program:f]\ncommand=sleep 1000\nsocket=" + socket + "\n"
				port := fmt.Sprint(taken.Addr().(*net.TCPAddr).Port)
				write(t, dir, strings.NewReplacer("DIR", dir, "TAKEN", port).Replace(conf))
				i, err := s.start(t, dir)
				if err == nil {
					t.Fatalf("%s has started", i.name)
				}
				said := strings.ReplaceAll(strings.ReplaceAll(err.Error(), dir, "{dir}"), port, "{port}")
				saw.add("why", regexp.MustCompile(`Could not create FastCGI socket \w+://[^: ]*`).FindString(said))
				for _, file := range []string{"f.sock", "s.pid"} {
					_, err := os.Lstat(filepath.Join(dir, file))
					saw.add(file, fmt.Sprint(os.IsNotExist(err)))
				}
				return saw
			})
		})
	}
}
