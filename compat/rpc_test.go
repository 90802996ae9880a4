package compat_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/client"
)

// called is the configuration that the methods are called on: a process of
// every kind that a method may meet.
const called = `[unix_http_server]
file=DIR/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisord]
logfile=DIR/main.log
pidfile=DIR/s.pid
childlogdir=DIR
identifier=box
[program:long]
command=sh -c 'echo a line of output; echo an error >&2; exec cat'
priority=5
stdout_logfile=DIR/long.out
[program:pair]
command=sleep 1000
numprocs=2
process_name=%(program_name)s_%(process_num)02d
startsecs=0
environment=A=1
[program:once]
command=sh -c 'exit 3'
autostart=false
autorestart=false
startsecs=3
startretries=0
exitcodes=0,2
[program:leaves]
command=sh -c 'exit 3'
autostart=false
autorestart=false
startsecs=0
[program:missing]
command=/no/such/command
autostart=false
startretries=0
[program:directory]
command=/tmp
autostart=false
[program:plain]
command=/etc/hostname
autostart=false
[program:empty]
command=
autostart=false
[program:unparsable]
command=sh -c 'x
autostart=false
[program:silent]
command=sleep 1000
autostart=false
startsecs=0
stdout_logfile=NONE
redirect_stderr=true
serverurl=http://example.org:9001
[program:starting]
command=sleep 1000
startsecs=1000
autostart=false
[program:restless]
command=sh -c 'exit 1'
startsecs=5
startretries=1000
autostart=false
[program:stubborn]
command=sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
stopwaitsecs=6
[program:a]
command=sleep 1000
startsecs=0
autostart=false
[program:b]
command=sleep 1000
startsecs=0
autostart=false
stopsignal=KILL
[group:team]
programs=b,a
priority=3
`

// ask is one call.
type ask struct {
	method string // without its namespace if that is supervisor
	params []any
}

func of(method string, params ...any) ask { return ask{method, params} }

func (a ask) full() string {
	if strings.HasPrefix(a.method, "system.") {
		return a.method
	}
	return "supervisor." + a.method
}

// asked records the answer of a call, under a heading that may be a
// difference's.
func (o *observations) asked(i *instance, heading string, a ask) {
	v, err := i.call(a.full(), a.params...)
	text := i.text(v, err)
	if a.method == "getPID" && err == nil {
		text = "{pid}"
	}
	o.add(fmt.Sprintf("%s %s%v", heading, a.full(), a.params), text)
}

// TestMethods calls every method on one daemon each: as meant, with other
// parameters than it has, in several at once, and during a shutdown.
func TestMethods(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s subject) (saw observations) {
		dir := workDir(t)
		i := s.begin(t, dir, strings.ReplaceAll(called, "DIR", dir))
		i.settle(t, generated{})
		i.hurry(t)
		for _, a := range queries() {
			saw.asked(i, "rpc", a)
		}
		methods := i.methods(t)
		for _, m := range methods {
			m.misused(&saw, i)
		}
		for _, a := range operations() {
			saw.asked(i, "rpc", a)
		}
		i.inSeveral(&saw)
		if _, err := i.call("supervisor.shutdown"); err != nil {
			t.Fatal(err)
		}
		for _, m := range methods {
			saw.asked(i, "rpc in shutdown", m.usual())
			saw.asked(i, "rpc in shutdown", of(m.name))
		}
		saw.asked(i, "rpc in shutdown", of("system.multicall", []any{call("supervisor.getState"), call("system.methodHelp", "x")}))
		<-i.done
		saw.add("exit code", fmt.Sprint(i.cmd.ProcessState.ExitCode()))
		return saw
	})
}

// queries change nothing, so their answers do not depend on their order.
func queries() []ask {
	all := []ask{
		of("system.listMethods"), of("getAPIVersion"), of("getVersion"), of("getSupervisorVersion"), of("getIdentification"), of("getState"),
		of("getPID"), of("getAllProcessInfo"), of("getAllConfigInfo"), of("reloadConfig"),
		of("readLog", 24, 4), of("readMainLog", 24, 4), of("readLog", -1, 0), of("readLog", -1, 1), of("readLog", 0, -1), of("readLog", 1<<30, 0),
		of("system.methodHelp", "nothing"), of("system.methodHelp", "supervisor.nothing"), of("system.methodHelp", "getState"),
		of("system.methodSignature", "nothing"), of("system.methodSignature", ""),
		of("nothing"), of("_listMethods"), of("system._listMethods"), of("system.nothing"), of("getState.x"), of(""), of("system.listMethods.x"),
		of("getProcessInfo", "pair"), of("getProcessInfo", "team:a"), of("getProcessInfo", "a"), of("getProcessInfo", "long:long"),
		of("sendProcessStdin", "missing", "x"), of("sendRemoteCommEvent", "type", "data"), of("sendRemoteCommEvent", "", ""),
	}
	for _, method := range []string{"readProcessStdoutLog", "readProcessLog", "readProcessStderrLog", "tailProcessStdoutLog", "tailProcessLog", "tailProcessStderrLog"} {
		for _, span := range [][2]int{{0, 0}, {0, 4}, {2, 3}, {-3, 0}, {-100, 0}, {-3, 1}, {0, -1}, {100, 5}, {3, 100}, {0, 15}, {0, 16}, {14, 1}, {-3, -3}} {
			all = append(all, of(method, "long", span[0], span[1]))
		}
		for _, name := range []string{"silent", "missing", "team:a", "nobody", "team:*", "team:", "pair", "pair:pair_00", ""} {
			all = append(all, of(method, name, 0, 5))
		}
	}
	for _, name := range namespecs() {
		all = append(all, of("getProcessInfo", name))
	}
	return all
}

