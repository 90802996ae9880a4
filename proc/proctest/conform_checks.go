package proctest

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

// soon is the shortest life of a scripted child.
const soon = time.Nanosecond

func tellsExitCode(t *testing.T, start starting) {
	c := start(t, Act{"exit 3", Script{Lives: soon, Code: 3}})
	wantExit(t, c, 3, 0)
	if c.Exit().Core {
		t.Error("an exit dumped core")
	}
	if c.PID() <= 0 {
		t.Errorf("pid is %d", c.PID())
	}
}

func tellsSignal(t *testing.T, start starting) {
	c := start(t, Act{"kill -USR1 $$", Script{Lives: soon, Signal: syscall.SIGUSR1}})
	wantExit(t, c, -1, syscall.SIGUSR1)
}

func givesOutput(t *testing.T, start starting) {
	c := start(t, Act{"echo one; echo two; printf three", Script{
		Lives:  2 * soon,
		Output: []Chunk{{Data: "one\n"}, {Data: "two\n"}, {Data: "three"}},
	}})
	wantExit(t, c, 0, 0)
	wantText(t, "stdout", readUntil(t, c.Stdout(), ""), "one\ntwo\nthree")
	wantText(t, "stderr", readUntil(t, c.Stderr(), ""), "")
	wantText(t, "stdout after its end", readUntil(t, c.Stdout(), ""), "")
}

func keepsChannelsApart(t *testing.T, start starting) {
	c := start(t, Act{"echo out; echo err >&2", Script{
		Lives:  soon,
		Output: []Chunk{{Data: "out\n"}, {Data: "err\n", Stderr: true}},
	}})
	wantText(t, "stdout", readUntil(t, c.Stdout(), ""), "out\n")
	wantText(t, "stderr", readUntil(t, c.Stderr(), ""), "err\n")
	wantExit(t, c, 0, 0)
}

func joinsChannels(t *testing.T, start starting) {
	c := start(t, Act{"echo out; echo err >&2; echo more", Script{
		Lives:  soon,
		Output: []Chunk{{Data: "out\n"}, {Data: "err\n", Stderr: true}, {Data: "more\n"}},
	}}, func(c *proc.Command) { c.RedirectStderr = true })
	if c.Stderr() != nil {
		t.Error("there is a stderr, though it is redirected")
	}
	wantText(t, "stdout", readUntil(t, c.Stdout(), ""), "out\nerr\nmore\n")
	wantExit(t, c, 0, 0)
}

func feedsInput(t *testing.T, start starting) {
	c := start(t, Act{`read line; echo "got $line"; cat >/dev/null; exit 4`, Script{
		OnInput:       func(c *Child, data []byte) { c.Say("got "+string(data), false) },
		EndsWithInput: true,
		Code:          4,
	}})
	if _, err := c.Stdin().Write([]byte("word\n")); err != nil {
		t.Fatalf("write: %v", err)
	}
	readUntil(t, c.Stdout(), "got word\n")
	if err := c.Stdin().Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	wantExit(t, c, 4, 0)
	if _, err := c.Stdin().Write([]byte("x")); err == nil {
		t.Error("a write after Close went well")
	}
}

func endsRead(t *testing.T, start starting) {
	c := start(t, Act{"exec sleep 1000", Script{}})
	read := make(chan error)
	go func() { read <- c.Stdout().Next(func([]byte) {}) }()
	if err := c.Stdout().Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := <-read; !errors.Is(err, os.ErrClosed) {
		t.Errorf("read of a closed stream: %v, want %v", err, os.ErrClosed)
	}
}

func saysPlaced(t *testing.T, start starting) {
	placed := 0
	c := start(t, Act{"exit 0", Script{Lives: soon}}, func(c *proc.Command) { c.Placed = func() { placed++ } })
	if placed != 1 {
		t.Errorf("Placed was called %d times before Start returned, want once", placed)
	}
	wantExit(t, c, 0, 0)
}

func isGone(t *testing.T, start starting) {
	c := start(t, Act{"exit 0", Script{Lives: soon}})
	wantExit(t, c, 0, 0)
	for name, err := range map[string]error{
		"Signal":          c.Signal(syscall.SIGTERM, false),
		"Signal to group": c.Signal(syscall.SIGTERM, true),
		"SignalGroup":     c.SignalGroup(syscall.SIGTERM),
	} {
		if !errors.Is(err, proc.ErrGone) {
			t.Errorf("%s after the end: %v, want %v", name, err, proc.ErrGone)
		}
	}
	if left := c.Group(); len(left) > 0 {
		t.Errorf("left in the group: %v", left)
	}
}

