package compat_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generated is a configuration and what is known of its programs.
type generated struct {
	text     string
	programs []program
	groups   []string
}

// program is one generated [program:x] section.
type program struct {
	name      string
	behaviour behaviour
	groupName string
}

// behaviour is what a generated program does, and how it is given startsecs.
type behaviour struct {
	name, command string
	ends          bool // by itself, in a moment
	talks         bool // and so needs a moment before it can be compared
}

// behaviours are deterministic in everything that is compared. Those that end
// live a moment: with startsecs=0 the original's answer to a start depends on
// whether the end comes before its next look, within a millisecond. What they
// write is longer than the 24 bytes that the original holds back in capture
// mode (difference "capture-held").
func behaviours() []behaviour {
	return []behaviour{
		{name: "sleeps", command: `sleep 1000`},
		{name: "talks", talks: true, command: `sh -c 'echo one line that is long enough to be told; echo two, and this is long enough too >&2; exec sleep 1000'`},
		{name: "says what it got", talks: true, command: `sh -c 'echo "$SUPERVISOR_PROCESS_NAME $SUPERVISOR_GROUP_NAME $A $B $(pwd) $(umask) and nothing else"; exec sleep 1000'`},
		{name: "ends well", ends: true, command: `sh -c 'echo bye to all who are still listening; sleep 0.2; exit 0'`},
		{name: "fails", ends: true, command: `sh -c 'echo oh no, this did not go well at all >&2; sleep 0.2; exit 3'`},
		{name: "is not there", ends: true, command: `/no/such/command --at-all`},
		{name: "is a directory", ends: true, command: `/tmp`},
		{name: "kills itself", ends: true, command: `sh -c 'sleep 0.2; kill -9 $$'`},
		{name: "ignores TERM", talks: true, command: `sh -c 'trap "" TERM; while :; do sleep 0.1; done'`},
		{name: "captures", talks: true, command: `sh -c 'printf "before <!--XSUPERVISOR:BEGIN-->inside<!--XSUPERVISOR:END--> after is long enough to be told\n"; exec sleep 1000'`},
	}
}

// generator makes configurations from a seed.
type generator struct {
	*rand.Rand
	b strings.Builder
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
}

func (g *generator) one(of ...string) string { return of[g.IntN(len(of))] }

// maybe writes an option in half of all cases.
func (g *generator) maybe(option string, of ...string) {
	if g.IntN(2) == 0 {
		fmt.Fprintf(&g.b, "%s%s%s\n", option, g.one("=", " = ", "=", ": "), g.one(of...))
	}
}

func (g *generator) line(format string, args ...any) { fmt.Fprintf(&g.b, format+"\n", args...) }

// configuration makes a file for a daemon in dir. With autostart the programs
// run, and only options with which they come to rest are drawn.
func (g *generator) configuration(dir string, autostart bool) generated {
	g.b.Reset()
	g.line("[unix_http_server]\nfile=%s/s.sock", dir)
	g.line("[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface")
	g.line("[supervisorctl]\nserverurl=unix://%s/s.sock", dir)
	g.line("[supervisord]\nlogfile=%s/main.log\npidfile=%s/s.pid\nchildlogdir=%s", dir, dir, dir)
	g.maybe("loglevel", "info", "INFO", "warn")
	g.maybe("identifier", "supervisor", "box.1")
	g.maybe("environment", `A=global`, `A="glo bal",B='x'`, "A=%(here)s")
	g.maybe("minfds", "1024", "512")
	g.maybe("strip_ansi", "true", "off")
	var made generated
	for n := range 1 + g.IntN(4) {
		made.programs = append(made.programs, g.program(n, dir, autostart))
	}
	g.grouped(&made)
	for _, p := range made.programs {
		if p.groupName == "" {
			made.groups = append(made.groups, p.name)
		}
	}
	made.text = g.b.String()
	return made
}

