package compat_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/client"
	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/certtest"
)

// kept is what the options of ours are put around: what Supervisor reads, and
// what some of ours need.
const kept = `[unix_http_server]
file=DIR/s.sock
chmod=0770
[unix_http_server:closed]
file=DIR/closed.sock
username=user
password=secret
[inet_http_server]
port=127.0.0.1:OPEN
[inet_http_server:closed]
port=127.0.0.1:CLOSED
username=user
password={SHA}e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[group:team]
programs=plain,other
[program:plain]
command=sleep 1000
environment=A="a b",B="100%%"
startsecs=0
[program:other]
command=sleep 1000
numprocs=2
process_name=%(program_name)s_%(process_num)02d
startsecs=0
[executor:py]
type=python
python=/usr/bin/python3
[jobstore:kept]
url=memory:
`

// singles are the sections of which a file has one; the forms of their options
// are spread over several files.
func singles() map[string]string {
	return map[string]string{
		"[supervisord]":   "logfile=DIR/main.log\npidfile=DIR/s.pid\nchildlogdir=DIR\nnodaemon=true\n",
		"[supervisorctl]": "serverurl=unix://DIR/s.sock\n",
		"[scheduler]":     "",
	}
}

// rollBackFiles is how many files the forms are spread over; each is a start of
// both daemons.
const rollBackFiles = 5

// TestRollBack: with every option of ours in use, in every form, Supervisor
// starts on the same file, runs the same programs in the same way, and opens no
// socket more widely.
func TestRollBack(t *testing.T) {
	t.Parallel()
	subjects(t)
	for _, e := range config.Extensions() {
		if s, ok := sampleOf(e); !ok || len(s.forms) == 0 {
			t.Errorf("%s %s has no sample in rollback_samples_test.go", e.Section, e.Key)
		} else if _, single := singles()[e.Section]; single && len(s.forms) > rollBackFiles {
			t.Errorf("%s %s has more forms than there are files", e.Section, e.Key)
		}
		if opened(e.Section) {
			t.Errorf("%s is opened by Supervisor, which passes over %s: it would be open in another way", e.Section, e.Key)
		}
	}
	for n := range rollBackFiles {
		t.Run(fmt.Sprint("file ", n), func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s subject) (saw observations) {
				dir := workDir(t)
				certify(t, dir)
				conf := withExtensions(t, dir, n)
				i := s.begin(t, dir, conf)
				until(t, "all programs to run", func() bool { return !slices.ContainsFunc(i.processes(t), notRunning) })
				saw.rpc(i, "supervisor.getAllProcessInfo")
				saw.rpc(i, "supervisor.getAllConfigInfo")
				for _, p := range i.processes(t) {
					saw.add("process "+p.Group+":"+p.Name, i.mask(lived(t, p.PID)))
				}
				doors := i.doors(t)
				saw.add("doors", i.mask(strings.Join(doors, "\n")))
				if want := strings.Count(kept, "_http_server") + strings.Count(conf, "[fcgi-program:"); len(doors) != want {
					t.Errorf("the daemon listens on %d sockets, want %d: %q", len(doors), want, doors)
				}
				if s.name == "original" {
					i.controlled(t)
				}
				return saw
			})
		})
	}
}

// controlled checks that supervisorctl, too, makes do with the file.
func (i *instance) controlled(t *testing.T) {
	t.Helper()
	out, err := exec.Command(i.ctlPath, "-c", filepath.Join(i.dir, "supervisord.conf"), "pid").CombinedOutput()
	if want := fmt.Sprintln(i.cmd.Process.Pid); err != nil || string(out) != want {
		t.Errorf("supervisorctl pid: %q (%v), want %q", out, err, want)
	}
}

func notRunning(p client.ProcessInfo) bool { return p.StateName != "RUNNING" }

// opened are the sections that are a door of Supervisor's, or that would have
// it import what they name.
func opened(section string) bool {
	return slices.ContainsFunc([]string{"[unix_http_server", "[inet_http_server", "[rpcinterface:", "[ctlplugin:"},
		func(prefix string) bool { return strings.HasPrefix(section, prefix) })
}

