package ctl_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/client"
)

const daemonConfig = `[supervisord]
nodaemon=true
logfile=%[1]s/main.log
pidfile=%[1]s/pid
childlogdir=%[1]s
user=%[2]s
[unix_http_server]
file=%[1]s/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[program:cat]
command=/bin/cat
startsecs=0
stdout_logfile=%[1]s/cat.log
[program:done]
command=/bin/sh -c "echo out; echo err >&2"
startsecs=0
autorestart=false
autostart=false
[program:bad]
command=/bin/false
autostart=false
startretries=0
[program:missing]
command=/no/such/file
autostart=false
[program:plain]
command=/etc/passwd
autostart=false
[program:quiet]
command=/bin/cat
autostart=false
startsecs=0
stdout_logfile=NONE
redirect_stderr=true
[program:multi]
command=/bin/cat
process_name=%%(program_name)s_%%(process_num)02d
numprocs=2
autostart=false
startsecs=0
`

// daemon is Debian's supervisord in a directory of its own.
type daemon struct {
	t     *testing.T
	dir   string
	cmd   *exec.Cmd
	lines *bufio.Scanner // what it prints
}

func startDaemon(t *testing.T) *daemon {
	t.Helper()
	dir, err := os.MkdirTemp("", "ctl") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	d := &daemon{t: t, dir: dir}
	d.configure("")
	d.cmd = exec.Command("supervisord", "-c", filepath.Join(dir, "s.conf"))
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.cmd.Process.Kill()
		d.cmd.Wait()
	})
	d.lines = bufio.NewScanner(out)
	return d
}

// runs waits until the daemon and its first program do.
func (d *daemon) runs() {
	d.t.Helper()
	for d.lines.Scan() && !strings.Contains(d.lines.Text(), "cat entered RUNNING") {
	}
	if !strings.Contains(d.lines.Text(), "cat entered RUNNING") {
		d.t.Fatalf("supervisord does not start: %v", d.lines.Err())
	}
	go func() { // a full pipe would stop it
		for d.lines.Scan() {
		}
	}()
}

// hurry keeps the daemon busy until the test or the daemon ends: it looks after
// waiting calls, ends and retries only when something happens, or once a second.
func (d *daemon) hurry() {
	d.t.Helper()
	c, err := client.New(client.Options{ServerURL: "unix://" + d.dir + "/s.sock"})
	if err != nil {
		d.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(d.t.Context()))
	var hurrying sync.WaitGroup
	d.t.Cleanup(func() {
		cancel()
		hurrying.Wait()
		c.Close()
	})
	hurrying.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for err := error(nil); err == nil; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_, err = c.Call(ctx, "supervisor.getPID") // at the end nobody answers
			}
		}
	})
}

// configure writes the file with more sections at its end.
func (d *daemon) configure(more string) {
	d.t.Helper()
	user := "root"
	if os.Getuid() != 0 {
		user = fmt.Sprint(os.Getuid())
	}
	text := fmt.Sprintf(daemonConfig, d.dir, user) + more
	if err := os.WriteFile(filepath.Join(d.dir, "s.conf"), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// run plays one command line and masks what differs from run to run.
func (d *daemon) run(play player, words []string, stdin string) string {
	stdout, stderr, code := play(d.t, "unix://"+d.dir+"/s.sock", &scenario{words: words, stdin: stdin})
	text := strings.ReplaceAll(wantFile(stdout, stderr, code), d.dir, "$DIR")
	for _, m := range masks {
		text = m.pattern.ReplaceAllString(text, m.with)
	}
	if slices.ContainsFunc(words, severalProcesses) {
		lines := strings.SplitAfter(text, "\n")
		slices.Sort(lines) // they come as the daemon got around to them
		// and the last one that complains decides about the exit code
		text = failureCode.ReplaceAllString(strings.Join(lines, ""), "exit N")
	}
	return text
}

var failureCode = regexp.MustCompile(`(?m)^exit [1-9]\d*`)

func severalProcesses(word string) bool { return word == "all" || strings.HasSuffix(word, ":*") }

var masks = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`pid \d+`), "pid N"},
	// It has ended by the time that supervisord looks, or not yet.
	{regexp.MustCompile(`done: (started|ERROR \(abnormal termination\))`), "done: started and ended"},
	{regexp.MustCompile(`(?m)^[1-9]\d*$`), "N"},
	{regexp.MustCompile(`\d:\d\d:\d\d`), "H:MM:SS"},
	{regexp.MustCompile(`[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M`), "Mon DD HH:MM"},
	{regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\d .*$`), "log line"},
}

// TestSessionWithSupervisord plays one long session with the real daemon, by
// its own supervisorctl and by ours, each with a daemon of its own.
func TestSessionWithSupervisord(t *testing.T) {
	t.Parallel()
	original := startOriginal(t, 1)
	if _, err := exec.LookPath("supervisord"); err != nil {
		t.Fatalf("there is a supervisorctl without a supervisord: %v", err)
	}
	a, b := startDaemon(t), startDaemon(t)
	for _, d := range []*daemon{a, b} { // which start at the same time
		d.runs()
		d.hurry()
	}
	step := func(line, stdin string) {
		t.Helper()
		words := strings.Fields(line)
		var our string
		var wg sync.WaitGroup
		wg.Go(func() { our = b.run(patientOurs, words, stdin) })
		theirs := a.run(original.play, words, stdin)
		wg.Wait()
		if diff := cmp.Diff(theirs, our); diff != "" {
			t.Errorf("supervisorctl %s (-supervisor's +ours):\n%s", line, diff)
		}
	}
	steps := func(lines string) {
		t.Helper()
		for line := range strings.Lines(lines) {
			step(strings.TrimSpace(line), "")
		}
	}
	steps(`status
		version
		pid
		pid all
		pid cat
		avail
		start done bad missing plain nope cat
		status
		status multi:* nope:* bad
		start multi:*
		signal HUP multi:multi_00 bad nope
		signal NOSUCH cat
		stop multi:* cat nope:* nope
		restart cat multi:*
		tail done
		tail -2 done stderr
		tail nope
		tail quiet
		tail bad
		tail -f quiet
		clear done bad nope
		clear multi:*
		clear all
		maintail -1
		start quiet multi:multi_00
		tail quiet
		stop all
		stop all
		start all
		reread
		update
		fg bad
		fg nope
		add cat
		add nope
		remove cat
		remove nope
		restart nope:* nope`)
	step("", "status cat\nstart cat\n\nhelp pid\nfoo\nreload\nn\n")
	for _, d := range []*daemon{a, b} {
		d.configure("[program:new]\ncommand=/bin/cat\nstartsecs=0\n[group:both]\nprograms=multi\npriority=3\n")
	}
	steps(`reread
		avail
		update nope
		update
		status
		update`)
	for _, d := range []*daemon{a, b} {
		d.configure("[program:broken]\n")
	}
	steps(`reread
		update
		shutdown`)
	for _, d := range []*daemon{a, b} {
		if err := d.cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	steps(`status
		shutdown
		reread`)
}
