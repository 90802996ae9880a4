//go:build !linux

package proc

import "golang.org/x/sys/unix"

// fionread is FIONREAD, _IOR('f', 127, int), of all BSDs and of macOS.
const fionread = 0x4004667f

// pending is how many bytes there are to read.
func pending(fd uintptr) (int, error) { return unix.IoctlGetInt(int(fd), fionread) }
