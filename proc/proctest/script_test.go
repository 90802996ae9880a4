package proctest_test

import (
	"errors"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
)

func startScript(t *testing.T, s *proctest.Starter, name string) *proctest.Child {
	t.Helper()
	if _, err := s.Start(proc.Command{Path: name, Args: []string{name}}); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	return s.Last()
}

func TestScriptsAreTakenInTurnAndTheLastStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := proctest.New(proctest.Script{Lives: time.Second, Code: 1}, proctest.Script{Lives: time.Minute, Code: 2})
		s.Queue("own", proctest.Script{Lives: time.Hour, Code: 3})
		for _, tt := range []struct {
			name  string
			lives time.Duration
			code  int
		}{{"a", time.Second, 1}, {"own", time.Hour, 3}, {"b", time.Minute, 2}, {"a", time.Minute, 2}} {
			c := startScript(t, s, tt.name)
			<-c.Done()
			if got := c.Exit(); got.Code != tt.code || got.At.Sub(c.Began()) != tt.lives {
				t.Errorf("%s ended with %+v after %v, want code %d after %v", tt.name, got, got.At.Sub(c.Began()), tt.code, tt.lives)
			}
		}
		if got := len(s.Children()); got != 4 {
			t.Errorf("%d children were started, want 4", got)
		}
	})
}

func TestReactionsTakeTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := proctest.New(proctest.Script{Reactions: map[syscall.Signal]proctest.Reaction{
			syscall.SIGTERM: proctest.ExitAfter(3*time.Second, 7),
			syscall.SIGINT:  {Ignore: true, Times: 1},
		}})
		c := startScript(t, s, "x")
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			if err := c.Signal(sig, true); err != nil {
				t.Fatal(err)
			}
		}
		<-c.Done()
		if got := c.Exit(); got.Code != 7 || got.At.Sub(c.Began()) != 3*time.Second {
			t.Errorf("ended with %+v after %v, want code 7 after 3s", got, got.At.Sub(c.Began()))
		}
		if sent := c.Sent(); len(sent) != 2 || sent[1].Signal != syscall.SIGTERM || !sent[1].Group {
			t.Errorf("signals are %+v", sent)
		}
		second := startScript(t, s, "x")
		for range 2 {
			if err := second.Signal(syscall.SIGINT, false); err != nil {
				t.Fatal(err)
			}
		}
		<-second.Done()
		if got := second.Exit().Signal; got != syscall.SIGINT {
			t.Errorf("ended by %v, want SIGINT the second time", got)
		}
	})
}

func TestOutputComesAtItsTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := proctest.New(proctest.Script{Lives: time.Hour, Output: []proctest.Chunk{
			{Data: "now"}, {After: time.Minute, Data: "then"}, {After: 2 * time.Hour, Data: "never"},
		}})
		c := startScript(t, s, "x")
		for _, want := range []struct {
			text  string
			after time.Duration
		}{{"now", 0}, {"then", time.Minute}} {
			var got string
			if err := c.Stdout().Next(func(p []byte) { got = string(p) }); err != nil {
				t.Fatal(err)
			}
			if at := time.Since(c.Began()); got != want.text || at != want.after {
				t.Errorf("read %q after %v, want %q after %v", got, at, want.text, want.after)
			}
		}
		if err := c.Stdout().Next(func(p []byte) { t.Errorf("read %q", p) }); err == nil {
			t.Error("the stream goes on after the end")
		}
	})
}

func TestWhatIsLeftOfTheGroupLeavesInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := proctest.New(proctest.Script{
			Lives: time.Second, Left: []proc.Member{{PID: 9, Name: "worker"}}, LeaveAfter: time.Minute,
		})
		c := startScript(t, s, "x")
		<-c.Done()
		if err := c.SignalGroup(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		time.Sleep(59 * time.Second)
		if got := len(c.Group()); got != 1 {
			t.Errorf("%d members after 59s, want 1", got)
		}
		time.Sleep(2 * time.Second)
		if err := c.SignalGroup(syscall.SIGTERM); !errors.Is(err, proc.ErrGone) {
			t.Errorf("signal to an empty group: %v, want %v", err, proc.ErrGone)
		}
	})
}

func TestStartAndSignalFailAsScripted(t *testing.T) {
	s := proctest.New(proctest.Script{StartErr: proc.ErrTooManyProcesses}, proctest.Script{SignalErr: syscall.EPERM})
	if _, err := s.Start(proc.Command{}); !errors.Is(err, proc.ErrTooManyProcesses) {
		t.Errorf("start: %v, want %v", err, proc.ErrTooManyProcesses)
	}
	c := startScript(t, s, "x")
	if err := c.Signal(syscall.SIGTERM, false); !errors.Is(err, syscall.EPERM) {
		t.Errorf("signal: %v, want EPERM", err)
	}
	s.EndAll()
	<-c.Done()
}
