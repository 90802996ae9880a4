// Package ctl is supervisorctl: a table of commands over the client, an
// interactive shell and its completion.
//
// Output, order of checks and exit codes are those of Supervisor's
// supervisorctl, so that scripts which read them keep working; the names of
// its exceptions are part of that. What it leaves to others is the command
// line and the configuration file: internal/cli and config.
package ctl

import (
	"context"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
)

// Env is the world of one supervisorctl: nothing else is touched.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Interactive    bool // -i, or no command words
	Terminal       bool // stdin is a terminal
	Client         config.Client
	Color          bool // stdout shows colours; only for commands that Supervisor does not have
	// Edit lets the user edit a text; nil: nobody can.
	Edit func(ctx context.Context, text []byte) ([]byte, error)

	// Patience is how long the first call may take; 0 means ten seconds.
	Patience time.Duration
	// Interrupt gives a context that ends when the user presses Ctrl-C and a
	// function that lets go of the key; nil means that of SIGINT.
	Interrupt func(context.Context) (context.Context, context.CancelFunc)
}

const (
	defaultURL      = "http://localhost:9001"
	defaultPrompt   = "supervisor"
	defaultPatience = 10 * time.Second
)

// Run runs the command words, or the shell without any, and returns the exit
// code: that of the command, always 0 for the shell.
func Run(ctx context.Context, env Env, words []string) int {
	if env.Client.ServerURL == "" {
		env.Client.ServerURL = defaultURL
	}
	if env.Client.Prompt == "" {
		env.Client.Prompt = defaultPrompt
	}
	if env.Patience == 0 {
		env.Patience = defaultPatience
	}
	if env.Interrupt == nil {
		env.Interrupt = func(ctx context.Context) (context.Context, context.CancelFunc) {
			return signal.NotifyContext(ctx, os.Interrupt)
		}
	}
	s := newSession(env)
	defer s.disconnect()
	if len(words) == 0 {
		return s.shell(ctx)
	}
	if end := s.line(ctx, lineOf(words)); end == interrupted {
		return exitInterrupted
	}
	return s.code
}
