package compat_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/client"
)

// pitted is the configuration that the pitfalls are looked for in.
const pitted = `[unix_http_server]
file=DIR/s.sock
[inet_http_server]
port=127.0.0.1:PORT
username=user
password=pass
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://DIR/s.sock
[supervisord]
logfile=DIR/main.log
pidfile=DIR/s.pid
childlogdir=DIR
environment=GLOBAL="g"
[include]
files=conf.d/*.conf
[program:long]
command=sh -c 'echo a line of output; exec sleep 1000'
stdout_logfile=DIR/long.out
[group:both]
programs=calm,hasty
[program:calm]
command=sh -c 'trap "sleep 1; exit 7" TERM; echo ready; while :; do sleep 0.1; done'
stdout_logfile=DIR/calm.out
startsecs=0
stopwaitsecs=20
[program:hasty]
command=sleep 1000
startsecs=0
stopwaitsecs=1
[program:leaves]
command=sh -c 'exit 3'
autostart=false
autorestart=false
startsecs=0
[program:missing]
command=/no/such/command
startretries=1
[program:words]
command=sleep 1000
autostart=false
redirect_stderr=On
stdout_events_enabled=1
stderr_events_enabled=TRUE
killasgroup=yes
[program:env]
command=sh -c 'echo "$SUPERVISOR_ENABLED|$SUPERVISOR_PROCESS_NAME|$SUPERVISOR_GROUP_NAME|$SUPERVISOR_SERVER_URL"; echo "$A|$B|$C|$GLOBAL"'
process_name=own
environment=A="x,y",B='p q',C=plain
stdout_logfile=DIR/env.out
startsecs=0
autorestart=false
[program:args]
command=sh -c 'printf "[%%s]" "$@"; echo' sh "a\nb" 'c\.d' x"y z"w %(program_name)s %(group_name)s %(process_num)d %(numprocs)d 5%%
stdout_logfile=DIR/args.out
startsecs=0
autorestart=false
[program:big]
command=sh -c 'for n in 1 2 3 4 5 6 7 8 9; do echo 0123456789; done'
stdout_logfile=DIR/big.out
stdout_logfile_maxbytes=0
startsecs=0
autorestart=false
[program:none]
command=sleep 1000
autostart=false
stdout_logfile=NONE
stderr_logfile=off
[program:auto]
command=sleep 1000
autostart=false
stdout_logfile=auto
stderr_logfile=
[group:team]
programs=one
[program:one]
command=sleep 1000
process_name=twin
startsecs=0
[program:other]
command=sleep 1000
process_name=twin
startsecs=0
[program:seven]
command=sleep 1000
autostart=false
numprocs=2
numprocs_start=7
process_name=%(program_name)s_%(process_num)d
[program:user]
command=sh -c 'echo "$(id -u) $(id -G) $HOME"'
USER
stdout_logfile=DIR/user.out
startsecs=0
autorestart=false
[program:tagged]
command=sh -c 'echo "before<!--XSUPERVISOR:BEGIN-->between<!--XSUPERVISOR:END-->after, and a good deal more than what is ever held back"; exec sleep 1000'
stdout_logfile=DIR/tagged.out
stdout_capture_maxbytes=1KB
startsecs=0
[program:window]
command=sh -c 'printf 0123456789; exec sleep 1000'
stdout_logfile=DIR/window.out
autostart=false
startsecs=0
[program:small]
command=sh -c 'for n in 1 2 3 4 5 6 7 8 9; do echo 0123456789; sleep 0.02; done; exec sleep 1000'
stdout_logfile=DIR/small.out
stdout_logfile_maxbytes=30
stdout_logfile_backups=0
startsecs=0
[program:kept]
command=sh -c 'for n in 1 2 3 4 5 6 7 8 9; do echo 0123456789; sleep 0.02; done; exec sleep 1000'
stdout_logfile=DIR/kept.out
stdout_logfile_maxbytes=30
stdout_logfile_backups=1
startsecs=0
[program:place]
command=sh -c 'echo "$(umask) $(pwd) $SUPERVISOR_SERVER_URL"'
umask=027
directory=DIR/conf.d
serverurl=http://example.org:9001
stdout_logfile=DIR/place.out
startsecs=0
autorestart=false
[program:first]
command=sleep 1000
priority=2
startsecs=0
[program:last]
command=sleep 1000
priority=2000
startsecs=0
[eventlistener:ear]
command=sh -c 'echo READY; exec sleep 1000'
events=TICK_3600
startsecs=0
`