func sampleOf(e config.Extension) (sample, bool) {
	all := samples()
	s, ok := all[e.Section+" "+e.Key]
	if !ok && (e.Section == "[eventlistener:x]" || e.Section == "[fcgi-program:x]") {
		s, ok = all["[program:x] "+e.Key]
	}
	return s, ok
}

// withExtensions is a file with its share of the forms: each option of a single
// section in one of its forms, and sections of their own for the others.
func withExtensions(t *testing.T, dir string, file int) string {
	t.Helper()
	var b strings.Builder
	single := singles()
	for _, e := range config.Extensions() {
		s, _ := sampleOf(e)
		lines, isSingle := single[e.Section]
		if isSingle && len(s.forms) > 0 {
			single[e.Section] = fmt.Sprintf("%s%s=%s\n", lines, e.Key, s.forms[file%len(s.forms)])
			continue
		}
		rest := s.with
		if rest == "" {
			rest = usual()[e.Section]
		}
		for n, form := range s.forms {
			if n%rollBackFiles != file {
				continue
			}
			kind, _, _ := strings.Cut(strings.Trim(e.Section, "[]"), ":")
			name := fmt.Sprintf("%s-%s-%d", kind, e.Key, n)
			text := fmt.Sprintf("%s%s=%s\n", without(rest, e.Key), e.Key, form)
			fmt.Fprintln(&b, strings.Replace(e.Section, ":x]", ":"+name+"]", 1))
			b.WriteString(placed(t, text, name))
		}
	}
	for section, lines := range single {
		fmt.Fprintf(&b, "%s\n%s", section, lines)
	}
	return strings.NewReplacer("DIR", dir, "OPEN", freePort(t), "CLOSED", freePort(t)).Replace(kept + b.String())
}

// without are the lines without that of a key.
func without(lines, key string) string {
	var b strings.Builder
	for line := range strings.Lines(lines) {
		if !strings.HasPrefix(line, key+"=") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// placed fills in what is of one section.
func placed(t *testing.T, text, name string) string {
	t.Helper()
	text = strings.ReplaceAll(text, "NAME", name)
	if strings.Contains(text, "PORT") {
		text = strings.ReplaceAll(text, "PORT", freePort(t))
	}
	return strings.ReplaceAll(text, "HASH", fmt.Sprintf("{SHA256}%x", sha256.Sum256([]byte(name))))
}

// certify writes the certificates that the samples name.
func certify(t *testing.T, dir string) {
	t.Helper()
	authority, err := certtest.New()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := authority.WriteCA(dir); err != nil {
		t.Fatal(err)
	}
	if _, _, err := authority.Write(dir, "server"); err != nil {
		t.Fatal(err)
	}
}

// processes are all of the daemon.
func (i *instance) processes(t *testing.T) []client.ProcessInfo {
	t.Helper()
	v, err := i.call("supervisor.getAllProcessInfo")
	if err != nil {
		t.Fatal(err)
	}
	all, err := client.ParseProcesses(v)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// lived is how a process was started: its command line, directory and
// environment.
func lived(t *testing.T, pid int) string {
	t.Helper()
	proc := fmt.Sprintf("/proc/%d/", pid)
	var command []byte
	until(t, fmt.Sprintf("process %d to execute its command, a sleep", pid), func() bool {
		var err error
		if command, err = os.ReadFile(proc + "cmdline"); err != nil {
			t.Fatal(err)
		}
		return bytes.HasPrefix(command, []byte("sleep"))
	})
	environ, err := os.ReadFile(proc + "environ")
	if err != nil {
		t.Fatal(err)
	}
	cwd, err := os.Readlink(proc + "cwd")
	if err != nil {
		t.Fatal(err)
	}
	variables := strings.Split(string(environ), "\x00")
	slices.Sort(variables)
	return fmt.Sprintf("%s\n%s\n%s\n", bytes.ReplaceAll(command, []byte{0}, []byte{' '}), cwd, strings.Join(variables, "\n"))
}
