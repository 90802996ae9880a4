// Package sockfile says what may be done to the path of a unix socket, by
// whoever wants to have one there: what is no socket is never removed.
package sockfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// ErrNotSocket: something else has the name of the socket. It is never deleted
// (Supervisor deletes whatever is there).
var ErrNotSocket = errors.New("exists and is no socket")

// TooLong reports whether no socket can have the path.
func TooLong(path string) bool { return len(path) >= len(syscall.RawSockaddrUnix{}.Path) }

// There reports whether there is a socket, or a link to one, at path;
// ErrNotSocket when it is something else.
func There(path string) (bool, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	}
	return true, Check(path, info)
}

// Check is nil for a socket, and else ErrNotSocket with the path.
func Check(path string, info fs.FileInfo) error {
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s %w", path, ErrNotSocket)
	}
	return nil
}

// Remove removes what There finds at path: a link, not what it leads to.
func Remove(path string) error {
	there, err := There(path)
	if err != nil || !there {
		return err
	}
	return os.Remove(path)
}
