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

// Left lists the living members, zombies left out, of the process group that
// a child of another daemon led. The child may have ended before them. pid and
// started are its own; session is the one that the daemon started it in.
//
// While a group has members its number is given to no new process, so a
// process with that number and another start time proves the group gone. One
// that such a process has left behind in turn is told by its session.
func Left(pid int, started uint64, session int) []Member {
	if started == 0 || errors.Is(kill(-pid, 0), ErrGone) {
		return nil
	}
	return left(pid, started, session)
}

// KillGroup sends sig to a process group, ErrGone if it has no members.
func KillGroup(pgrp int, sig syscall.Signal) error { return kill(-pgrp, sig) }
