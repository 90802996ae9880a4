package httpd

import (
	"errors"
	"net"

	"golang.org/x/sys/unix"
)

// peerPID is the process that listens at the other end, or 0. The system knows
// the one that began to listen: a daemon that has forked since, such as
// Supervisor in the background, is another, and the first is gone.
func peerPID(c net.Conn) int {
	conn, ok := c.(*net.UnixConn)
	if !ok {
		return 0
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0
	}
	pid := 0
	_ = raw.Control(func(fd uintptr) { // fails only on a closed connection: 0
		if peer, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			pid = int(peer.Pid)
		}
	})
	if pid > 0 && errors.Is(unix.Kill(pid, 0), unix.ESRCH) {
		return 0
	}
	return pid
}
