package jobrun_test

import (
	"context"
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/internal/jobrun"
	"github.com/watchkeeper-go/watchkeeper/internal/runlog"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

func args(c executor.CommandArgs) jobrun.Args { return jobrun.Args{CommandArgs: c} }

func TestARun(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		run  job.Task
		want executor.CommandResult
		err  string
	}{
		"keeps what it writes on both streams, in order": {
			run:  shell("echo one; echo two >&2; printf three", jobrun.Args{}),
			want: executor.CommandResult{Output: "one\ntwo\nthree"},
		},
		"splits the command line as that of a program": {
			run:  task(`printf '%s|' a "b c" \$HOME`, jobrun.Args{}),
			want: executor.CommandResult{Output: "a|b c|$HOME|"},
		},
		"takes words as they are": {
			run:  task("printf %s|", args(executor.CommandArgs{Argv: []string{"it's", "*", "", `"\`}})),
			want: executor.CommandResult{Output: `it's|*||"\|`},
		},
		"fails by the exit status and quotes the last line": {
			run:  shell("echo begin; echo 'no such table' >&2; exit 3", jobrun.Args{}),
			want: executor.CommandResult{Exit: 3, Output: "begin\nno such table\n"},
			err:  "exit status 3: no such table",
		},
		"succeeds with the statuses that are given": {
			run:  shell("exit 3", args(executor.CommandArgs{ExitCodes: []int{0, 3}})),
			want: executor.CommandResult{Exit: 3},
		},
		"fails with others": {
			run: shell("exit 0", args(executor.CommandArgs{ExitCodes: []int{3}})),
			err: "exit status 0",
		},
		"fails by a signal": {
			run:  shell("kill -USR1 $$", jobrun.Args{}),
			want: executor.CommandResult{Exit: -1, Signal: "SIGUSR1"},
			err:  "terminated by SIGUSR1",
		},
		"has nothing to read": {
			run:  shell("cat; echo done", jobrun.Args{}),
			want: executor.CommandResult{Output: "done\n"},
		},
		"starts in its directory with its umask and variables": {
			run:  shell("pwd; umask; echo $COLOR", args(executor.CommandArgs{Dir: dir, Umask: "027", Env: map[string]string{"COLOR": "blue"}})),
			want: executor.CommandResult{Output: dir + "\n0027\nblue\n"},
		},
		"has the variables of a program": {
			run:  shell("env | grep ^SUPERVISOR_ | sort", jobrun.Args{ServerURL: "unix:///run/x.sock"}),
			want: executor.CommandResult{Output: "SUPERVISOR_ENABLED=1\nSUPERVISOR_GROUP_NAME=nightly\nSUPERVISOR_PROCESS_NAME=1774747800000250\nSUPERVISOR_SERVER_URL=unix:///run/x.sock\n"},
		},
		"knows which run it is of, whatever the job says": {
			run: shell("env | grep ^JOB_ | sort", args(executor.CommandArgs{Env: map[string]string{"JOB_ID": "other"}})),
			want: executor.CommandResult{Output: "JOB_ATTEMPT=2\nJOB_ID=nightly\nJOB_RUN_ID=nightly@1774747800000250\n" +
				"JOB_SCHEDULED_AT=2026-03-29T01:30:00.00025Z\nJOB_TOKEN=42\n"},
		},
		"has the limits of the daemon": {
			run:  shell("ulimit -n", jobrun.Args{}),
			want: executor.CommandResult{Output: limit(t) + "\n"},
		},
		"without its command fails with the original's text": {
			run: task("/no/such/command", jobrun.Args{}), err: "can't find command '/no/such/command'",
		},
		"with a directory as command": {
			run: task(dir, jobrun.Args{}), err: "command at '" + dir + "' is a directory",
		},
		"that cannot be executed says why": {
			run:  task(noProgram(t), jobrun.Args{}),
			want: executor.CommandResult{Exit: 127, Output: "supervisor: couldn't exec " + noProgram(t) + ": ENOEXEC\nsupervisor: child process was not spawned\n"},
			err:  "exit status 127: supervisor: couldn't exec " + noProgram(t) + ": ENOEXEC",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newReal(t, nil)
			if err := w.Check(job.Job{Func: c.run.Run.Work.Func, Args: c.run.Run.Work.Args}); err != nil {
				t.Errorf("Check: %v", err)
			}
			got, err := w.execute(t, c.run)
			wantError(t, err, c.err)
			if diff := cmp.Diff(command(c.want), got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			if len(w.events.all) != 0 {
				t.Errorf("there are events: %v", w.events.all)
			}
		})
	}
}

// limit is how many descriptors a child of ours may have.
func limit(t *testing.T) string {
	t.Helper()
	starter, err := proc.NewOS(proc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer starter.Close()
	child, err := starter.Start(proc.Command{Path: "/bin/sh", Args: []string{"sh", "-c", "ulimit -n"}, Umask: -1, RedirectStderr: true})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for child.Stdout().Next(func(p []byte) { text.Write(p) }) == nil {
	}
	<-child.Done()
	return strings.TrimSpace(text.String())
}

// noProgram is an executable file that is none.
func noProgram(t *testing.T) string {
	t.Helper()
	path := filepath.Join(os.TempDir(), "jobrun-test-noexec")
	if err := os.WriteFile(path, []byte("no program\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(path) }) // the other caller may have done it
	return path
}

func TestARunHasItsUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root to become somebody else")
	}
	find := func(name string) (*proc.User, error) {
		u, err := user.Lookup(name)
		if err != nil {
			return nil, err
		}
		uid, _ := strconv.ParseUint(u.Uid, 10, 32)
		gid, _ := strconv.ParseUint(u.Gid, 10, 32)
		return &proc.User{Name: name, UID: uint32(uid), GID: uint32(gid)}, nil
	}
	w := newReal(t, func(o *jobrun.Options) { o.FindUser = find })
	got, err := w.execute(t, shell("id -un", args(executor.CommandArgs{User: "nobody"})))
	wantError(t, err, "")
	if got.Output != "nobody\n" {
		t.Errorf("it runs as %q", got.Output)
	}
	_, err = w.execute(t, shell("id -un", args(executor.CommandArgs{User: "no-such-user"})))
	wantError(t, err, `find user "no-such-user": user: unknown user no-such-user`)
}

func TestAJobIsRefusedBeforeItIsStored(t *testing.T) {
	w := newWorld(t, proctest.New(), nil)
	for want, j := range map[string]job.Job{
		"the command line is empty":                             {Func: " "},
		"parse command line: No closing quotation":              {Func: "echo 'a"},
		"the command line has a zero byte":                      {Func: "echo", Args: []byte(`{"argv":["a\u0000b"]}`)},
		`decode arguments: json: unknown field "shell"`:         {Func: "true", Args: []byte(`{"shell":true}`)},
		"decode arguments: more follows the first value":        {Func: "true", Args: []byte(`{} {}`)},
		"exit_codes: 256 is not between 0 and 255":              {Func: "true", Args: []byte(`{"exit_codes":[256]}`)},
		`umask: "999" is not an octal number such as 027`:       {Func: "true", Args: []byte(`{"umask":"999"}`)},
		`stop_wait: "10" is not a length of time such as 30s`:   {Func: "true", Args: []byte(`{"stop_wait":"10"}`)},
		`env: "A=B" cannot be a variable`:                       {Func: "true", Args: []byte(`{"env":{"A=B":"c"}}`)},
		"user: jobs may not choose one here":                    {Func: "true", Args: []byte(`{"user":"root"}`)},
		`orphans: "eat" is none of keep, stop, kill`:            {Func: "true", Args: []byte(`{"orphans":"eat"}`)},
		"stop_signal: value 'HELLO' is not a valid signal name": {Func: "true", Args: []byte(`{"stop_signal":"HELLO"}`)},
	} {
		wantError(t, w.Check(j), want)
		_, err := w.Execute(t.Context(), job.Task{Run: job.Run{ID: "j@1", Job: "j", Work: j.Work()}})
		wantError(t, err, want)
	}
}

func TestARunIsToldWhenItsJobSucceededLast(t *testing.T) {
	const script = `echo "${JOB_PREV_SUCCESS-not told}"`
	var last time.Time
	var trouble error
	w := newReal(t, func(o *jobrun.Options) {
		o.LastSuccess = func(context.Context, job.Task) (time.Time, error) { return last, trouble }
	})
	for _, c := range []struct {
		last    time.Time
		trouble error
		want    string
	}{
		{slot.Add(-time.Hour), nil, "2026-03-29T00:30:00.00025Z\n"},
		{time.Time{}, nil, "\n"},
		{time.Time{}, errors.New("the store is away"), "not told\n"},
	} {
		last, trouble = c.last, c.trouble
		got, err := w.execute(t, shell(script, jobrun.Args{}))
		wantError(t, err, "")
		if got.Output != c.want {
			t.Errorf("it is told %q, want %q", got.Output, c.want)
		}
	}
	want := "WARN run nightly@1774747800000250 is not told when the job succeeded last: the store is away"
	if got := w.lines.all(); got != want {
		t.Errorf("the log has %q, want %q", got, want)
	}
}

func TestLastSuccessIsThatBeforeTheRun(t *testing.T) {
	s := memory.New(memory.Options{})
	at := func(slot time.Time, kind job.OutcomeKind) job.Run {
		return job.Run{ID: job.RunID("nightly", slot), Job: "nightly", Slot: slot, Due: slot, Phase: job.Done, Instance: -1, Place: -1,
			Outcome: job.Outcome{Kind: kind, Finished: slot}}
	}
	added, err := s.Add(t.Context(), []job.Job{{ID: "nightly", State: job.State{Next: slot}}})
	if err != nil || added != nil {
		t.Fatal(err, added)
	}
	if _, err := s.Beat(t.Context(), job.Beat{Node: "n", Lease: time.Minute, Now: slot}); err != nil {
		t.Fatal(err)
	}
	batch, err := s.List(t.Context(), job.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	advance := job.Advance{ID: "nightly", Rev: batch[0].State.Rev, Runs: []job.Run{
		at(slot.Add(-3*time.Hour), job.Succeeded), at(slot.Add(-2*time.Hour), job.Succeeded),
		at(slot.Add(-time.Hour), job.Failed), at(slot.Add(time.Hour), job.Succeeded),
	}}
	if done, err := s.Commit(t.Context(), "n", []job.Advance{advance}); err != nil || done[0].Err != nil {
		t.Fatal(done, err)
	}
	kept := func(string) runlog.History { return s }
	got, err := jobrun.LastSuccess(kept)(t.Context(), job.Task{Run: at(slot, job.None)})
	if want := slot.Add(-2 * time.Hour); err != nil || !got.Equal(want) {
		t.Errorf("it is %v, %v, want %v", got, err, want)
	}
	got, err = jobrun.LastSuccess(kept)(t.Context(), job.Task{Run: at(slot.Add(-4*time.Hour), job.None)})
	if err != nil || !got.IsZero() {
		t.Errorf("before the first it is %v, %v", got, err)
	}
}

var errCancel = errors.New("was cancelled")

// Timeout and cancel come as the end of the context.
func TestTheEndOfTheContextIsAStop(t *testing.T) {
	for name, c := range map[string]struct {
		script proctest.Script
		args   jobrun.Args
		sent   string
		after  time.Duration
		exit   int
		err    string
	}{
		"it goes at once": {
			sent: "SIGTERM to the group", exit: -1, err: "stopped (terminated by SIGTERM): was cancelled",
		},
		"it takes its time": {
			script: proctest.Script{Reactions: map[syscall.Signal]proctest.Reaction{syscall.SIGINT: proctest.ExitAfter(3*time.Second, 0)}},
			args:   args(executor.CommandArgs{Stop: "INT"}),
			sent:   "SIGINT to the group", after: 3 * time.Second, err: "stopped (exit status 0): was cancelled",
		},
		"it is killed after its wait": {
			script: proctest.Script{Reactions: map[syscall.Signal]proctest.Reaction{syscall.SIGTERM: proctest.Ignore()}},
			args:   args(executor.CommandArgs{StopWait: "7s"}),
			sent:   "SIGTERM to the group, SIGKILL to the group", after: 7 * time.Second, exit: -1, err: "stopped (terminated by SIGKILL): was cancelled",
		},
		"it alone, if so wished": {
			script: proctest.Script{Reactions: map[syscall.Signal]proctest.Reaction{syscall.SIGTERM: proctest.Ignore()}},
			args:   jobrun.Args{StopAsGroup: new(bool)},
			sent:   "SIGTERM, SIGKILL", after: 10 * time.Second, exit: -1, err: "stopped (terminated by SIGKILL): was cancelled",
		},
		"with those that it leaves behind": {
			script: proctest.Script{Left: []proc.Member{{PID: 7, Name: "x"}}, LeaveAfter: time.Second},
			sent:   "SIGTERM to the group, SIGTERM to the group", after: time.Second, exit: -1, err: "stopped (terminated by SIGTERM): was cancelled",
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, c.script, func(t *testing.T, w *world, s *proctest.Starter) {
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Minute, func() { cancel(errCancel) })
				began := time.Now()
				data, err := w.Execute(ctx, task("/bin/true", c.args))
				wantError(t, err, c.err)
				if !errors.Is(err, errCancel) || !errors.Is(err, jobrun.ErrStopped) {
					t.Errorf("the error %v wraps neither", err)
				}
				if took := time.Since(began) - time.Minute; took < c.after || took > c.after+200*time.Millisecond {
					t.Errorf("it took %v, want %v", took, c.after)
				}
				if got := result(t, data).Exit; got != c.exit {
					t.Errorf("the code is %d, want %d", got, c.exit)
				}
				if got := sent(s.Children()[0]); got != c.sent {
					t.Errorf("it was sent %s, want %s", got, c.sent)
				}
			})
		})
	}
}

// sent are the signals that a child got.
func sent(c *proctest.Child) string {
	var all []string
	for _, s := range c.Sent() {
		name := proc.SignalName(s.Signal)
		if s.Group {
			name += " to the group"
		}
		all = append(all, name)
	}
	return strings.Join(all, ", ")
}

func TestARunThatEndsWithItsContextHasDoneItsWork(t *testing.T) {
	inBubble(t, proctest.Script{Lives: time.Minute}, func(t *testing.T, w *world, _ *proctest.Starter) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute+1)
		defer cancel()
		_, err := w.Execute(ctx, task("/bin/true", jobrun.Args{}))
		wantError(t, err, "")
	})
}

func TestARunThatSomebodyStoppedByNameHasFailed(t *testing.T) {
	var stopped []string
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, proctest.New(proctest.Script{}), func(o *jobrun.Options) {
			o.Stopped = func(r job.Run) { stopped = append(stopped, r.ID) }
		})
		done := make(chan struct{})
		time.AfterFunc(time.Second, func() {
			defer close(done)
			p, err := w.sup.FindRun("nightly", "1774747800000250")
			if err != nil {
				t.Error(err)
				return
			}
			if err := p.Stop(t.Context(), true); err != nil {
				t.Error(err)
			}
		})
		_, err := w.execute(t, task("/bin/true", jobrun.Args{}))
		wantError(t, err, "stopped (terminated by SIGTERM)")
		<-done
	})
	if diff := cmp.Diff([]string{"nightly@1774747800000250"}, stopped); diff != "" {
		t.Errorf("told of (-want +got):\n%s", diff)
	}
}

