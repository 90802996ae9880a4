package compat_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/client"
)

// The checks of the table in pitfalls_test.go, in its order. Each leaves the
// daemon as the next ones need it.

// lineOf is a line that a program has written.
func lineOf(program string, number int) func(*pit) string {
	return func(p *pit) string { return p.line(program, number) }
}

func optionsOfCtl(p *pit) string {
	pid := fmt.Sprintln(p.cmd.Process.Pid)
	var said []string
	for _, words := range [][]string{{"-c", filepath.Join(p.dir, "supervisord.conf")}, {"-s", "unix://" + p.dir + "/s.sock"}} {
		out, err := p.run(p.ctlPath, append(words, "pid")...)
		text := "the pid"
		if err != nil || out != pid {
			text = fmt.Sprintf("%q, %v", out, err)
		}
		said = append(said, words[0]+": "+text)
	}
	return strings.Join(said, "; ")
}

// run runs a command in the directory and returns what it wrote.
func (p *pit) run(name string, words ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, words...)
	cmd.Dir, cmd.Env = p.dir, environment(p.dir)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func stopOfTwo(p *pit) string {
	results := p.ask("stopProcessGroup", "both")
	code := p.member("both:calm", "exitstatus")
	p.ask("startProcessGroup", "both")
	return results + "; calm left with " + code
}

func exitWithoutRestart(p *pit) string {
	started := p.ask("startProcess", "leaves")
	p.until("the exit of leaves", func() bool { return p.member("leaves", "statename") == "EXITED" })
	return fmt.Sprintf("%s; EXITED %s after %d start", started, p.member("leaves", "exitstatus"), strings.Count(p.log(), "spawned: 'leaves'"))
}

func states(p *pit) string {
	var all []string
	for _, name := range []string{"long", "leaves", "missing", "none"} {
		all = append(all, p.member(name, "statename")+" "+p.member(name, "state"))
	}
	return strings.Join(all, ", ")
}

func rereadThenAdd(p *pit) string {
	write(p.t, p.dir, p.conf+"[program:fresh]\ncommand=sleep 1000\nstartsecs=0\n")
	told, before := p.ask("reloadConfig"), p.ask("getProcessInfo", "fresh")
	added := p.ask("addProcessGroup", "fresh")
	p.until("the start of fresh", func() bool { return p.member("fresh", "statename") == "RUNNING" })
	write(p.t, p.dir, p.conf)
	gone := p.ask("reloadConfig")
	p.ask("stopProcess", "fresh")
	p.ask("removeProcessGroup", "fresh")
	return fmt.Sprintf("%s, %s, then %s and RUNNING; %s", told, before, added, gone)
}

// faultOfSecs is how both word the fault that faultInTheFiles makes.
const faultOfSecs = "invalid literal for int() with base 10: 'soon' in section 'program:bad' (file: 'DIR/supervisord.conf')"

func faultInTheFiles(p *pit) string {
	const bad = "[program:bad]\ncommand=sleep 1000\nstartsecs=soon\n"
	write(p.t, p.dir, p.conf+bad)
	reread, _, _ := strings.Cut(p.ask("reloadConfig"), "\n") // more follows of ours
	out, err := p.run(p.daemon, "-n", "-c", filepath.Join(p.dir, "supervisord.conf"))
	write(p.t, p.dir, p.conf)
	line, _, _ := strings.Cut(out, "\n")
	return fmt.Sprintf("exit %d, %s; %s", exitCode(err), line, reread)
}

func exitCode(err error) int {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	return 0
}

func faultsOfCalls(p *pit) string {
	return strings.Join([]string{
		p.ask("startProcess", "nobody"), p.ask("startProcess", "long"), p.ask("stopProcess", "none"), p.ask("startProcess", "missing"),
	}, ", ")
}

