package compat_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/client"
	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// TestClients has the clients that people use, unchanged, ask both daemons the
// same. What a client makes of our answers must be what it makes of the
// original's, and what our own client reads from ours.
func TestClients(t *testing.T) {
	ours := subjects(t)[1]
	clients := foreignClients(t)
	reference := ours.serve(t, nil)
	for _, c := range clients {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.need(t)
			onBoth(t, func(t *testing.T, s subject) (saw observations) {
				saw = s.serve(t, &c)
				if s.name == ours.name {
					compare(t, c.reworded(reference), saw[:len(reference)])
				}
				return saw
			})
		})
	}
}

// foreignClient is somebody else's client.
type foreignClient struct {
	name    string
	command []string
	unix    bool                     // it is to use the unix socket
	fault   func(int, string) string // how it tells a fault; nil if it gives code and text
	debian  string                   // what Debian calls its package, if it has one
	probe   []string                 // a command that shows that its package is there, nil for none
	missing error                    // why it could not be made
}

// need is called before it runs.
func (c foreignClient) need(t *testing.T) {
	t.Helper()
	if c.missing != nil {
		servertest.Missing(t, c.name, c.missing)
	}
	if c.probe != nil {
		servertest.Program(t, c.debian, c.probe...)
	}
}

// reworded is what the client sees where ours has seen the given.
func (c foreignClient) reworded(saw observations) observations {
	var all observations
	fault := regexp.MustCompile(`(?s)^fault (\d+): (.*)$`)
	for _, o := range saw {
		if m := fault.FindStringSubmatch(o.text); m != nil && c.fault != nil {
			code, _ := strconv.Atoi(m[1]) // these are digits
			o.text = "error: " + c.fault(code, m[2])
		}
		all = append(all, o)
	}
	return all
}

// foreignClients are those that TestClients has, ready to run.
func foreignClients(t *testing.T) []foreignClient {
	t.Helper()
	const scripts = "testdata/clients/"
	built, noGo := buildClients(t)
	installed, noNode := installClients(t)
	perl := func(module string) []string { return []string{"/usr/bin/perl", "-M" + module, "-e", ""} }
	return []foreignClient{
		{name: "python xmlrpc.client", command: []string{"/usr/bin/python3", scripts + "xmlrpclib.py"}},
		{name: "python SupervisorTransport", command: []string{"/usr/bin/python3", scripts + "xmlrpclib.py"}, unix: true},
		{name: "ruby xmlrpc", command: []string{"/usr/bin/ruby", scripts + "xmlrpc.rb"}, debian: "ruby-xmlrpc", probe: []string{"/usr/bin/ruby", "-rxmlrpc/client", "-e", ""}},
		{name: "perl RPC::XML", command: []string{"/usr/bin/perl", scripts + "rpcxml.pl"}, debian: "librpc-xml-perl", probe: perl("RPC::XML::Client")},
		{name: "perl Frontier", command: []string{"/usr/bin/perl", scripts + "frontier.pl"}, debian: "libfrontier-rpc-perl", probe: perl("Frontier::Client")},
		{name: "npm xmlrpc", command: []string{"node", filepath.Join(installed, "xmlrpc.js")}, missing: noNode},
		{name: "npm supervisord", command: []string{"node", filepath.Join(installed, "supervisord.js")}, missing: noNode},
		{name: "go kolo", command: []string{filepath.Join(built, "kolo")}, missing: noGo,
			fault: func(code int, text string) string { return fmt.Sprintf("Fault(%d): %s", code, text) }},
		{name: "go mattn", command: []string{filepath.Join(built, "mattn")}, missing: noGo,
			fault: func(int, string) string { return "invalid response: missing params" }},
	}
}

// buildClients builds the clients in Go, and tells where they are. Their
// modules may have to be fetched.
func buildClients(t *testing.T) (dir string, err error) {
	t.Helper()
	dir = workDir(t)
	cmd := exec.Command("go", "build", "-o", dir, "./...")
	cmd.Dir = "testdata/clients/go"
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return dir, nil
}

