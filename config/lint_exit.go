package config

import (
	"errors"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// lintExitOn notes an exit_on that waits for what autorestart does not let
// happen.
func (l *loader) lintExitOn(section *ini.Section, p supervise.Program) {
	v := section.Get("exit_on")
	if v == nil || p.Start.ExitOn != supervise.ExitOnExit || p.Start.Autorestart != supervise.RestartAlways {
		return
	}
	l.note(p.Section, v, errors.New("with autorestart=true the program is started again whenever it ends, so that only FATAL ends the daemon"),
		"set autorestart = unexpected or false, or exit_on = failure")
}

// lintAllDone notes an exit_when_all_done that jobs make void.
func (l *loader) lintAllDone() {
	section := l.set.Section("supervisord")
	if l.config.Scheduler == nil || !l.config.Daemon.Flags.ExitWhenAllDone || section == nil {
		return
	}
	if v := section.Get("exit_when_all_done"); v != nil {
		l.note(section.Name, v, errors.New("there are jobs, so that the daemon is never done"), "remove the line, or give the program that matters an exit_on")
	}
}
