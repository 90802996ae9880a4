package config_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// choice is one option with values that a generated file may give it. Most
// good ones come often, bad ones seldom.
type choice struct {
	key       string
	good, bad []string
}

var booleans = []string{"true", "FALSE", "yes", "No", "on", "off", "1", "0"}

var (
	badBooleans = []string{"t", "y", "", "maybe", "2", "it's"}
	integers    = []string{"1", "0", "7", " 12", "+3", "1_000", "007", "%(ENV_SEVEN)s", "３"}
	badIntegers = []string{"abc", "", "1.5", "0x10", "1__0", "_1", "1 2", "--1", "%(ENV_NONE)s"}
	sizes       = []string{"0", "1024", "50MB", "2 kb", "1gb", "-1", "10Mb"}
	badSizes    = []string{"1M", "1TB", "1.5MB", "MB", "", "x"}
)

var programChoices = []choice{
	{"process_name", []string{"%(program_name)s", "%(program_name)s_%(process_num)02d", "x%(process_num)d", "%(group_name)s-%(process_num)x"},
		[]string{"a b", "a:b", "%(nope)s", "%(process_num)b", "n%(process_num"}},
	{"numprocs", []string{"1", "1", "1", "2", "3", "0", "-1"}, badIntegers},
	{"numprocs_start", integers, badIntegers},
	{"priority", integers, badIntegers},
	{"autostart", booleans, badBooleans},
	{"autorestart", append([]string{"unexpected", "UNEXPECTED"}, booleans...), []string{"always", "", "Never"}},
	{"startsecs", integers, badIntegers},
	{"startretries", integers, badIntegers},
	{"stopsignal", []string{"TERM", "sigint", "9", " HUP", "USR1", "0", "RTMIN"}, []string{"FOO", "99", "32", "", "-1"}},
	{"stopwaitsecs", integers, badIntegers},
	{"stopasgroup", booleans, badBooleans},
	{"killasgroup", booleans, badBooleans},
	{"exitcodes", []string{"0", "0,2", " 1 , 3 ", "", "255"}, []string{"256", "0,", "a", "-1"}},
	{"redirect_stderr", booleans, badBooleans},
	{"environment", []string{`A="1"`, `A='x y',B=2`, `A="1",`, "A=a/b:c(d)", `A=1 B2,C=3`, `A=$HOME`, `A=foo bar`, "A=1,\n  B=\"q\nr\"", `A=foo"bar"`,
		`P="%(program_name)s%(process_num)d"`, `A=a#b`, "", `A="1",A="2"`, `W="%(ENV_WORD)s"`, `"K"=v`, "A=a#b\n c,B=1"},
		[]string{"A=", "A", "A=1,,B=2", `A="x`, "A=a@b", "A=%(ENV_A)s", "A=100%", "A=%(here)"}},
	{"directory", []string{"/tmp", "~/x", "%(here)s/y", "%(ENV_A)s", "rel"}, []string{"%(nope)s", "%", "%(here)d"}},
	{"umask", []string{"022", "22", "0o77", "0"}, []string{"8", "", "abc"}},
	{"user", []string{"root", "0", " 0"}, []string{"nobody-here", "98765", ""}},
	{"stdout_logfile", []string{"AUTO", "none", "OFF", "syslog", "", "bare.log", "%(here)s/%(program_name)s.log", "/dev/stdout", "a%%%%b", "%%(program_name)s", "%(ENV_HOME)s/x"},
		[]string{"/no/such/dir/x", "%(nope)s", "%z"}},
	{"stderr_logfile", []string{"auto", "NONE", "/tmp/e.log", "Syslog", "e%(process_num)s"}, []string{"/no/such/dir/x", "%(process_num)q"}},
	{"stdout_logfile_maxbytes", sizes, badSizes},
	{"stderr_logfile_maxbytes", sizes, badSizes},
	{"stdout_logfile_backups", integers, badIntegers},
	{"stderr_logfile_backups", integers, badIntegers},
	{"stdout_capture_maxbytes", sizes, badSizes},
	{"stderr_events_enabled", booleans, badBooleans},
	{"stderr_syslog", booleans, badBooleans},
	{"serverurl", []string{"AUTO", "auto", "", "http://x:1", " http://%(host_node_name)s"}, []string{"%(nope)s"}},
}

