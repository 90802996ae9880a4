package executor_test

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
)

var errTimeout = errors.New("it took longer than 1m0s")

// TestCommandStops plays the ends of a group that must be stopped after a
// minute, in virtual time.
func TestCommandStops(t *testing.T) {
	type sent struct {
		Signal syscall.Signal
		After  time.Duration
	}
	for name, c := range map[string]struct {
		script proctest.Script
		args   string
		sent   []sent
		ends   time.Duration // about when Execute returns
		err    string
	}{
		"with SIGTERM to the group": {
			sent: []sent{{syscall.SIGTERM, time.Minute}},
			ends: time.Minute,
			err:  "stopped (terminated by SIGTERM): it took longer than 1m0s",
		},
		"and counts even a clean exit as stopped": {
			script: proctest.Script{Reactions: map[syscall.Signal]proctest.Reaction{syscall.SIGTERM: proctest.ExitAfter(3*time.Second, 0)}},
			sent:   []sent{{syscall.SIGTERM, time.Minute}},
			ends:   63 * time.Second,
			err:    "stopped (exit status 0): it took longer than 1m0s",
		},
		"with SIGKILL after ten seconds": {
			script: proctest.Script{Reactions: map[syscall.Signal]proctest.Reaction{syscall.SIGTERM: proctest.Ignore()}},
			sent:   []sent{{syscall.SIGTERM, time.Minute}, {syscall.SIGKILL, 70 * time.Second}},
			ends:   70 * time.Second,
			err:    "stopped (terminated by SIGKILL): it took longer than 1m0s",
		},
		"with the signal and the patience of the job": {
			script: proctest.Script{Reactions: map[syscall.Signal]proctest.Reaction{syscall.SIGINT: proctest.Ignore()}},
			args:   `{"stop_signal":"INT","stop_wait":"1m30s"}`,
			sent:   []sent{{syscall.SIGINT, time.Minute}, {syscall.SIGKILL, 150 * time.Second}},
			ends:   150 * time.Second,
			err:    "stopped (terminated by SIGKILL): it took longer than 1m0s",
		},
		"and waits for those who take a moment longer": {
			script: proctest.Script{Left: []proc.Member{{PID: 9, Name: "gzip"}}, LeaveAfter: 4 * time.Second},
			sent:   []sent{{syscall.SIGTERM, time.Minute}},
			ends:   64 * time.Second,
			err:    "stopped (terminated by SIGTERM): it took longer than 1m0s",
		},
		"and kills those who stay": {
			script: proctest.Script{Left: []proc.Member{{PID: 9, Name: "sleep"}}, LeaveAfter: -1},
			sent:   []sent{{syscall.SIGTERM, time.Minute}, {syscall.SIGKILL, 70 * time.Second}},
			ends:   70 * time.Second,
			err:    "stopped (terminated by SIGTERM): it took longer than 1m0s",
		},
		"nothing that has ended before": {
			script: proctest.Script{Lives: 59 * time.Second},
			ends:   59 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := proctest.New(c.script)
				e := executor.NewCommand(s, executor.CommandOptions{})
				ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errTimeout)
				defer cancel()
				began := time.Now()
				_, err := e.Execute(ctx, task("/bin/true", c.args))
				wantError(t, err, c.err)
				if c.err != "" && !errors.Is(err, errTimeout) {
					t.Errorf("the error %v is not the context's cause", err)
				}
				if took := time.Since(began); took < c.ends || took > c.ends+400*time.Millisecond {
					t.Errorf("it took %s, want about %s", took, c.ends)
				}
				var got []sent
				for _, one := range s.Last().Sent() {
					got = append(got, sent{one.Signal, one.At.Sub(began).Truncate(time.Second)})
					if !one.Group {
						t.Errorf("%s went to the leader alone", proc.SignalName(one.Signal))
					}
				}
				if diff := cmp.Diff(c.sent, got); diff != "" {
					t.Errorf("signals (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestCommandThatCannotBeStarted(t *testing.T) {
	s := proctest.New(proctest.Script{StartErr: proc.ErrTooManyProcesses})
	_, err := executor.NewCommand(s, executor.CommandOptions{}).Execute(t.Context(), task("/bin/true", ""))
	if !errors.Is(err, proc.ErrTooManyProcesses) {
		t.Errorf("the error is %v, want %v in it", err, proc.ErrTooManyProcesses)
	}
	wantError(t, err, "start /bin/true: ")
}