func (g *generator) program(n int, dir string, autostart bool) program {
	p := program{name: fmt.Sprintf("%s%d", g.one("web", "worker-", "Q.", "a_"), n)}
	all := behaviours()
	p.behaviour = all[g.IntN(len(all))]
	g.line("\n[program:%s]\ncommand=%s", p.name, p.behaviour.command)
	count := 1
	if g.IntN(3) == 0 {
		count = 1 + g.IntN(3)
		g.line("numprocs=%d\nprocess_name=%%(program_name)s_%%(process_num)%s", count, g.one("02d", "d", "03x", "s"))
	}
	g.maybe("priority", "1", "999", "50", "-3", " 7 ")
	g.maybe("umask", "022", "077", "27")
	g.maybe("directory", "/", "/tmp", dir)
	g.maybe("environment", `A="own",B=2`, `B="%(program_name)s,x"`, `A='%(process_num)d'`, "B=/x/y:z")
	g.maybe("redirect_stderr", "true", "FALSE", "1")
	file := dir + "/" + p.name
	if count > 1 && autostart { // who writes first to a file of several is chance
		file += "-%(process_num)d"
	}
	g.maybe("stdout_logfile", "AUTO", "NONE", file+".out", "%(here)s/%(program_name)s-%(process_num)s.log", "off")
	g.maybe("stderr_logfile", "auto", "none", file+".err")
	g.maybe("stdout_logfile_maxbytes", "1MB", "0", "50 kb", "1024")
	g.maybe("stderr_logfile_backups", "0", "3")
	g.maybe("stdout_capture_maxbytes", "1KB", "0")
	g.maybe("stdout_events_enabled", "yes", "no")
	g.maybe("exitcodes", "0", "0,3", "3 , 0", "")
	// The original may take a second to see that a process has ended.
	if p.behaviour.name == "ignores TERM" {
		g.line("stopwaitsecs=%s", g.one("1", "2"))
	} else {
		g.maybe("stopwaitsecs", "5", "20")
	}
	g.maybe("stopasgroup", "true", "false")
	g.maybe("stopsignal", "TERM", "int", "SIGTERM", "15")
	if autostart {
		g.starts(p.behaviour)
	} else {
		g.line("autostart=%s", g.one("false", "no", "0", "OFF"))
		g.maybe("autorestart", "false", "unexpected", "Unexpected", "no")
		g.maybe("startretries", "0", "5")
		g.maybe("startsecs", "0", "10", "3")
	}
	return p
}

// starts draws options with which the program comes to rest: one that ends at
// once is not started again for ever, and is not taken for one that stayed up
// when the machine is slow; one that talks has said all when it is RUNNING.
func (g *generator) starts(b behaviour) {
	g.line("startretries=%s", g.one("0", "1"))
	atOnce := g.IntN(2) == 0
	switch {
	case atOnce && !b.talks:
		g.line("startsecs=0\nautorestart=false")
	case b.ends:
		g.line("startsecs=3")
	}
}

// grouped puts some programs into a group.
func (g *generator) grouped(made *generated) {
	if g.IntN(2) == 0 {
		return
	}
	var members []string
	for n := range made.programs {
		if g.IntN(2) == 0 {
			made.programs[n].groupName = "team"
			members = append(members, made.programs[n].name)
		}
	}
	if len(members) == 0 {
		return
	}
	g.Shuffle(len(members), func(a, b int) { members[a], members[b] = members[b], members[a] })
	made.groups = append(made.groups, "team")
	g.line("\n[group:team]\nprograms=%s", strings.Join(members, g.one(",", ", ", " ,")))
	g.maybe("priority", "5", "999")
}

// spoiled is a configuration with one fault in it.
func (g *generator) spoiled(dir string) string {
	text := g.configuration(dir, false).text
	return text + g.one(
		"startsecs=ten\n", "[program:x]\n", "[program:x]\ncommand=cat\nnumprocs=2\n", "priority=1.5\n", "[group:g]\nprograms=nobody\n",
		"[program:x]\ncommand=cat %(nothing)s\n", "[program:x]\ncommand=cat\nstopsignal=NOPE\n", "[program:x]\ncommand=cat\nuser=no-such-user\n",
		"[program:a b]\ncommand=cat\n", "[program:x]\ncommand=cat\nstopasgroup=true\nkillasgroup=false\n", "[program:x]\ncommand=cat\nexitcodes=256\n",
		"[program:x]\ncommand=cat\nenvironment=A\n", "[program:x]\ncommand=cat\nstdout_logfile=/no/such/dir/x\n", "[supervisord]\nloglevel=loud\n",
		"[program:x]\ncommand=cat\nstdout_logfile_maxbytes=1M\n", "[include]\n", "[inet_http_server]\nport=abc\n", "[inet_http_server]\nport=127.0.0.1:0\nusername=x\n",
		"[program:x]\ncommand=cat\nautorestart=always\n", "[program:x]\ncommand=cat\numask=8\n", "no delimiter here\n",
	)
}