// A run that was taken away and given back waits for the attempt before.
func TestASecondAttemptWaitsForTheFirst(t *testing.T) {
	inBubble(t, proctest.Script{Lives: time.Minute}, func(t *testing.T, w *world, _ *proctest.Starter) {
		began := time.Now()
		go w.Execute(t.Context(), task("/bin/true", jobrun.Args{}))
		synctest.Wait()
		_, err := w.execute(t, task("/bin/true", jobrun.Args{}))
		wantError(t, err, "")
		if took := time.Since(began); took != 2*time.Minute {
			t.Errorf("both took %v", took)
		}
		go w.Execute(t.Context(), task("/bin/true", jobrun.Args{}))
		synctest.Wait()
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errCancel)
		defer cancel()
		_, err = w.Execute(ctx, task("/bin/true", jobrun.Args{}))
		wantError(t, err, errCancel.Error())
		<-time.After(time.Minute)
	})
}

func TestADaemonThatEndsStartsNoRun(t *testing.T) {
	inBubble(t, proctest.Script{}, func(t *testing.T, w *world, _ *proctest.Starter) {
		if err := w.sup.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err := w.execute(t, task("/bin/true", jobrun.Args{}))
		if !errors.Is(err, supervise.ErrShutdown) {
			t.Errorf("the error is %v", err)
		}
	})
}

// How a run has ended is told by who keeps the history.
func TestTheMainLogHasNoLineForEachRun(t *testing.T) {
	w := newReal(t, nil)
	_, err := w.execute(t, shell("true", jobrun.Args{}))
	wantError(t, err, "")
	_, err = w.execute(t, shell("exit 3", jobrun.Args{}))
	wantError(t, err, "exit status 3")
	if got := w.lines.all(); got != "" {
		t.Errorf("the log has %q", got)
	}
}

func TestNamespec(t *testing.T) {
	for want, r := range map[string]job.Run{
		"nightly:1774747800000250":           {ID: "nightly@1774747800000250", Job: "nightly"},
		"nightly:01JQF0000000000000000000AB": {ID: "nightly~01JQF0000000000000000000AB", Job: "nightly"},
		"a@b:5":                              {ID: "a@b@5", Job: "a@b"},
		"a:b:5":                              {ID: "a:b@5", Job: "a:b"},
		"j:strange":                          {ID: "strange", Job: "j"},
	} {
		if got := jobrun.Namespec(r); got != want {
			t.Errorf("it is %q, want %q", got, want)
		}
	}
}
