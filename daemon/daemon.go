// Package daemon wires one supervisord out of the parts: configuration,
// supervisor, service, servers and logs. It is the composition root.
package daemon

import (
	"context"
	"io"

	"github.com/watchkeeper-go/watchkeeper/config"
)

// Options are what the command line said.
type Options struct {
	ConfigPath string
	Overrides  config.Overrides
	Foreground bool // -n, serve
	Stdout     io.Writer
	Stderr     io.Writer
	// Ready is called once when sockets are bound and the pid file is written.
	Ready func()
}

// Run runs until a signal, a shutdown or ctx ends it, reloads included. It
// returns the exit code of supervisord: 0 after a normal stop, 1, 2.
func Run(ctx context.Context, o Options) int { panic("stub") }
