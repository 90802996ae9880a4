//go:build !linux

package proc

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// pipe makes a pipe that no program inherits by accident. The lock keeps
// forks away until that is so.
func pipe() (r, w int, err error) {
	var fds [2]int
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := unix.Pipe(fds[:]); err != nil {
		return 0, 0, os.NewSyscallError("pipe", err)
	}
	unix.CloseOnExec(fds[0])
	unix.CloseOnExec(fds[1])
	return fds[0], fds[1], nil
}

// keepDescriptors marks inherited descriptors close-on-exec: 0, 1 and 2 are
// replaced in a child, others are not meant for it.
func keepDescriptors() error { return keepListed("/dev/fd") }
