package executor

import (
	"os"

	"golang.org/x/sys/unix"
)

// unread is how many bytes that were written to a pipe nobody has read, also
// when nobody can any more.
func unread(pipe *os.File) (n int, err error) {
	raw, err := pipe.SyscallConn()
	if err != nil {
		return 0, err
	}
	controlErr := raw.Control(func(fd uintptr) { n, err = unix.IoctlGetInt(int(fd), unix.TIOCINQ) })
	if err == nil {
		err = controlErr
	}
	return n, os.NewSyscallError("ioctl", err)
}
