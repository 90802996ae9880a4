package ctl_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/ctl"
)

// console stands for a user who presses Ctrl-C when a text is shown or a call
// hangs.
type console struct {
	trigger string

	mu      sync.Mutex
	shown   bytes.Buffer
	release map[int]context.CancelFunc // of those who listen to Ctrl-C
	next    int
	input   io.Reader
}

func (c *console) ctrlC() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cancel := range c.release {
		cancel()
	}
}

func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	before := strings.Count(c.shown.String(), c.trigger)
	c.shown.Write(p)
	triggered := strings.Count(c.shown.String(), c.trigger) > before
	c.mu.Unlock()
	if triggered {
		c.ctrlC()
	}
	return len(p), nil
}

func (c *console) interrupt(ctx context.Context) (context.Context, context.CancelFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	id := c.next
	c.next++
	if c.release == nil {
		c.release = map[int]context.CancelFunc{}
	}
	c.release[id] = cancel
	return ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.release, id)
		cancel()
	}
}

func (c *console) run(t *testing.T, script string, words ...string) (string, int) {
	t.Helper()
	f := &fake{t: t, hung: c.ctrlC}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	code := ctl.Run(ctx, ctl.Env{
		Stdin: c.input, Stdout: c, Stderr: c, Interactive: len(words) == 0,
		Client:    config.Client{ServerURL: f.start(script)},
		Interrupt: c.interrupt,
	}, words)
	if ctx.Err() != nil {
		t.Errorf("still running after 20 s, with %q", c.shown.String())
	}
	f.finish()
	return c.shown.String(), code
}

func TestCtrlCEndsTail(t *testing.T) {
	t.Parallel()
	c := &console{trigger: "some text"}
	got, code := c.run(t, `GET /logtail/web/stdout stay "some text\n"`, "tail", "-f", "web")
	if want := "==> Press Ctrl-C to exit <==\nsome text\n\n"; got != want || code != 0 {
		t.Errorf("got %q and exit code %d, want %q and 0", got, code, want)
	}
}

func TestCtrlCInTailReturnsToTheShell(t *testing.T) {
	t.Parallel()
	c := &console{trigger: "some text", input: strings.NewReader("maintail -f\npid\n")}
	got, code := c.run(t, "getAllProcessInfo = []\nGET /mainlogtail stay \"some text\\n\"\ngetPID = 42")
	want := "supervisor> ==> Press Ctrl-C to exit <==\nsome text\n\nsupervisor> 42\nsupervisor> \n"
	if got != want || code != 0 {
		t.Errorf("got %q and exit code %d, want %q and 0", got, code, want)
	}
}

// TestCtrlCEndsForeground has an input that never ends.
func TestCtrlCEndsForeground(t *testing.T) {
	t.Parallel()
	endless, w := io.Pipe()
	defer w.Close()
	c := &console{trigger: "some text", input: endless}
	got, code := c.run(t, `getProcessInfo("a") = {"group":"a","name":"a","state":20}
		GET /logtail/a/stdout stay "some text\n"
		GET /logtail/a/stderr stay ""`, "fg", "a")
	if want := "==> Press Ctrl-C to exit <==\nsome text\nExiting foreground\n"; got != want || code != 0 {
		t.Errorf("got %q and exit code %d, want %q and 0", got, code, want)
	}
}

func TestCtrlCAtPromptLeaves(t *testing.T) {
	t.Parallel()
	endless, w := io.Pipe()
	defer w.Close()
	c := &console{trigger: "supervisor> ", input: endless}
	got, code := c.run(t, "getAllProcessInfo = []")
	if want := "supervisor> \n"; got != want || code != 0 {
		t.Errorf("got %q and exit code %d, want %q and 0", got, code, want)
	}
}

// TestCtrlCInCommandLeaves: the daemon does not answer to stop.
func TestCtrlCInCommandLeaves(t *testing.T) {
	t.Parallel()
	c := &console{trigger: "never shown", input: strings.NewReader("stop a b\npid\n")}
	got, code := c.run(t, "getAllProcessInfo = []\nstopProcess(\"a\") = true\nstopProcess(\"b\") hang")
	if want := "supervisor> a: stopped\n\n"; got != want || code != 0 {
		t.Errorf("got %q and exit code %d, want %q and 0", got, code, want)
	}
}

func TestCtrlCAtQuestion(t *testing.T) {
	t.Parallel()
	endless, w := io.Pipe()
	defer w.Close()
	c := &console{trigger: "y/N? ", input: endless}
	f := &fake{t: t}
	code := ctl.Run(t.Context(), ctl.Env{
		Stdin: endless, Stdout: c, Stderr: c, Interactive: true,
		Client: config.Client{ServerURL: f.start("")}, Interrupt: c.interrupt,
	}, []string{"shutdown"})
	if code != 130 {
		t.Errorf("exit code %d, want 130, as after any other death by SIGINT", code)
	}
}