// commands make most generated programs complete.
var commands = choice{"command", []string{"cat", "/bin/sh -c 'echo \"x\"; true'", "a  b\\ c", "x %(process_num)d %(numprocs)d %(group_name)s %(ENV_WORD)s", "date +%%s", "", `it's`, "a ;comment\n  b",
	"x=%(process_num)5d|%(process_num)-5d|%(process_num)#x|%(process_num)+.3d|%(process_num)e|%(process_num)g|%(program_name)r|%(program_name).2s|%(program_name)10s"},
	[]string{"%(nope)s", "100%", "%(program_name)d", "%d", "%(process_num)*d", "%(a(b)c)s", "%(x", "%(program_name)s%q", "%(program_name)s %s", "é%é"}}

var daemonChoices = []choice{
	{"logfile", []string{"x.log", "/tmp/x.log", "syslog", "SYSLOG", "~/x.log", "%(here)s/x"}, []string{"/no/such/x", "%(program_name)s"}},
	{"logfile_maxbytes", sizes, badSizes},
	{"logfile_backups", integers, badIntegers},
	{"loglevel", []string{"info", "DEBUG", "blather", "trace", "critical", "error", "warn"}, []string{"warning", "crit", "10", ""}},
	{"pidfile", []string{"x.pid", "//tmp/../tmp/x.pid", "/tmp/./x.pid"}, []string{"/no/such/x"}},
	{"umask", []string{"022", "077"}, []string{"9", "x"}},
	{"nodaemon", booleans, badBooleans},
	{"silent", booleans, badBooleans},
	{"minfds", integers, badIntegers},
	{"minprocs", integers, badIntegers},
	{"nocleanup", booleans, badBooleans},
	{"childlogdir", []string{"/tmp", "%(here)s"}, []string{"/no/such", ""}},
	{"user", []string{"root", "0"}, []string{"nobody-here", "98765", ""}},
	{"directory", []string{"/", "/tmp"}, []string{"/no/such"}},
	{"strip_ansi", booleans, badBooleans},
	{"environment", []string{`G="1"`, `G=x,H="%(here)s"`, `PATH="/x"`, `G="100%%%%"`}, []string{`G="%(host_node_name)s"`, "G", `G="`}},
	{"identifier", []string{"abc", "%(ENV_WORD)s"}, []string{"%(nope)s"}},
}

var serverChoices = map[string][]choice{
	"unix_http_server": {
		{"file", []string{"/tmp/s.sock", "s.sock", "~/s", "%(here)s/s"}, []string{"%(nope)s"}},
		{"chmod", []string{"0700", "777"}, []string{"8", "rwx"}},
		{"chown", []string{"root", "0:0", "root:root"}, []string{"nobody-here", "root:nogroup-here", "root.root"}},
	},
	"inet_http_server": {
		{"port", []string{"9001", ":9001", "*:9001", "LocalHost:80", "::1:9001", "127.0.0.1:65535"}, []string{"", "abc", "x:", "h:0", "h:70000", "70000", "h:abc", "%(here)s"}},
		{"username", []string{"u"}, []string{"%(nope)s"}},
		{"password", []string{"p", "{SHA}abc"}, nil},
	},
}

var listenerChoices = append([]choice{
	{"events", []string{"TICK_5", "process_state, EVENT", "PROCESS_LOG,PROCESS_LOG"}, []string{"", "NOPE", "TICK_5,"}},
	{"buffer_size", []string{"1", "100"}, []string{"0", "-3", "x"}},
	{"result_handler", []string{"supervisor.dispatchers:default_handler"}, []string{"nowhere.to.be:found"}},
}, programChoices...)

var fastCGIChoices = append([]choice{
	{"socket", []string{"tcp://Host:9000", "unix:///tmp/f.sock", "unix:///tmp//%(program_name)s/../x"}, []string{"", "foo", "unix://rel", "tcp://h", "tcp://h:0", "%(group_name)s"}},
	{"socket_backlog", []string{"1", "65535"}, []string{"0", "65536", "x"}},
	{"socket_mode", []string{"0700"}, []string{"9"}},
	{"socket_owner", []string{"root", "root:root"}, []string{"nobody-here"}},
}, programChoices...)

