package httpd

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/sockfile"
)

// attempts bounds how often a path that others make and remove is tried.
const attempts = 10

// dialTime is how long a socket may take to accept before it counts as in use.
const dialTime = 2 * time.Second

// listenUnix binds <path>.<pid>, sets its mode and links it to path: nobody
// ever finds a socket there that is not ready, and a link, unlike a rename,
// replaces nothing (as supervisor_af_unix_http_server).
func listenUnix(a Address, stale func(string)) (listener, error) {
	temporary := fmt.Sprintf("%s.%d", a.Path, os.Getpid())
	if sockfile.TooLong(temporary) {
		return nil, ErrPathTooLong
	}
	if err := sockfile.Remove(temporary); err != nil { // left by a dead process of our pid
		return nil, err
	}
	inner, err := net.ListenUnix("unix", &net.UnixAddr{Name: temporary, Net: "unix"})
	if err != nil {
		return nil, err
	}
	inner.SetUnlinkOnClose(false)
	l, err := publish(inner, temporary, a, stale)
	if err := errors.Join(err, os.Remove(temporary)); err != nil {
		if l != nil {
			return nil, errors.Join(err, l.Close())
		}
		return nil, errors.Join(err, inner.Close())
	}
	return l, nil
}

// publish gives the socket its mode, name and owner. It returns a listener,
// also with an error, once the name is ours to remove.
func publish(inner *net.UnixListener, temporary string, a Address, stale func(string)) (*unixListener, error) {
	if err := os.Chmod(temporary, fs.FileMode(a.Mode)); err != nil {
		return nil, err
	}
	self, err := os.Lstat(temporary)
	if err != nil {
		return nil, err
	}
	if err := link(temporary, a.Path, stale); err != nil {
		return nil, err
	}
	l := &unixListener{UnixListener: inner, path: a.Path, self: self}
	if a.UID < 0 && a.GID < 0 {
		return l, nil
	}
	err = os.Lchown(a.Path, a.UID, a.GID)
	if errors.Is(err, syscall.EPERM) {
		err = &ChownError{Section: a.Section, Path: a.Path, UID: a.UID, GID: a.GID, Err: err}
	}
	return l, err
}

// link makes path a name of temporary, if need be after the removal of a
// stale socket.
func link(temporary, path string, stale func(string)) error {
	var err error
	for range attempts {
		if err = os.Link(temporary, path); !errors.Is(err, fs.ErrExist) {
			return err
		}
		dead, err := probe(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue // gone meanwhile
		case err != nil:
			return err
		}
		if stale != nil {
			stale(path)
		}
		if err := removeSame(path, dead); err != nil {
			return err
		}
	}
	return err
}

// probe returns what is at path when it is a socket that refuses
// connections, and otherwise an error.
func probe(path string) (os.FileInfo, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if err := sockfile.Check(path, info); err != nil {
		return nil, err
	}
	conn, err := net.DialTimeout("unix", path, dialTime)
	switch {
	case err == nil:
		pid := peerPID(conn)
		_ = conn.Close() // nothing was written
		if pid > 0 {
			return nil, fmt.Errorf("unix://%s (pid %d): %w", path, pid, ErrInUse)
		}
		return nil, fmt.Errorf("unix://%s: %w", path, ErrInUse)
	case errors.Is(err, syscall.ECONNREFUSED):
		return info, nil
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, os.ErrDeadlineExceeded):
		return nil, fmt.Errorf("unix://%s (too busy to accept): %w", path, ErrInUse)
	}
	return nil, err
}

// removeSame removes path if it still is what info says, and leaves alone
// what another process has put there since.
func removeSame(path string, info os.FileInfo) error {
	now, err := os.Lstat(path)
	if err == nil && os.SameFile(info, now) {
		err = os.Remove(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// unixListener removes its path when it is closed.
type unixListener struct {
	*net.UnixListener
	path string
	self os.FileInfo
}

// reachable reports whether the path still leads to the socket.
func (l *unixListener) reachable() bool {
	now, err := os.Lstat(l.path)
	return err == nil && os.SameFile(l.self, now)
}

// Close implements net.Listener.
func (l *unixListener) Close() error {
	return errors.Join(removeSame(l.path, l.self), l.UnixListener.Close())
}
