// Package ctl is supervisorctl: a table of commands over the client, an
// interactive shell and its completion.
package ctl

import (
	"context"
	"io"

	"github.com/watchkeeper-go/watchkeeper/config"
)

// Env is the world of one supervisorctl: nothing else is touched.
type Env struct {
	Prog           string // argv[0], for usage errors
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Interactive    bool // -i, or no command words
	Terminal       bool // stdin is a terminal
	Client         config.Client
}

// Run runs the command words, or the shell without any, and returns the exit code.
func Run(ctx context.Context, env Env, words []string) int { panic("stub") }
