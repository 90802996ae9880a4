package proc

import (
	"os"

	"golang.org/x/sys/unix"
)

// pipe makes a pipe that no program inherits by accident.
func pipe() (r, w int, err error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return 0, 0, os.NewSyscallError("pipe2", err)
	}
	return fds[0], fds[1], nil
}

// keepDescriptors marks inherited descriptors close-on-exec: 0, 1 and 2 are
// replaced in a child, others are not meant for it.
func keepDescriptors() error {
	const first, last = 3, ^uint(0) >> 1 & 0x7fffffff
	if unix.CloseRange(first, last, unix.CLOSE_RANGE_CLOEXEC) == nil {
		return nil
	}
	return keepListed("/proc/self/fd") // before Linux 5.11
}
