package executor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

// newCommand is a Command with children of the system.
func newCommand(t *testing.T, o executor.CommandOptions) *executor.Command {
	t.Helper()
	s, err := proc.NewOS(proc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if o.Environ == nil {
		o.Environ = []string{"PATH=/usr/bin:/bin"}
	}
	return executor.NewCommand(s, o)
}

// shell is a run of a script. More arguments of the job may be given.
func shell(script string, args executor.CommandArgs, change ...func(*job.Task)) job.Task {
	args.Argv = append([]string{"-c", script}, args.Argv...)
	data, err := json.Marshal(args)
	if err != nil {
		panic(err)
	}
	return task("/bin/sh", string(data), change...)
}

// outcome reads the result of a command.
func outcome(t *testing.T, result string) executor.CommandResult {
	t.Helper()
	var r executor.CommandResult
	if err := json.Unmarshal([]byte(result), &r); err != nil {
		t.Fatalf("result %q: %v", result, err)
	}
	return r
}

func TestCommand(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		run  job.Task
		want executor.CommandResult
		err  string
	}{
		"keeps what it writes on both streams, in order": {
			run:  shell("echo one; echo two >&2; printf three", executor.CommandArgs{}),
			want: executor.CommandResult{Output: "one\ntwo\nthree"},
		},
		"splits the command line": {
			run:  task(`printf '%s|' a "b c" \$HOME`, ""),
			want: executor.CommandResult{Output: "a|b c|$HOME|"},
		},
		"takes words as they are": {
			run:  task("printf %s|", `{"argv":["it's","*"]}`),
			want: executor.CommandResult{Output: "it's|*|"},
		},
		"fails by the exit status and quotes the last line": {
			run:  shell("echo begin; echo 'no such table' >&2; exit 3", executor.CommandArgs{}),
			want: executor.CommandResult{Exit: 3, Output: "begin\nno such table\n"},
			err:  "exit status 3: no such table",
		},
		"succeeds with the statuses that are given": {
			run:  shell("exit 3", executor.CommandArgs{ExitCodes: []int{0, 3}}),
			want: executor.CommandResult{Exit: 3},
		},
		"fails with others": {
			run:  shell("exit 0", executor.CommandArgs{ExitCodes: []int{3}}),
			want: executor.CommandResult{},
			err:  "exit status 0",
		},
		"fails by a signal": {
			run:  shell("kill -USR1 $$", executor.CommandArgs{}),
			want: executor.CommandResult{Exit: -1, Signal: "SIGUSR1"},
			err:  "terminated by SIGUSR1",
		},
		"has nothing to read": {
			run:  shell("cat; echo done", executor.CommandArgs{}),
			want: executor.CommandResult{Output: "done\n"},
		},
		"starts in its directory with its umask and variables": {
			run:  shell("pwd; umask; echo $COLOR", executor.CommandArgs{Dir: dir, Umask: "027", Env: map[string]string{"COLOR": "blue"}}),
			want: executor.CommandResult{Output: dir + "\n0027\nblue\n"},
		},
		"knows which run it is of": {
			run: shell("env | grep ^WATCHKEEPER_ | sort", executor.CommandArgs{Env: map[string]string{"WATCHKEEPER_JOB": "other"}}),
			want: executor.CommandResult{Output: "WATCHKEEPER_ATTEMPT=2\nWATCHKEEPER_JOB=nightly\nWATCHKEEPER_NODE=node-1\n" +
				"WATCHKEEPER_RUN=nightly@1774747800000250\nWATCHKEEPER_SCHEDULED=2026-03-29T01:30:00.00025Z\nWATCHKEEPER_TOKEN=42\n"},
		},
		"does not wait for those it leaves behind": {
			run:  shell("sleep 1000 & echo $! >"+filepath.Join(dir, "left")+"; echo last", executor.CommandArgs{}),
			want: executor.CommandResult{Output: "last\n"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := newCommand(t, executor.CommandOptions{})
			wantError(t, e.Check(asJob(c.run)), "")
			result, err := execute(t, e, c.run)
			wantError(t, err, c.err)
			if diff := cmp.Diff(c.want, outcome(t, result)); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
		})
	}
	killLeft(t, filepath.Join(dir, "left"))
}