// namespecs are names that mean nothing, or not one process.
func namespecs() []string {
	return []string{"nobody", "nobody:nobody", "nobody:*", "nobody:", ":", ":*", "*", "", " ", "long:", "long:nobody", "team:a:b", "team:a ", "LONG", "ünknown\n"}
}

// operations start, stop, signal and clear. Every one but the last ones waits
// until what it does is done.
func operations() []ask {
	var all []ask
	for _, name := range append(namespecs(), "long", "pair", "missing", "directory", "plain", "empty", "unparsable") {
		if strings.HasSuffix(name, ":") && name != "nobody:" && name != ":" {
			continue
		}
		all = append(all, of("startProcess", name), of("startProcess", name, false), of("startProcessGroup", name+"!"), of("signalProcess", name, "NOPE"),
			of("sendProcessStdin", name, ""))
	}
	for _, name := range namespecs() {
		if strings.HasPrefix(name, "long:") && name != "long:nobody" {
			continue
		}
		all = append(all, of("stopProcess", name), of("stopProcessGroup", name), of("signalProcess", name, "CONT"), of("signalProcessGroup", name, "CONT"),
			of("clearProcessLogs", name), of("addProcessGroup", name), of("removeProcessGroup", name))
	}
	for _, signal := range []any{"CONT", "SIGCONT", "cont", "sigcont", "18", 18, "0", "", "99", -1, 1000, "CONT ", " 18", "NSIG", "_DFL", "SIG_DFL"} {
		all = append(all, of("signalProcess", "pair:pair_00", signal))
	}
	return append(all,
		of("startProcess", "once"), of("getProcessInfo", "once"), of("startProcess", "leaves"),
		of("stopProcess", "once"), of("signalProcess", "once", "CONT"), of("getProcessInfo", "missing"), of("sendProcessStdin", "long", "a word\n"),
		of("startProcess", "team:*"), of("startProcess", "team:*"), of("signalProcess", "team:*", "CONT"), of("signalProcess", "team:", "NOPE"),
		of("signalProcessGroup", "team", "NOPE"), of("signalProcessGroup", "team", 18), of("signalAllProcesses", "NOPE"), of("signalAllProcesses", "CONT"),
		of("removeProcessGroup", "team"), of("addProcessGroup", "team"), of("stopProcess", "team:*"), of("stopProcess", "team:"),
		of("startProcessGroup", "team", true), of("startProcessGroup", "team"), of("stopProcessGroup", "team"), of("stopProcessGroup", "team"),
		of("getProcessInfo", "team:b"), of("removeProcessGroup", "team"), of("removeProcessGroup", "team"), of("addProcessGroup", "team"),
		of("addProcessGroup", "team"), of("addProcessGroup", "a"), of("startProcess", "pair:pair_00"), of("stopProcess", "pair:pair_00"),
		of("stopProcess", "pair:pair_00"), of("stopProcess", "pair:pair_00", false), of("startProcess", "pair:pair_00"), of("startProcessGroup", "pair"),
		of("startProcess", "starting", false), of("startProcess", "starting"), of("signalProcess", "starting", "CONT"), of("removeProcessGroup", "starting"),
		of("stopProcess", "starting"), of("clearProcessLogs", "long"), of("clearProcessLog", "long"), of("readProcessLog", "long", 0, 0),
		of("clearProcessLogs", "stubborn"), of("clearAllProcessLogs"), of("clearLog"),
		of("startProcess", "restless"), of("startProcess", "restless"), of("signalProcess", "restless", "CONT"), of("stopProcess", "restless"),
		of("getProcessInfo", "restless"), of("stopProcess", "restless"),
	)
}

func call(method string, params ...any) client.Struct {
	return client.Struct{{Name: "methodName", Value: method}, {Name: "params", Value: append([]any{}, params...)}}
}

