package proc

import (
	"errors"
	"syscall"
)

// Lives reports whether the process that a Child.Started named still lives:
// one with its pid and start time that is no zombie. It is false for a
// started of 0, which names nothing.
func Lives(pid int, started uint64) bool { return started != 0 && lives(pid, started) }

// StartedAt is Child.Started of any process; 0 if there is none, or where the
// system does not tell.
func StartedAt(pid int) uint64 { return startedAt(pid) }

// GroupOf lists the living members of a process group, zombies left out. It
// is for groups that another daemon left behind; a Child knows its own.
func GroupOf(pgrp int) []Member {
	if errors.Is(kill(-pgrp, 0), ErrGone) {
		return nil
	}
	return membersOf(pgrp, anySession)
}

// KillGroup sends sig to a process group, ErrGone if it has no members.
func KillGroup(pgrp int, sig syscall.Signal) error { return kill(-pgrp, sig) }

// anySession is a session that membersOf takes for every one.
const anySession = -1
