package proc

import "golang.org/x/sys/unix"

// pending is how many bytes there are to read.
func pending(fd uintptr) (int, error) { return unix.IoctlGetInt(int(fd), unix.TIOCINQ) }
