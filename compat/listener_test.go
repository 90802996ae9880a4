package compat_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/client"
)

// listening is the configuration for event listeners. Its programs tell of
// themselves in every way there is.
const listening = `[unix_http_server]
file=DIR/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisord]
logfile=DIR/main.log
pidfile=DIR/s.pid
childlogdir=DIR
loglevel=debug
identifier=here
[eventlistener:l]
command=python3 SCRIPT DIR/record
startsecs=0
LISTENER
`

const talking = `
[program:logs]
command=sh -c 'while read line; do eval "$line"; done'
startsecs=0
stdout_events_enabled=true
stderr_events_enabled=true
[program:comm]
command=sh -c 'while read line; do eval "$line"; done'
startsecs=0
stdout_capture_maxbytes=1MB
stderr_capture_maxbytes=1MB
[program:quits]
command=sh -c 'sleep 1.5; exit 3'
exitcodes=3
autorestart=false
[program:fails]
command=sh -c 'sleep 1.5; kill -USR1 $$'
autorestart=false
[program:quick]
command=sh -c 'exit 0'
startsecs=3
startretries=1
[program:retried]
command=sh -c 'exit 0'
startsecs=3
startretries=1000
autostart=false
[group:some]
programs=one,two
[program:one]
command=sleep 1000
[program:two]
command=sleep 1000
autostart=false
`

// listen runs a listener with the given options beside the given programs.
func (s subject) listen(t *testing.T, options, programs string) *instance {
	t.Helper()
	script, err := filepath.Abs("testdata/listener.py")
	if err != nil {
		t.Fatal(err)
	}
	dir := workDir(t)
	i := s.begin(t, dir, strings.NewReplacer("DIR", dir, "SCRIPT", script, "LISTENER", options).Replace(listening+programs))
	i.hurry(t)
	return i
}