// killLeft ends the process whose pid stands in a file.
func killLeft(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Errorf("what was left behind has gone: %v", err)
	}
}

func TestCommandKeepsTheEndOfLongOutput(t *testing.T) {
	e := newCommand(t, executor.CommandOptions{})
	script := `i=0; while [ $i -lt 30000 ]; do echo "zeile $i grün"; i=$((i+1)); done`
	for _, limit := range []int{0, 1000} {
		result, err := execute(t, e, shell(script, executor.CommandArgs{}, keepResult(limit)))
		wantError(t, err, "")
		if limit == 0 {
			limit = job.DefaultKeepResult
		}
		r := outcome(t, result)
		if len(result) > limit || len(result) < limit-10 {
			t.Errorf("the result has %d bytes, want up to %d", len(result), limit)
		}
		if !strings.HasSuffix(r.Output, "zeile 29998 grün\nzeile 29999 grün\n") || strings.ContainsRune(r.Output, '\uFFFD') {
			t.Errorf("the output ends with %q", r.Output[max(0, len(r.Output)-60):])
		}
		const digits = 10 + 2*90 + 3*900 + 4*9000 + 5*20000
		if whole := int64(30000*len("zeile  grün\n") + digits); r.Dropped+int64(len(r.Output)) != whole {
			t.Errorf("%d bytes dropped and %d kept are not the %d written", r.Dropped, len(r.Output), whole)
		}
	}
}

func TestCommandIsRefusedBeforeItStarts(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		line, args, err string
		missing         bool // on this machine only: Check lets it pass
	}{
		"an empty line":           {line: " ", err: "the command line is empty"},
		"an open quote":           {line: "echo 'a", err: "No closing quotation"},
		"a zero byte":             {line: "echo", args: `{"argv":["a\u0000b"]}`, err: "zero byte"},
		"an unknown argument":     {line: "true", args: `{"shell":true}`, err: `unknown field "shell"`},
		"a status out of range":   {line: "true", args: `{"exit_codes":[256]}`, err: "exit_codes: 256"},
		"a umask of nines":        {line: "true", args: `{"umask":"999"}`, err: `umask: "999"`},
		"a signal of no name":     {line: "true", args: `{"stop_signal":"HELLO"}`, err: "stop_signal: value 'HELLO'"},
		"a wait of no length":     {line: "true", args: `{"stop_wait":"10"}`, err: `stop_wait: "10"`},
		"a variable of no name":   {line: "true", args: `{"env":{"A=B":"c"}}`, err: `env: "A=B"`},
		"a user where none may":   {line: "true", args: `{"user":"root"}`, err: "user: jobs may not choose"},
		"a missing program":       {line: "no-such-program", err: `find command "no-such-program"`, missing: true},
		"a missing path":          {line: "/no/such/program", err: "/no/such/program", missing: true},
		"a file not executable":   {line: plain, err: "is not executable", missing: true},
		"a directory as program":  {line: dir, err: "is a directory", missing: true},
		"a missing directory":     {line: "true", args: `{"dir":"/no/such/dir"}`, err: "go to directory", missing: true},
		"a file as its directory": {line: "true", args: fmt.Sprintf(`{"dir":%q}`, plain), err: "go to directory", missing: true},
	} {
		t.Run(name, func(t *testing.T) {
			e := newCommand(t, executor.CommandOptions{})
			_, err := execute(t, e, task(c.line, c.args))
			wantError(t, err, c.err)
			if c.missing {
				c.err = ""
			}
			wantError(t, e.Check(asJob(task(c.line, c.args))), c.err)
		})
	}
}