// inSeveral asks for several calls in one.
func (i *instance) inSeveral(saw *observations) {
	for _, calls := range [][]any{
		{},
		{call("supervisor.getState"), call("supervisor.getAPIVersion"), client.Struct{{Name: "methodName", Value: "supervisor.getIdentification"}}},
		{call("supervisor.nothing"), call("nothing"), call("system.multicall", []any{}), client.Struct{}, call("supervisor.getState", 1), call("")},
		{call("supervisor.startProcess", "once"), call("supervisor.startProcess", "leaves"), call("supervisor.stopProcess", "pair:pair_00"),
			call("supervisor.startProcess", "pair:pair_00"), call("supervisor.startProcess", "pair:pair_00"), call("supervisor.getProcessInfo", "pair:pair_00")},
		{call("supervisor.startProcessGroup", "team"), call("supervisor.stopProcessGroup", "team"), call("supervisor.startProcess", "nobody"),
			call("supervisor.getProcessInfo", "team:a")},
		{call("system.methodSignature", "nothing"), call("system.methodSignature", "supervisor.startProcess"), call("system.listMethods")},
	} {
		saw.asked(i, "rpc", of("system.multicall", calls))
	}
	for _, calls := range []any{
		[]any{client.Struct{{Name: "methodName", Value: "supervisor.getState"}, {Name: "params", Value: "x"}}},
		[]any{client.Struct{{Name: "methodName", Value: 5}}},
		[]any{"supervisor.getState"}, []any{call("supervisor.getProcessInfo", 5)},
		"x", 5, true, client.Struct{},
	} {
		saw.asked(i, "rpc wrong type", of("system.multicall", calls))
	}
}

// method is one that the daemon lists, with the types of its parameters.
type method struct {
	name  string
	types []string
}

func (i *instance) methods(t *testing.T) []method {
	t.Helper()
	list, err := i.call("system.listMethods")
	if err != nil {
		t.Fatal(err)
	}
	var all []method
	for _, name := range list.([]any) {
		m := method{name: strings.TrimPrefix(name.(string), "supervisor.")}
		signature, err := i.call("system.methodSignature", name)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range signature.([]any)[1:] {
			m.types = append(m.types, kind.(string))
		}
		all = append(all, m)
	}
	return all
}

// usual is a call with parameters of the right types, about nobody.
func (m method) usual() ask {
	a := of(m.name)
	for n, kind := range m.types {
		switch {
		case kind == "int":
			a.params = append(a.params, 4) // of the main log it is the date then
		case kind == "boolean":
			a.params = append(a.params, true)
		case kind == "array":
			a.params = append(a.params, []any{})
		case n == 1:
			a.params = append(a.params, "CONT")
		default:
			a.params = append(a.params, "nobody")
		}
	}
	return a
}

// misused calls a method with too few and too many parameters, and with one
// of another type in the place of each.
func (m method) misused(saw *observations, i *instance) {
	saw.asked(i, "rpc", of("system.methodSignature", of(m.name).full()))
	a := m.usual()
	for n := range len(a.params) {
		if m.name == "startAllProcesses" || m.name == "stopAllProcesses" {
			break // they would do it
		}
		saw.asked(i, "rpc", of(m.name, a.params[:n]...))
	}
	saw.asked(i, "rpc", of(m.name, append(a.params[:len(a.params):len(a.params)], "too many")...))
	if len(a.params) > 0 && !strings.HasSuffix(m.name, "AllProcesses") {
		saw.asked(i, "rpc", a)
	}
	for n, kind := range m.types {
		if strings.HasSuffix(m.name, "AllProcesses") && kind == "boolean" {
			continue // true or false is what everything is
		}
		if n == 1 && strings.HasPrefix(m.name, "signal") || m.name == "signalAllProcesses" {
			kind = "signal"
		}
		for _, value := range otherThan(kind) {
			changed := m.usual()
			if n > 0 {
				changed.params[0] = "long"
			}
			changed.params[n] = value
			saw.asked(i, "rpc wrong type", changed)
		}
	}
}

// otherThan are values that are not of a type, or not quite.
func otherThan(kind string) []any {
	switch kind {
	case "int":
		return []any{"x", "1", 1.5, true, []any{}, client.Struct{}, nil, []byte("1")}
	case "boolean":
		return []any{0, 1, "", "x", []any{}, client.Struct{}, nil}
	case "array":
		return nil // see inSeveral
	case "signal": // a number is one, and so is true
		return []any{"", []any{}, client.Struct{}, nil, []byte("CONT")}
	}
	return []any{5, true, 1.5, []any{}, []any{"long"}, client.Struct{}, nil, []byte("long")}
}
