package supervise

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/watchkeeper-go/watchkeeper/internal/sockfile"
)

// errPathTooLong has the original's words.
var errPathTooLong = errors.New("AF_UNIX path too long")

// mostWaiting is the backlog of a socket that names none: the system takes it
// for the most that it allows itself.
const mostWaiting = 65535

// endpoint is an address to listen at that needs no more looking up.
type endpoint struct {
	family  int
	address unix.Sockaddr
	path    string // of a unix socket
}

// endpoint looks the address up, which may take as long as lookupPatience.
func (s *SocketSpec) endpoint(look resolver) (endpoint, error) {
	if path, isUnix := strings.CutPrefix(s.URL, "unix://"); isUnix {
		if sockfile.TooLong(path) {
			return endpoint{}, errPathTooLong
		}
		return endpoint{unix.AF_UNIX, &unix.SockaddrUnix{Name: path}, path}, nil
	}
	host, port, err := s.hostPort()
	if err != nil {
		return endpoint{}, err
	}
	ip, err := look.up(host)
	if err != nil {
		return endpoint{}, err
	}
	if ip.Is4() {
		return endpoint{unix.AF_INET, &unix.SockaddrInet4{Port: port, Addr: ip.As4()}, ""}, nil
	}
	return endpoint{unix.AF_INET6, &unix.SockaddrInet6{Port: port, Addr: ip.As16()}, ""}, nil
}

// hostPort takes the URL of a TCP socket apart.
func (s *SocketSpec) hostPort() (host string, port int, err error) {
	address, isTCP := strings.CutPrefix(s.URL, "tcp://")
	if !isTCP {
		return "", 0, fmt.Errorf("%q is no socket", s.URL)
	}
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, err
	}
	port, err = strconv.Atoi(text)
	return host, port, err
}

// Port is the port of a TCP socket, 0 of any other.
func (s *SocketSpec) Port() int {
	_, port, err := s.hostPort()
	if err != nil {
		return 0
	}
	return port
}

// lookupPatience is how long a name server may take to find the address of a
// socket.
const lookupPatience = 5 * time.Second

// resolver finds the addresses of a name, such as net.Resolver.LookupNetIP.
type resolver func(ctx context.Context, network, host string) ([]netip.Addr, error)

// up finds the address to listen at. A name stands for its first address
// of IPv4, as in the original.
func (r resolver) up(host string) (netip.Addr, error) {
	if host == "*" {
		return netip.IPv4Unspecified(), nil
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap(), nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookupPatience)
	defer cancel()
	found, err := r(ctx, "ip4", host)
	if err != nil {
		return netip.Addr{}, err
	}
	return found[0].Unmap(), nil
}

// listen makes the socket. A socket that has the path already is removed first,
// whoever listens there (as UnixStreamSocketConfig.create_and_bind). Nobody can
// connect before the owner and the mode are right.
func (e endpoint) listen(s *SocketSpec) (*os.File, error) {
	if e.path != "" {
		if err := sockfile.Remove(e.path); err != nil {
			return nil, err
		}
	}
	file, err := e.bind(s.URL)
	if err != nil {
		return nil, err
	}
	err = e.open(file, s)
	if err == nil {
		return file, nil
	}
	if e.path != "" {
		err = errors.Join(err, os.Remove(e.path))
	}
	return nil, errors.Join(err, file.Close())
}

// bind makes a socket that no child inherits by accident, and that blocks: it is
// for children, which expect that.
func (e endpoint) bind(name string) (*os.File, error) {
	syscall.ForkLock.RLock()
	fd, err := unix.Socket(e.family, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	file := os.NewFile(uintptr(fd), name)
	if err := e.setUp(fd); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// setUp gives a new socket its options and its address.
func (e endpoint) setUp(fd int) error {
	if e.family != unix.AF_UNIX {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
	}
	if e.family == unix.AF_INET6 { // and not IPv4 as well
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
	}
	return os.NewSyscallError("bind", unix.Bind(fd, e.address))
}

// open settles whose a bound socket is and begins to listen.
func (e endpoint) open(file *os.File, s *SocketSpec) error {
	if e.path != "" {
		if err := s.settle(e.path); err != nil {
			return err
		}
	}
	backlog := s.Backlog
	if backlog <= 0 {
		backlog = mostWaiting
	}
	return control(file, "listen", func(fd int) error { return unix.Listen(fd, backlog) })
}

// settle gives path its mode and its owner. The mode comes first, since that would
// follow a link: in a directory like /tmp nobody can put one in place of what is
// ours, but its owner can.
func (s *SocketSpec) settle(path string) error {
	if err := os.Chmod(path, fs.FileMode(s.Mode)); err != nil {
		return fmt.Errorf("Could not change permissions of socket file: %w", err) //lint:ignore ST1005 Supervisor's words
	}
	if s.UID < 0 && s.GID < 0 {
		return nil
	}
	if err := os.Lchown(path, s.UID, s.GID); err != nil {
		return fmt.Errorf("Could not change ownership of socket file: %w", err) //lint:ignore ST1005 Supervisor's words
	}
	return nil
}

// shut ends the socket also for those who still hold it: what a worker has left
// behind takes no connections any more, and the address is free.
func shut(file *os.File) error {
	// That a system refuses to shut a socket without connections loses nothing.
	_ = control(file, "shutdown", func(fd int) error { return unix.Shutdown(fd, unix.SHUT_RDWR) })
	return file.Close()
}

// control calls a system call on the descriptor of file.
func control(file *os.File, call string, do func(fd int) error) error {
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	if controlErr := raw.Control(func(fd uintptr) { err = do(int(fd)) }); controlErr != nil {
		return controlErr
	}
	return os.NewSyscallError(call, err)
}

// Check reports what would keep the socket from being made, in Supervisor's
// words for that; the error wraps the system's. It does not touch
// one that is there: whether a path can be had is tried with a file beside it.
func (s *SocketSpec) Check() error {
	if err := s.check(); err != nil {
		return socketError(s, err)
	}
	return nil
}

func (s *SocketSpec) check() error {
	e, err := s.endpoint(net.DefaultResolver.LookupNetIP)
	if err != nil {
		return err
	}
	if e.path != "" {
		return s.checkPath(e.path)
	}
	file, err := e.bind(s.URL)
	if err != nil {
		return err
	}
	return file.Close()
}

func (s *SocketSpec) checkPath(path string) error {
	if _, err := sockfile.There(path); err != nil {
		return err
	}
	beside, err := os.CreateTemp(filepath.Dir(path), ".socket-")
	if err != nil {
		return err
	}
	err = errors.Join(s.settle(beside.Name()), beside.Close())
	return errors.Join(err, os.Remove(beside.Name()))
}