var clientChoices = []choice{
	{"serverurl", []string{"http://x:9001", "unix:///tmp/../tmp/s", "unix://~/s", "unix://rel", "%(here)s", "", "unix://"}, []string{"%(nope)s", "%"}},
	{"username", []string{"u", "%(ENV_WORD)s", ""}, []string{"%(here)s"}},
	{"password", []string{"p", "p%%"}, []string{"p%"}},
	{"prompt", []string{"mysupervisor", ""}, []string{"%(here)s"}},
	{"history_file", []string{"~/.h", "rel", "%(here)s/h", ""}, []string{"%(nope)s"}},
}

// generator writes one configuration.
type generator struct {
	*rand.Rand
	b strings.Builder
}

func (g *generator) one(of []string) string { return of[g.IntN(len(of))] }

// section writes a section with each choice taken now and then.
func (g *generator) section(name string, choices []choice, always ...string) {
	fmt.Fprintf(&g.b, "[%s]\n", name)
	for _, c := range choices {
		must := false
		for _, key := range always {
			must = must || key == c.key && g.IntN(40) > 0
		}
		if must || g.IntN(8) == 0 {
			g.option(c)
		}
	}
}

func (g *generator) option(c choice) {
	value := g.one(c.good)
	if len(c.bad) > 0 && g.IntN(40) == 0 {
		value = g.one(c.bad)
	}
	fmt.Fprintf(&g.b, "%s%s%s%s\n", c.key, g.one([]string{"=", " = ", ": "}), value, g.one([]string{"", "", " ; note", "\t#note"}))
}

func (g *generator) program(kind, name string, choices []choice, always ...string) {
	g.section(kind+":"+name, choices, always...)
	if g.IntN(40) > 0 {
		g.option(commands)
	}
}

// generate writes the files of one configuration.
func generate(rng *rand.Rand) map[string]string {
	g := &generator{Rand: rng}
	if g.IntN(50) > 0 {
		g.section("supervisord", daemonChoices)
	}
	if g.IntN(10) == 0 {
		g.section("DEFAULT", programChoices)
	}
	for _, kind := range []string{"unix_http_server", "inet_http_server", "inet_http_server:two"} {
		if g.IntN(4) == 0 {
			base, _, _ := strings.Cut(kind, ":")
			g.section(kind, serverChoices[base], "file", "port")
		}
	}
	if g.IntN(3) == 0 {
		g.section("group:"+g.one([]string{"g", "h", "a b", " k "}), []choice{
			{"programs", []string{"one", "two,one", "", "three , one"}, []string{"nope", "one,", "one,nope"}},
			{"priority", integers, badIntegers},
		}, "programs")
	}
	g.programs()
	files := make(map[string]string)
	if g.IntN(5) == 0 {
		fmt.Fprintf(&g.b, "[include]\nfiles = %s\n", g.one([]string{"conf.d/*.conf", "conf.d/*.no", "%(here)s/conf.d/[a-b].conf conf.d/c*", "conf.d/?.conf", "%(nope)s", "conf.d"}))
		main := g.b.String()
		for _, name := range []string{"b.conf", "a.conf", "c.ini", ".hidden.conf"} {
			g.b.Reset()
			g.programs()
			files["conf.d/"+name] = g.b.String()
		}
		g.b.Reset()
		g.b.WriteString(main)
	}
	files["main.conf"] = g.b.String()
	return files
}

// programs writes sections that run programs.
func (g *generator) programs() {
	for _, name := range []string{"one", "two", "three"} {
		if g.IntN(2) == 0 {
			g.program("program", name, programChoices)
		}
	}
	if g.IntN(5) == 0 {
		g.program("eventlistener", g.one([]string{"ear", "one"}), listenerChoices, "events")
	}
	if g.IntN(5) == 0 {
		g.program("fcgi-program", g.one([]string{"fast", "one"}), fastCGIChoices, "socket")
	}
}
