package proctest

import (
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

// Act is one behaviour of a child, told twice: as a program for /bin/sh and as
// a Script.
type Act struct {
	Shell  string
	Script Script
}

// patience bounds every wait of the suite; nothing in it takes so long.
const patience = 20 * time.Second

// Conform checks what proc promises of every Starter. newStarter returns one
// whose next child plays the act: by the command that it is given, which runs
// Act.Shell, or by Act.Script.
func Conform(t *testing.T, newStarter func(t *testing.T, a Act) proc.Starter) {
	for name, check := range map[string]func(*testing.T, starting){
		"tells the exit code":                    tellsExitCode,
		"tells the signal that ended it":         tellsSignal,
		"says when it has its place":             saysPlaced,
		"gives output in order, then EOF":        givesOutput,
		"keeps the channels apart":               keepsChannelsApart,
		"joins the channels when redirected":     joinsChannels,
		"feeds standard input":                   feedsInput,
		"ends a read when the stream is closed":  endsRead,
		"is gone after the end":                  isGone,
		"lives on when it ignores a signal":      ignoresSignal,
		"exits in its own way by a signal":       handlesSignal,
		"is stopped and continued without ado":   stopsAndContinues,
		"says what kept it from being executed":  isNotSpawned,
		"lists what is left of its group":        leavesGroup,
		"loses no line when it is killed":        losesNothing,
		"does not wait for who holds the output": doesNotWaitForHolders,
	} {
		t.Run(name, func(t *testing.T) {
			check(t, func(t *testing.T, a Act, change ...func(*proc.Command)) proc.Child {
				t.Helper()
				return start(t, newStarter(t, a), a, change...)
			})
		})
	}
}

// starting starts a child that plays an act.
type starting func(t *testing.T, a Act, change ...func(*proc.Command)) proc.Child

func start(t *testing.T, s proc.Starter, a Act, change ...func(*proc.Command)) proc.Child {
	t.Helper()
	c := proc.Command{
		Path:  "/bin/sh",
		Args:  []string{"sh", "-c", a.Shell},
		Env:   []string{"PATH=/usr/bin:/bin"},
		Umask: -1,
	}
	for _, do := range change {
		do(&c)
	}
	child, err := s.Start(c)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(func() { endNow(t, child) })
	return child
}

// endNow leaves nothing behind.
func endNow(t *testing.T, c proc.Child) {
	if err := c.Signal(kill, true); err != nil && !errors.Is(err, proc.ErrGone) {
		t.Errorf("kill at the end: %v", err)
	}
	<-c.Done()
	if err := c.SignalGroup(kill); err != nil && !errors.Is(err, proc.ErrGone) {
		t.Errorf("kill the rest at the end: %v", err)
	}
	if in := c.Stdin(); in != nil {
		_ = in.Close() // it may be closed
	}
	_ = c.Stdout().Close()
	if c.Stderr() != nil {
		_ = c.Stderr().Close()
	}
}

func wantExit(t *testing.T, c proc.Child, code int, sig syscall.Signal) {
	t.Helper()
	select {
	case <-c.Done():
	case <-time.After(patience):
		t.Fatal("the child does not end")
	}
	got := c.Exit()
	if got.Code != code || got.Signal != sig || got.At.IsZero() {
		t.Errorf("exit is %+v, want code %d, signal %d and a time", got, code, sig)
	}
}

// readUntil reads until the text has come, "" until the end.
func readUntil(t *testing.T, s proc.Stream, text string) string {
	t.Helper()
	var all strings.Builder
	for text == "" || !strings.Contains(all.String(), text) {
		err := s.Next(func(p []byte) { all.Write(p) })
		if err == io.EOF {
			if text != "" {
				t.Fatalf("the stream ended with %q, want %q in it", all.String(), text)
			}
			break
		}
		if err != nil {
			t.Fatalf("read: %v", err)
		}
	}
	return all.String()
}

func wantText(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %q, want %q", what, got, want)
	}
}