// pit is a daemon with the pitted configuration.
type pit struct {
	*instance
	t    *testing.T // of the row that is being checked
	conf string
	port string
}

func newPit(t *testing.T, s subject) *pit {
	t.Helper()
	dir := workDir(t)
	if err := os.Mkdir(filepath.Join(dir, "conf.d"), 0o755); err != nil {
		t.Fatal(err)
	}
	p := &pit{t: t, port: freePort(t)}
	for name, program := range map[string]string{"x.conf": "included", "x.conf.bak": "bak", ".x.conf": "hidden"} {
		text := "[program:" + program + "]\ncommand=echo %(here)s\nstdout_logfile=" + dir + "/" + program + ".out\nstartsecs=0\nautorestart=false\n"
		p.writeFile(filepath.Join(dir, "conf.d", name), text)
	}
	user := ""
	if os.Geteuid() == 0 {
		user = "user=65534"
	}
	p.conf = strings.NewReplacer("DIR", dir, "PORT", p.port, "USER", user).Replace(pitted)
	p.instance = s.begin(t, dir, p.conf)
	p.hurry(t)
	p.settled()
	return p
}

// settled waits until all that starts by itself has come to where it stays.
func (p *pit) settled() {
	p.t.Helper()
	for name, state := range map[string]string{
		"long": "RUNNING", "missing": "FATAL", "env:own": "EXITED", "args": "EXITED", "big": "EXITED", "user": "EXITED", "place": "EXITED",
		"included": "EXITED", "both:calm": "RUNNING", "team:twin": "RUNNING", "other:twin": "RUNNING", "ear": "RUNNING", "last": "RUNNING",
	} {
		p.until(name+" "+state, func() bool { return p.member(name, "statename") == state })
	}
	p.until("calm to be ready", func() bool { return p.line("calm", 0) == "ready" })
}

func (p *pit) until(what string, is func() bool) {
	p.t.Helper()
	until(p.t, what+" of "+p.name, is)
}

// end stops the daemon.
func (p *pit) end(t *testing.T) {
	t.Helper()
	p.t = t
	p.stop(t)
}

// ask calls a method of supervisor and writes its answer in short; a fault as "10 BAD_NAME: x".
func (p *pit) ask(method string, params ...any) string {
	v, err := p.call("supervisor."+method, params...)
	if fault, ok := errors.AsType[*client.Fault](err); ok {
		return fmt.Sprintf("%d %s", fault.Code, fault.String)
	}
	if err != nil {
		p.t.Errorf("%s: %v", method, err)
	}
	list, _ := v.([]any)
	var results []string
	for _, item := range list {
		result, ok := item.(client.Struct)
		if !ok {
			return fmt.Sprint(v)
		}
		results = append(results, fmt.Sprintf("%v:%v %v %v", memberOf(result, "group"), memberOf(result, "name"), memberOf(result, "status"), memberOf(result, "description")))
	}
	if len(results) == 0 {
		return fmt.Sprint(v)
	}
	slices.Sort(results) // they come in the order in which they were done
	return strings.Join(results, ", ")
}

// member is a member of getProcessInfo, or the fault.
func (p *pit) member(name, member string) string {
	v, err := p.call("supervisor.getProcessInfo", name)
	if err != nil {
		return p.ask("getProcessInfo", name)
	}
	return fmt.Sprint(memberOf(v.(client.Struct), member))
}

func memberOf(s client.Struct, name string) any {
	v, _ := s.Get(name)
	return v
}

// line is a line of the file that a program writes to, "" while there is none.
func (p *pit) line(program string, number int) string {
	data, err := os.ReadFile(filepath.Join(p.dir, program+".out"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		p.t.Error(err)
	}
	lines := strings.Split(string(data), "\n")
	if len(lines) <= number+1 { // the last one has no end yet
		return ""
	}
	return lines[number]
}

// log is the text of the main log.
func (p *pit) log() string {
	data, err := os.ReadFile(filepath.Join(p.dir, "main.log"))
	if err != nil {
		p.t.Error(err)
	}
	return string(data)
}

func (p *pit) writeFile(path, text string) {
	p.t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// size is that of a file in the directory, -1 without one.
func (p *pit) size(name string) int64 {
	info, err := os.Stat(filepath.Join(p.dir, name))
	if err != nil {
		return -1
	}
	return info.Size()
}
