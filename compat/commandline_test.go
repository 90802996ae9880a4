package compat_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/dialoguetest"
)

// commandLine runs supervisorctl with the configuration of an instance, and
// returns all that it printed and "exit N".
type commandLine func(t *testing.T, i *instance, words ...string) string

// ctl is the command line of a subject.
func (s subject) ctl(t *testing.T) commandLine {
	t.Helper()
	if s.name == "original" {
		return newForkedCtl(t).run
	}
	return func(t *testing.T, i *instance, words ...string) string {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
		defer cancel()
		var stdout, stderr bytes.Buffer
		cmd := exec.CommandContext(ctx, s.ctlPath, arguments(i, words)...)
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		var exit *exec.ExitError
		if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return said(stdout.String(), stderr.String(), cmd.ProcessState.ExitCode())
	}
}

func arguments(i *instance, words []string) []string {
	return append([]string{"-c", filepath.Join(i.dir, "supervisord.conf")}, words...)
}

func said(stdout, stderr string, code int) string {
	return fmt.Sprintf("%s%sexit %d\n", stdout, stderr, code)
}

// forkedCtl is the original's supervisorctl in children of one process that
// has loaded it, as starting Python takes longer than what is compared.
type forkedCtl struct{ *dialoguetest.Dialogue }

func newForkedCtl(t *testing.T) forkedCtl {
	t.Helper()
	return forkedCtl{dialoguetest.Start(t, exec.Command("/usr/bin/python3", "../internal/ctl/testdata/supervisorctl.py"))}
}

// run is a commandLine.
func (f forkedCtl) run(t *testing.T, i *instance, words ...string) string {
	t.Helper()
	var outcome struct {
		Stdout, Stderr string
		Code           int
	}
	if err := f.Ask(map[string]any{"args": arguments(i, words), "stdin": ""}, &outcome); err != nil {
		t.Fatal(err)
	}
	return said(outcome.Stdout, outcome.Stderr, outcome.Code)
}

// conversation is a command that goes on until it is left.
type conversation struct {
	words   []string
	typed   string // what is written to it
	awaited string // what it prints before it is left
	leave   func(*exec.Cmd, io.Closer) error
	last    string // what it prints at its end, if it is not to be waited for
}

// converse returns what the command printed and "exit N"; N is -1 when its
// end was not waited for.
func (s subject) converse(t *testing.T, i *instance, c conversation) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, s.ctlPath, arguments(i, c.words)...)
	cmd.Env = append(cmd.Environ(), "PYTHONUNBUFFERED=1")
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(in, c.typed); err != nil {
		t.Fatal(err)
	}
	var stdout strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		stdout.WriteString(lines.Text() + "\n")
		switch lines.Text() {
		case c.awaited:
			if err := c.leave(cmd, in); err != nil {
				t.Fatal(err)
			}
		case c.last:
			if c.last != "" {
				_ = cmd.Process.Kill() // ours is gone already
			}
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	code := cmd.ProcessState.ExitCode()
	if c.last != "" {
		code = -1
	}
	return said(stdout.String(), stderr.String(), code)
}

// ctrlC and endOfInput leave a conversation.
func ctrlC(cmd *exec.Cmd, _ io.Closer) error     { return cmd.Process.Signal(syscall.SIGINT) }
func endOfInput(_ *exec.Cmd, in io.Closer) error { return in.Close() }