// installClients installs the packages of npm beside our programs, and tells
// where those are.
func installClients(t *testing.T) (dir string, err error) {
	t.Helper()
	dir = workDir(t)
	if err := os.CopyFS(dir, os.DirFS("testdata/clients/npm")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return dir, nil
}

// inService is what clients are tried on: its names and its output hold what
// XML and encodings may break.
const inService = `[unix_http_server]
file=DIR/s.sock
[inet_http_server]
port=127.0.0.1:PORT
username=user
password=secret
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisord]
logfile=DIR/main.log
pidfile=DIR/s.pid
childlogdir=DIR
identifier=box
[program:cat]
command=cat
startsecs=0
stdout_logfile=DIR/cat.out
[program:grüße]
command=sh -c 'echo "<grüße> & \"日本\" 🚀"; exec sleep 1000'
startsecs=0
autostart=false
stdout_logfile=DIR/gruesse.out
[program:missing]
command=/no/such/command
autostart=false
startretries=0
[program:once]
command=sh -c 'exit 3'
autorestart=false
startsecs=0
exitcodes=3
[group:team]
programs=one,two
[program:one]
command=sleep 1000
startsecs=0
[program:two]
command=sleep 1000
startsecs=0
autostart=false
`

// serve starts a daemon and asks it everything; with our own client if c is nil.
func (s subject) serve(t *testing.T, c *foreignClient) (saw observations) {
	t.Helper()
	dir, port := workDir(t), freePort(t)
	i := s.begin(t, dir, strings.NewReplacer("DIR", dir, "PORT", port).Replace(inService))
	i.hurryEvery(t, 50*time.Millisecond)
	i.exited(t, "once")
	switch {
	case c == nil:
		saw.served(t, i, i.own)
	case c.unix:
		saw.served(t, i, i.startClient(t, *c, "unix://"+filepath.Join(dir, "s.sock")))
	default:
		to := "127.0.0.1:" + port + "/RPC2"
		saw.served(t, i, i.startClient(t, *c, "http://user:secret@"+to))
		denied := i.startClient(t, *c, "http://user:wrong@"+to)
		saw.add("client with a wrong password", strings.ReplaceAll(denied("supervisor.getState").text, port, "{port}"))
	}
	return saw
}

// served lists, starts, stops, restarts, reads logs and provokes faults.
func (o *observations) served(t *testing.T, i *instance, by asker) {
	t.Helper()
	saw := func(a ask) reply {
		got := by(a.full(), a.params...)
		o.add(fmt.Sprint("client ", a.full(), a.params), got.text)
		return got
	}
	const name, output, words = "grüße", "<grüße> & \"日本\" 🚀\n", "a & b <wörter>\n"
	for _, a := range []ask{
		of("getAPIVersion"), of("getIdentification"), of("getState"), of("getAllProcessInfo"), of("system.listMethods"),
		of("startProcess", name), of("startProcess", name), of("startProcess", "nobödy"), of("getProcessInfo", "nobody"),
		of("startProcess", "missing"), of("startProcess", "team:two", true), of("getProcessInfo", "team:two"), of("getProcessInfo", "missing"),
		of("stopProcess", "team:two"), of("stopProcess", "team:two"), of("startProcessGroup", "team!"), of("getProcessInfo"),
		of("signalProcess", "cat", "CONT"), of("signalProcess", "cat", "NOPE"),
		of("system.multicall", []any{call("supervisor.getAPIVersion"), call("supervisor.getProcessInfo", "nobody")}),
	} {
		saw(a)
	}
	before := saw(of("getProcessInfo", name))
	saw(of("stopProcess", name))
	saw(of("startProcess", name))
	o.add("client: another process", fmt.Sprint(pidOf(t, before) != pidOf(t, saw(of("getProcessInfo", name)))))

	until(t, "the output of both lives", func() bool {
		return strings.Count(by("supervisor.readProcessStdoutLog", name, 0, 0).text, "日本") == 2
	})
	saw(of("sendProcessStdin", "cat", words))
	until(t, "what cat is sent", func() bool {
		return strings.Contains(by("supervisor.readProcessStdoutLog", "cat", 0, 0).text, "wörter")
	})
	for _, a := range []ask{
		of("tailProcessStdoutLog", name, 0, len(output)), of("tailProcessStdoutLog", name, 0, 1000), of("readProcessStdoutLog", name, -len(output), 0),
		of("tailProcessStdoutLog", "cat", 0, 5), of("readProcessStdoutLog", "cat", 0, 0), of("clearProcessLogs", "cat"), of("readProcessStdoutLog", "cat", 0, 0),
		of("readProcessStdoutLog", "nobody", 0, 0), of("stopProcessGroup", "team"), of("getAllProcessInfo"), of("sendRemoteCommEvent", name, words),
	} {
		saw(a)
	}

	saw(of("restart"))
	i.startedAgain(t)
	until(t, "the client to notice that the daemon is back", func() bool { return strings.Contains(by("supervisor.getState").text, "RUNNING") })
	i.exited(t, "once")
	saw(of("getAllProcessInfo"))
}

// exited waits until a process has ended.
func (i *instance) exited(t *testing.T, name string) {
	t.Helper()
	until(t, "the end of "+name, func() bool { return i.state(t, name) == "EXITED" })
}

// pidOf is that of an answer about a process.
func pidOf(t *testing.T, r reply) int {
	t.Helper()
	info, err := client.ParseProcess(r.value)
	if err != nil || info.PID == 0 {
		t.Errorf("no process: %s (%v)", r.text, err)
	}
	return info.PID
}