func TestCommandFindsProgramsAsAShellInItsDirectoryWould(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "bin", "greet")
	if err := os.Mkdir(filepath.Dir(script), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho hello from $PWD\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	e := newCommand(t, executor.CommandOptions{Dir: dir})
	for name, run := range map[string]job.Task{
		"a path from there":       task("./bin/greet", ""),
		"a path of its own":       task("greet", `{"env":{"PATH":"/nowhere::bin:/bin"}}`),
		"its full name":           task(script, ""),
		"no need for a ./ prefix": task("bin/greet", ""),
	} {
		result, err := execute(t, e, run)
		if err != nil || outcome(t, result).Output != "hello from "+dir+"\n" {
			t.Errorf("%s: %s, %v", name, result, err)
		}
	}
	if _, err := execute(t, e, task("greet", "")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a name that is in no PATH: %v", err)
	}
}

func TestCommandRunsAsAnotherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root becomes somebody else")
	}
	nobody := &proc.User{Name: "nobody", UID: 65534, GID: 65534}
	find := func(name string) (*proc.User, error) {
		if name != "nobody" {
			return nil, errors.New("no such user")
		}
		return nobody, nil
	}
	for name, c := range map[string]struct {
		options executor.CommandOptions
		args    string
		want    string
		err     string
	}{
		"of all commands":      {executor.CommandOptions{User: nobody}, "", "65534\n", ""},
		"of this job":          {executor.CommandOptions{FindUser: find}, `{"user":"nobody"}`, "65534\n", ""},
		"but for this job":     {executor.CommandOptions{FindUser: find}, "", "0\n", ""},
		"who does not exist":   {executor.CommandOptions{FindUser: find}, `{"user":"nobdy"}`, "", "no such user"},
		"whom nobody looks up": {executor.CommandOptions{User: nobody}, `{"user":"root"}`, "", "may not choose"},
	} {
		result, err := execute(t, newCommand(t, c.options), task("id -u", c.args))
		wantError(t, err, c.err)
		if err == nil && outcome(t, result).Output != c.want {
			t.Errorf("%s: %s, want %q", name, result, c.want)
		}
	}
}

// TestCommandLeavesNothingOfAStoppedGroup: the script ignores the signal, its
// child too, and both are gone when Execute returns.
func TestCommandLeavesNothingOfAStoppedGroup(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pids")
	e := newCommand(t, executor.CommandOptions{StopWait: 50 * time.Millisecond})
	script := `trap "" TERM; sleep 1000 & echo $$ $! >` + file + `.new; mv ` + file + `.new ` + file + `; echo ready; wait; wait`
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		settles(func() bool { _, err := os.Stat(file); return err == nil })
		cancel(errors.New("somebody wants it ended"))
	}()
	result, err := e.Execute(ctx, shell(script, executor.CommandArgs{}))
	wantError(t, err, "stopped (terminated by SIGKILL): somebody wants it ended")
	if r := outcome(t, string(result)); r.Output != "ready\n" || r.Signal != "SIGKILL" {
		t.Errorf("the result is %s", result)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for field := range strings.FieldsSeq(string(data)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		if !settles(func() bool { return !lives(pid) }) {
			t.Errorf("process %d lives", pid)
		}
	}
}

// lives reports whether a process is there and no zombie.
func lives(pid int) bool {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return syscall.Kill(pid, 0) == nil && !os.IsNotExist(err)
	}
	return !strings.Contains(string(data), ") Z ")
}

func TestCommandDoesNotStartWhenItIsOverAlready(t *testing.T) {
	e := newCommand(t, executor.CommandOptions{})
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("the lease is over"))
	file := filepath.Join(t.TempDir(), "began")
	_, err := e.Execute(ctx, shell("touch "+file, executor.CommandArgs{}))
	wantError(t, err, "the lease is over")
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("it began: %v", err)
	}
}