// record are the lines of the listener's record so far.
func (i *instance) record(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(i.dir, "record"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	lines := strings.Split(string(data), "\n")
	return lines[:len(lines)-1]
}

// recorded waits until so many lines of the record match pattern.
func (i *instance) recorded(t *testing.T, count int, pattern string) {
	t.Helper()
	matches := regexp.MustCompile(pattern)
	until(t, pattern+" in the record", func() bool {
		n := 0
		for _, line := range i.record(t) {
			if matches.MatchString(line) {
				n++
			}
		}
		return n >= count
	})
}

// does calls a method that is to succeed.
func (i *instance) does(t *testing.T, method string, params ...any) {
	t.Helper()
	if _, err := i.call("supervisor."+method, params...); err != nil {
		t.Fatalf("%s %s: %v", i.name, method, err)
	}
}

func (i *instance) remote(t *testing.T, data string) {
	t.Helper()
	i.does(t, "sendRemoteCommEvent", "kind", data)
}

// TestEveryEvent provokes each type of event and compares the bytes that a
// listener gets.
func TestEveryEvent(t *testing.T) {
	onBoth(t, func(t *testing.T, s subject) (saw observations) {
		i := s.listen(t, "events=EVENT\nbuffer_size=1000", talking)
		i.provoke(t)
		i.recorded(t, 1, "TICK_5 ")
		i.remote(t, "last")
		i.recorded(t, 1, `\\nlast`)
		i.quiet(t)
		if err := i.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		saw.add("exit code", fmt.Sprint(i.stop(t)))
		i.told(t, &saw)
		return saw
	})
}

// provoke makes everything happen that there are events for.
func (i *instance) provoke(t *testing.T) {
	t.Helper()
	for n, line := range []string{`echo out`, `echo err >&2`, `printf 'abc\377\n'`, `echo héllo`, `printf "it's \\\\ \"\\377\" \\n"`} {
		i.does(t, "sendProcessStdin", "logs", line+"\n")
		i.recorded(t, n+1, "PROCESS_LOG.*processname:logs")
	}
	const rest = "and what follows, which must be longer than a tag"
	for n, said := range []string{"hello", "", `abc\377`, "é"} {
		for k, to := range []string{"", " >&2"} {
			i.does(t, "sendProcessStdin", "comm", `printf '<!--XSUPERVISOR:BEGIN-->`+said+`<!--XSUPERVISOR:END-->`+rest+`'`+to+"\n")
			i.recorded(t, 2*n+k+1, "PROCESS_COMMUNICATION_STD")
		}
	}
	i.remote(t, "dätä\nand more")
	i.does(t, "sendRemoteCommEvent", "", "")
	i.recorded(t, 2, "REMOTE_COMMUNICATION")
	i.does(t, "startProcess", "some:two", true)
	i.does(t, "stopProcess", "some:two", true)
	i.does(t, "stopProcess", "some:one", true)
	i.does(t, "removeProcessGroup", "some")
	i.does(t, "addProcessGroup", "some")
	i.does(t, "startProcess", "retried", false)
	i.recorded(t, 1, "PROCESS_STATE_BACKOFF.*processname:retried")
	i.does(t, "stopProcess", "retried", true)
	i.recorded(t, 2, "PROCESS_GROUP_ADDED.*some")
	i.recorded(t, 2, "PROCESS_STATE_RUNNING.*processname:one")
	i.recorded(t, 1, "PROCESS_STATE_FATAL.*processname:quick")
	i.recorded(t, 1, "PROCESS_STATE_EXITED.*processname:quits")
	i.recorded(t, 1, "PROCESS_STATE_EXITED.*processname:fails")
}

// told records what the listener was told: the events of each process in
// their order, up to the end of the daemon, without the ticks of chance.
func (i *instance) told(t *testing.T, saw *observations) {
	t.Helper()
	byProcess := map[string][]string{}
	serials, tick := "in turn", ""
	for n, line := range i.record(t) {
		if !strings.Contains(line, fmt.Sprintf(" serial:%d pool:l poolserial:%d ", n, n)) {
			serials = "out of turn at " + line
		}
		line = i.maskEvent(line)
		if strings.Contains(line, ":TICK_") {
			tick = line
			continue
		}
		process := "none"
		if m := regexp.MustCompile(`processname:(\S+)`).FindStringSubmatch(line); m != nil {
			process = m[1]
		}
		byProcess[process] = append(byProcess[process], line)
		if strings.Contains(line, "SUPERVISOR_STATE_CHANGE_STOPPING") {
			break // when the listener itself is stopped is a matter of chance
		}
	}
	names := slices.Sorted(maps.Keys(byProcess))
	for _, name := range names {
		saw.add("events of "+name, strings.Join(byProcess[name], "\n"))
	}
	saw.add("serials", serials)
	saw.add("tick", tick)
}

// maskEvent takes out what no two runs share. A length is that of its pid or
// of its time, whose digits are counted instead.
func (i *instance) maskEvent(line string) string {
	line = regexp.MustCompile(` serial:\d+ pool:l poolserial:\d+ `).ReplaceAllString(line, " serial:S pool:l poolserial:S ")
	m := regexp.MustCompile(`pid:([1-9]\d*)`).FindStringSubmatch(line)
	if m != nil {
		line = strings.Replace(line, m[0], "pid:{pid}", 1)
		line = shorter(line, len(m[1]))
	}
	return regexp.MustCompile(`when:\d{9}\d`).ReplaceAllString(line, "when:{time}")
}

// shorter takes so many characters off the length in a header.
func shorter(line string, by int) string {
	return regexp.MustCompile(` len:(\d+)`).ReplaceAllStringFunc(line, func(text string) string {
		n, _ := strconv.Atoi(strings.TrimPrefix(text, " len:"))
		return fmt.Sprintf(" len:%d without its pid", n-by)
	})
}

// TestAnswers compares which listener of a pool gets which event, in which
// order, and what the log says of it, whatever they answer.
func TestAnswers(t *testing.T) {
	onBoth(t, func(t *testing.T, s subject) (saw observations) {
		i := s.listen(t, "events=REMOTE_COMMUNICATION\nautorestart=true", "")
		for _, word := range []string{"one", "two", "fail", "three", "die", "four"} {
			i.remote(t, word)
			times := 1
			if word == "fail" || word == "die" {
				times = 2 // it comes again
			}
			i.recorded(t, times, `\\n`+word)
		}
		i.quiet(t)
		saw.add("record", strings.Join(i.record(t), "\n"))
		saw.add("listener log", i.aboutEvents(t))
		i.stop(t)
		return saw
	})
}

// TestGarbage compares what becomes of a listener that breaks the protocol and
// is not to be restarted, and of its event once somebody restarts it.
func TestGarbage(t *testing.T) {
	onBoth(t, func(t *testing.T, s subject) (saw observations) {
		i := s.listen(t, "events=REMOTE_COMMUNICATION\nautorestart=false", "")
		i.remote(t, "one")
		i.remote(t, "garbage")
		i.remote(t, "late")
		until(t, "the offence", func() bool { return strings.Contains(i.logText(t), "has entered the UNKNOWN state") })
		saw.add("state", i.state(t, "l"))
		i.does(t, "stopProcess", "l", true)
		i.does(t, "startProcess", "l", true)
		i.recorded(t, 1, "late")
		i.quiet(t)
		saw.add("record", strings.Join(i.record(t), "\n"))
		saw.add("log of events", i.aboutEvents(t))
		i.stop(t)
		return saw
	})
}

// state is the name of the state of a process.
func (i *instance) state(t *testing.T, name string) string {
	t.Helper()
	v, err := i.call("supervisor.getProcessInfo", name)
	if err != nil {
		t.Fatal(err)
	}
	info, err := client.ParseProcess(v)
	if err != nil {
		t.Fatal(err)
	}
	return info.StateName
}

// TestPools compares how events are spread over the processes of pools, and
// what numbers they have in each.
func TestPools(t *testing.T) {
	const other = `
[eventlistener:o]
command=python3 SCRIPT DIR/other
events=TICK_3600,REMOTE_COMMUNICATION
startsecs=0
priority=7
`
	onBoth(t, func(t *testing.T, s subject) (saw observations) {
		i := s.listen(t, "events=REMOTE_COMMUNICATION,PROCESS_GROUP\nnumprocs=3\nprocess_name=%(program_name)s%(process_num)d", other)
		i.recorded(t, 2, "PROCESS_GROUP_ADDED")
		until(t, "all to be ready again", func() bool {
			return strings.Count(i.logText(t), ": ACKNOWLEDGED -> READY") == 3+2+1
		})
		for n := range 3 { // each is held by one
			i.remote(t, "hold")
			i.recorded(t, n+1, "hold")
		}
		i.remote(t, "late")
		i.remote(t, "later")
		if err := os.WriteFile(filepath.Join(i.dir, "record.go"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		i.recorded(t, 2, "late")
		// Who is free first when the three are let go, and who of two writes
		// first, is a matter of chance.
		lines := i.record(t)[2:]
		for n, line := range lines[3:] {
			lines[3+n] = regexp.MustCompile(`^l\d`).ReplaceAllString(line, "l?")
		}
		slices.Sort(lines[3:])
		saw.add("record", strings.Join(lines, "\n"))
		other, err := os.ReadFile(filepath.Join(i.dir, "other"))
		if err != nil {
			t.Fatal(err)
		}
		saw.add("record of the other pool", string(other))
		i.stop(t)
		return saw
	})
}

// TestOverflow compares which events a busy listener misses.
func TestOverflow(t *testing.T) {
	onBoth(t, func(t *testing.T, s subject) (saw observations) {
		i := s.listen(t, "events=REMOTE_COMMUNICATION\nbuffer_size=3", "")
		i.remote(t, "hold")
		i.recorded(t, 1, "hold")
		for n := range 7 {
			i.remote(t, fmt.Sprint("event ", n))
		}
		if err := os.WriteFile(filepath.Join(i.dir, "record.go"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		i.recorded(t, 1, "event 6")
		i.quiet(t)
		saw.add("record", strings.Join(i.record(t), "\n"))
		saw.add("log of events", i.aboutEvents(t))
		i.stop(t)
		return saw
	})
}

// TestSerialsGoOn: a reload does not begin anew to count.
func TestSerialsGoOn(t *testing.T) {
	onBoth(t, func(t *testing.T, s subject) (saw observations) {
		i := s.listen(t, "events=REMOTE_COMMUNICATION,SUPERVISOR_STATE_CHANGE_RUNNING", "")
		i.remote(t, "before")
		i.recorded(t, 1, "before")
		i.does(t, "restart")
		i.recorded(t, 2, "SUPERVISOR_STATE_CHANGE_RUNNING")
		until(t, "the answer", func() bool { _, err := i.call("supervisor.getState"); return err == nil })
		i.remote(t, "after")
		i.recorded(t, 1, "after")
		saw.add("record", strings.Join(i.record(t), "\n"))
		i.stop(t)
		return saw
	})
}

// quiet waits until the listener is ready again after the last event that it
// has recorded.
func (i *instance) quiet(t *testing.T) {
	t.Helper()
	record := i.record(t)
	serial := regexp.MustCompile(` serial:(\d+)`).FindStringSubmatch(record[len(record)-1])[1]
	until(t, "the listener to be ready", func() bool {
		_, after, sent := strings.Cut(i.aboutEvents(t), "event "+serial+" sent")
		return sent && strings.HasSuffix(after, "DEBG l: ACKNOWLEDGED -> READY\n")
	})
}

// aboutEvents are the lines of the main log about events and listeners.
func (i *instance) aboutEvents(t *testing.T) string {
	t.Helper()
	about := regexp.MustCompile(`^[A-Z]{4} (l\d?: |event \d|rebuffering|pool |'l\d?' stdout|b')`)
	var lines []string
	for line := range strings.Lines(i.mask(i.logText(t))) {
		if about.MatchString(line) || strings.HasPrefix(line, "b'") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// lanced has three listeners like superlance's, and what they look after: a
// program that crashes, one that is large when it is new, and a server that
// answers only once it was started again.
const lanced = `[unix_http_server]
file=DIR/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisord]
logfile=DIR/main.log
pidfile=DIR/s.pid
childlogdir=DIR
[eventlistener:crashmail]
command=python3 SCRIPT crash DIR/crash
events=PROCESS_STATE_EXITED
[eventlistener:memmon]
command=python3 SCRIPT memory DIR/memory large 40000
events=TICK_5
[eventlistener:httpok]
command=python3 SCRIPT http DIR/http http://127.0.0.1:PORT/ server
events=TICK_5
[program:crashes]
command=sh -c 'sleep 2.5; exit 3'
autorestart=false
[program:quits]
command=sh -c 'sleep 2.5; exit 0'
autorestart=false
[program:large]
command=sh -c 'if mkdir DIR/large.once; then exec python3 -c "x = b\"x\" * 50000000; input()"; fi; exec sleep 1000'
startsecs=0
[program:server]
command=sh -c 'if mkdir DIR/server.once; then exec sleep 1000; fi; exec python3 -m http.server --bind 127.0.0.1 PORT'
directory=DIR
`

// TestSuperlance has listeners in the style of superlance at work, which call
// the daemon back, and compares what they have done.
func TestSuperlance(t *testing.T) {
	script, err := filepath.Abs("testdata/superlance.py")
	if err != nil {
		t.Fatal(err)
	}
	onBoth(t, func(t *testing.T, s subject) (saw observations) {
		dir := workDir(t)
		conf := strings.NewReplacer("DIR", dir, "SCRIPT", script, "PORT", freePort(t)).Replace(lanced)
		i := s.begin(t, dir, conf)
		for _, name := range []string{"crash", "memory", "http"} {
			var text []byte
			until(t, "what "+name+" has done", func() bool {
				text, _ = os.ReadFile(filepath.Join(dir, name)) // it is made when there is something to tell
				return strings.HasSuffix(string(text), "\n")
			})
			saw.add("done by "+name, string(text))
		}
		i.stop(t)
		return saw
	})
}