func retries(p *pit) string {
	log := p.log()
	gaveUp := regexp.MustCompile(`gave up: missing .*`).FindString(log)
	return fmt.Sprintf("%s after %d tries: %s", p.member("missing", "statename"), strings.Count(log, "spawnerr: can't find command '/no/such/command'"), gaveUp)
}

func booleans(p *pit) string {
	v, err := p.call("supervisor.getAllConfigInfo")
	if err != nil {
		return err.Error()
	}
	for _, item := range v.([]any) {
		if c := item.(client.Struct); memberOf(c, "name") == "words" {
			return fmt.Sprint(memberOf(c, "redirect_stderr"), memberOf(c, "stdout_events_enabled"), memberOf(c, "stderr_events_enabled"), memberOf(c, "killasgroup"))
		}
	}
	return "no words"
}

func descriptions(p *pit) string {
	var all []string
	for _, name := range []string{"long", "leaves", "missing", "none"} {
		text := p.member(name, "description")
		for _, m := range []struct{ pattern, with string }{
			{`^pid [1-9]\d*, uptime \d:\d\d:\d\d$`, "pid N, uptime N:NN:NN"},
			{`^[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M$`, "DATE"},
		} {
			text = regexp.MustCompile(m.pattern).ReplaceAllString(text, m.with)
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

// filesOf are the logs of a program, with their sizes.
func filesOf(program string) func(*pit) string {
	return func(p *pit) string {
		files, err := filepath.Glob(filepath.Join(p.dir, program+".out*"))
		if err != nil {
			return err.Error()
		}
		var all []string
		for _, file := range files {
			all = append(all, fmt.Sprint(filepath.Base(file), " ", p.size(filepath.Base(file))))
		}
		return strings.Join(all, ", ")
	}
}

func kindsOfLogs(p *pit) string {
	kind := func(name, member string) string {
		switch path := p.member(name, member); {
		case path == "":
			return "none"
		case strings.HasPrefix(path, filepath.Join(p.dir, name+"-std")):
			return "AUTO"
		default:
			return path
		}
	}
	return fmt.Sprintf("NONE: %s; off: %s; auto: %s; empty: %s", kind("none", "stdout_logfile"), kind("none", "stderr_logfile"),
		kind("auto", "stdout_logfile"), kind("auto", "stderr_logfile"))
}

func signals(p *pit) string {
	return fmt.Sprintf("%s, %s, %s, then %s", p.ask("signalProcess", "long", "NOPE"), p.ask("signalProcess", "long", 999),
		p.ask("signalProcess", "long", "CONT"), p.member("long", "statename"))
}

func reopening(p *pit) string {
	log, old := filepath.Join(p.dir, "main.log"), filepath.Join(p.dir, "main.log.old")
	if err := os.Rename(log, old); err != nil {
		return err.Error()
	}
	if err := p.cmd.Process.Signal(syscall.SIGUSR2); err != nil {
		return err.Error()
	}
	p.until("a new log", func() bool { return p.size("main.log") >= 0 })
	said, err := os.ReadFile(old)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(said)), " INFO ")
	if fresh := p.log(); fresh != "" {
		return "the new file begins with " + fresh
	}
	return "the old file ends with " + lines[len(lines)-1] + ", the new one is empty"
}

func restart(p *pit) string {
	pid, child := p.ask("getPID"), p.member("long", "pid")
	if answer := p.ask("restart"); answer != "true" {
		return answer
	}
	p.until("the restart", func() bool {
		v, err := p.call("supervisor.getProcessInfo", "long")
		if err != nil {
			return false // between two servers
		}
		info := v.(client.Struct)
		return memberOf(info, "statename") == "RUNNING" && fmt.Sprint(memberOf(info, "pid")) != child
	})
	if got := p.ask("getPID"); got != pid {
		return "daemon " + got + " instead of " + pid
	}
	p.settled()
	return "the same daemon, another child"
}

func linesOfTheLog(p *pit) string {
	form := regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (CRIT|ERRO|WARN|INFO) `)
	log := strings.TrimSuffix(p.log(), "\n")
	for line := range strings.SplitSeq(log, "\n") {
		if !form.MatchString(line) {
			return line
		}
	}
	spawned := regexp.MustCompile(`INFO (spawned: 'long' with pid) \d+\n`).FindStringSubmatch(log)
	if spawned == nil {
		return "no start of long"
	}
	return "all lines; " + spawned[1] + " N"
}

// argumentsFrom are some that the program args was given, each in brackets.
func argumentsFrom(from, to int) func(*pit) string {
	return func(p *pit) string {
		all := strings.SplitAfter(p.line("args", 0), "]")
		return strings.Join(all[min(from, len(all)):min(to, len(all))], "")
	}
}

func namesOfGroups(p *pit) string {
	return fmt.Sprintf("%s; %s %s; %s; %s", p.ask("getProcessInfo", "twin"), p.member("team:twin", "statename"), p.member("other:twin", "statename"),
		p.ask("signalProcess", "team:*", "CONT"), p.ask("signalProcess", "team:", "CONT"))
}

func numbersOfProcesses(p *pit) string {
	return p.member("seven:seven_7", "name") + " " + p.member("seven:seven_8", "name")
}

func answersForMany(p *pit) string {
	running := p.ask("startProcessGroup", "both")
	p.ask("stopProcess", "both:hasty")
	return fmt.Sprintf("%s; %s; %s", running, p.ask("startProcessGroup", "both"), p.ask("stopProcessGroup", "nobody"))
}

func methodsThere(p *pit) string {
	v, err := p.call("system.multicall", []any{call("supervisor.getState"), call("supervisor.getVersion"), call("supervisor.nothing")})
	if err != nil {
		return err.Error()
	}
	results := v.([]any)
	state, fault := results[0].(client.Struct), results[2].(client.Struct)
	list, err := p.call("system.listMethods")
	if err != nil {
		return err.Error()
	}
	missing := map[any]bool{"supervisor.readMainLog": true, "supervisor.readProcessLog": true, "supervisor.tailProcessLog": true, "supervisor.clearProcessLog": true}
	for _, name := range list.([]any) {
		delete(missing, name)
	}
	return fmt.Sprintf("[%v %v %v]; %d methods, %d of 4 older names missing; %s", memberOf(state, "statename"), results[1], memberOf(fault, "faultString"),
		len(list.([]any)), len(missing), p.ask("nothing"))
}

func streams(p *pit) string {
	main := p.stream("/mainlogtail", 100) // of which only the end is not by chance
	return p.stream("/logtail/long", len("a line of output")) + "; " + main[max(len(main)-len("and open"), 0):]
}

// stream reads the beginning of a stream, and finds out that it goes on.
func (p *pit) stream(path string, length int) string {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	body, err := p.rpc.Get(ctx, path)
	if err != nil {
		return err.Error()
	}
	defer body.Close()
	head := make([]byte, length)
	if _, err := io.ReadFull(body, head); err != nil {
		return err.Error()
	}
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, body)
		ended <- err
	}()
	select {
	case err := <-ended:
		return fmt.Sprintf("%s and ended: %v", head, err)
	case <-time.After(time.Second / 2):
		cancel()
		<-ended
		return string(head) + " and open"
	}
}

func secondDaemon(p *pit) string {
	info, err := os.Stat(filepath.Join(p.dir, "s.sock"))
	if err != nil {
		return err.Error()
	}
	second := filepath.Join(p.dir, "second.conf")
	p.writeFile(second, strings.ReplaceAll("[unix_http_server]\nfile=DIR/s.sock\n[supervisord]\nlogfile=DIR/second.log\npidfile=DIR/second.pid\n", "DIR", p.dir))
	out, err := p.run(p.daemon, "-n", "-c", second)
	line := regexp.MustCompile(`(?m)^Error: .*$`).FindString(out)
	if p.ask("getAPIVersion") != "3.0" {
		return "the first one does not answer"
	}
	return fmt.Sprintf("%04o; exit %d, %s; still answers", info.Mode().Perm(), exitCode(err), line)
}

func logsOfTheIdle(p *pit) string {
	return fmt.Sprintf("%q, %s", p.ask("readProcessStdoutLog", "auto", 0, 0), p.ask("readProcessStdoutLog", "none", 0, 0))
}

func orderOfTheEnd(p *pit) string {
	log := p.log()
	order := "last, then first"
	if last, first := strings.LastIndex(log, "stopped: last "), strings.LastIndex(log, "stopped: first "); last < 0 || first < last {
		order = "not last, then first"
	}
	socket := "no socket"
	if p.size("s.sock") >= 0 {
		socket = "the socket is left"
	}
	return fmt.Sprintf("%s; exit %d; %s", order, p.cmd.ProcessState.ExitCode(), socket)
}

func listenerAsProcess(p *pit) string {
	state := func() string { return p.member("ear", "statename") }
	return strings.Join([]string{state(), p.ask("stopProcess", "ear"), state(), p.ask("startProcess", "ear"), state()}, ", ")
}

func captured(p *pit) string {
	text := ""
	p.until("the output of tagged", func() bool {
		data, err := os.ReadFile(filepath.Join(p.dir, "tagged.out"))
		text = string(data)
		return err == nil && len(text) > len("beforeafter")
	})
	if strings.Contains(text, "between") || strings.Contains(text, "<!--") {
		return text
	}
	return text[:len("beforeafter")]
}

func windows(p *pit) string {
	p.ask("startProcess", "window")
	p.until("the output of window", func() bool { return p.size("window.out") == 10 })
	var all []string
	for _, at := range [][2]int{{0, 4}, {8, 10}, {10, 4}, {6, 4}} {
		all = append(all, p.ask("tailProcessStdoutLog", "window", at[0], at[1]))
	}
	return strings.Join(all, " ")
}

func backups(p *pit) string {
	count := func(program string) string {
		files, err := filepath.Glob(filepath.Join(p.dir, program+".out.*"))
		if err != nil || len(files) == 0 {
			return "none"
		}
		return fmt.Sprint(len(files))
	}
	p.until("a rotation", func() bool { return p.size("kept.out.1") > 0 && p.size("small.out") >= 0 && p.idle("kept.out") })
	before := count("kept")
	cleared := p.ask("clearProcessLogs", "kept")
	return fmt.Sprintf("small: %s; kept: %s; %s; kept: %s, %d bytes", count("small"), before, cleared, count("kept"), p.size("kept.out"))
}

// idle tells whether nothing has been written to a file for a while.
func (p *pit) idle(name string) bool {
	info, err := os.Stat(filepath.Join(p.dir, name))
	return err == nil && time.Since(info.ModTime()) > time.Second
}

func includes(p *pit) string {
	return fmt.Sprintf("included: %s; bak: %s; hidden: %s", p.line("included", 0), p.ask("getProcessInfo", "bak"), p.ask("getProcessInfo", "hidden"))
}

func pages(p *pit) string {
	var all []string
	for _, path := range []string{"/index.html", "/tail.html?processname=long", "/ok.html", "/logtail/none"} {
		refused, header := p.page(path, false)
		realm := regexp.MustCompile(`^Basic realm="(.*)"$`).ReplaceAllString(header.Get("WWW-Authenticate"), "$1")
		served, _ := p.page(path, true)
		all = append(all, fmt.Sprintf("%s %d %s %d", path, refused, realm, served))
	}
	return strings.Join(all, ", ")
}

// page asks the server on TCP, with its password or without one.
func (p *pit) page(path string, password bool) (int, http.Header) {
	request, err := http.NewRequest(http.MethodGet, "http://127.0.0.1:"+p.port+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	if password {
		request.SetBasicAuth("user", "pass")
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := (&http.Client{Transport: transport, Timeout: 30 * time.Second}).Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode, response.Header
}
