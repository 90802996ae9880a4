package daemon

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/record"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// letGo is how long an address of a FastCGI program may be in use at the start
// before that counts: a daemon that was killed a moment ago may still have it.
const letGo = 500 * time.Millisecond

// trySockets makes the sockets of FastCGI programs and closes them again. One
// that cannot be had ends a daemon that has just begun, before anything is
// started, as under Supervisor. After a reload that has checked them it does
// not: the programs concerned are tried again as they say.
func (i *instance) trySockets() error {
	patience := time.Duration(0)
	if i.first {
		patience = letGo
	}
	for _, g := range i.config.Groups {
		err := supervise.TrySockets(g, patience, i.log)
		switch {
		case err == nil:
		case !i.first:
			i.log.Error(err.Error())
		case errors.Is(err, syscall.EADDRINUSE) && i.leftChildren():
			// They are the ones to have it, and are stopped before anything is started.
		default:
			return &fatalError{exitFailed, err}
		}
	}
	return nil
}

// leftChildren reports whether a daemon that was killed has left children that
// still run.
func (i *instance) leftChildren() bool {
	found, err := record.Find(record.Path(i.config.Daemon.Pidfile))
	return err == nil && len(found) > 0
}

// checkSockets reports which socket of a FastCGI program a reload with next
// could not have. One that is in the way of itself by now is left to the reload.
func (i *instance) checkSockets(next *config.Config) error {
	checked := make(map[string]bool)
	for _, g := range next.Groups {
		for _, p := range g.Programs {
			s := p.Socket
			if s == nil || checked[s.URL] || s.Port() != 0 && i.listensAt(s.Port()) {
				continue
			}
			checked[s.URL] = true
			if err := s.Check(); err != nil {
				return fmt.Errorf("[%s]: %w", p.Section, err)
			}
		}
	}
	return nil
}

// listensAt reports whether a TCP port is that of one of our servers or FastCGI
// programs.
func (i *instance) listensAt(port int) bool {
	for _, s := range i.servers {
		if s.address.Port == port {
			return true
		}
	}
	return i.hasSocketAt(port)
}

// hasSocketAt reports whether a TCP port is that of one of our FastCGI programs.
func (i *instance) hasSocketAt(port int) bool {
	for _, g := range i.supervisor.Groups() {
		for _, s := range g.Spec().Sockets() {
			if s.Port() == port {
				return true
			}
		}
	}
	return false
}