func ignoresSignal(t *testing.T, start starting) {
	c := start(t, Act{`trap "" TERM; echo ready; while :; do sleep 1000; done`, Script{
		Output:    []Chunk{{Data: "ready\n"}},
		Reactions: map[syscall.Signal]Reaction{syscall.SIGTERM: Ignore()},
	}})
	readUntil(t, c.Stdout(), "ready\n")
	send(t, c, syscall.SIGTERM, true)
	if members := c.Group(); len(members) == 0 {
		t.Error("the group is empty though the child ignores the signal")
	}
	send(t, c, syscall.SIGKILL, true)
	wantExit(t, c, -1, syscall.SIGKILL)
}

func handlesSignal(t *testing.T, start starting) {
	c := start(t, Act{`trap "echo bye; exit 7" TERM; echo ready; while :; do sleep 0.01; done`, Script{
		Output:    []Chunk{{Data: "ready\n"}},
		Reactions: map[syscall.Signal]Reaction{syscall.SIGTERM: {Exits: true, Code: 7, Says: "bye\n"}},
	}})
	readUntil(t, c.Stdout(), "ready\n")
	send(t, c, syscall.SIGTERM, false)
	readUntil(t, c.Stdout(), "bye\n")
	wantExit(t, c, 7, 0)
}

func stopsAndContinues(t *testing.T, start starting) {
	c := start(t, Act{"exec cat", Script{EndsWithInput: true}})
	send(t, c, syscall.SIGSTOP, true)
	send(t, c, syscall.SIGCONT, true)
	select {
	case <-c.Done():
		t.Fatalf("a stop counts as an end: %+v", c.Exit())
	default:
	}
	if err := c.Stdin().Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	wantExit(t, c, 0, 0)
}

func isNotSpawned(t *testing.T, start starting) {
	const missing = "/nonexistent/program"
	c := start(t, Act{Script: Script{NotSpawned: "couldn't exec " + missing + ": ENOENT"}}, func(c *proc.Command) {
		c.Path, c.Args = missing, []string{missing}
	})
	wantExit(t, c, 127, 0)
	wantText(t, "stderr", readUntil(t, c.Stderr(), ""),
		"supervisor: couldn't exec "+missing+": ENOENT\nsupervisor: child process was not spawned\n")
	wantText(t, "stdout", readUntil(t, c.Stdout(), ""), "")
}

func leavesGroup(t *testing.T, start starting) {
	c := start(t, Act{"sleep 1000 & exit 0", Script{Lives: soon, Left: []proc.Member{{PID: 1000000, Name: "sleep"}}}})
	wantExit(t, c, 0, 0)
	if left := c.Group(); len(left) != 1 || left[0].PID == c.PID() {
		t.Errorf("left in the group: %v, want one other than %d", left, c.PID())
	}
	if err := c.SignalGroup(syscall.SIGKILL); err != nil {
		t.Errorf("SignalGroup: %v", err)
	}
	for deadline := time.Now().Add(patience); len(c.Group()) > 0; {
		if time.Now().After(deadline) {
			t.Fatalf("still in the group: %v", c.Group())
		}
	}
}

func losesNothing(t *testing.T, start starting) {
	long := strings.Repeat("0123456789abcdef", 2048) // half of what a pipe holds
	c := start(t, Act{"printf %s " + long + "; kill -KILL $$", Script{
		Lives: soon, Signal: syscall.SIGKILL, Output: []Chunk{{Data: long}},
	}})
	wantExit(t, c, -1, syscall.SIGKILL)
	wantText(t, "stdout", readUntil(t, c.Stdout(), ""), long)
}

func doesNotWaitForHolders(t *testing.T, start starting) {
	c := start(t, Act{"sleep 1000 & printf last", Script{
		Lives: soon, Output: []Chunk{{Data: "last"}}, Left: []proc.Member{{PID: 1000000, Name: "sleep"}},
	}})
	wantText(t, "stdout", readUntil(t, c.Stdout(), ""), "last")
	wantExit(t, c, 0, 0)
}

func send(t *testing.T, c proc.Child, sig syscall.Signal, group bool) {
	t.Helper()
	if err := c.Signal(sig, group); err != nil {
		t.Fatalf("signal %d: %v", sig, err)
	}
}
