package httpd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
)

// Listen opens the socket. A stale unix socket (connecting is refused) is
// replaced, and stale, which may be nil, is told so; one that accepts is
// ErrInUse, even if it never answers; a path that is no socket is
// ErrNotSocket. Other errors wrap the system's.
//
// Closing a unix listener removes its path, unless another socket has taken
// that since.
func Listen(a Address, stale func(path string)) (net.Listener, error) { return bind(a, stale) }

func bind(a Address, stale func(path string)) (listener, error) {
	if a.Network == "unix" {
		return listenUnix(a, stale)
	}
	return listenTCP(a)
}

// listenTCP listens on IPv4 only, as the original, unless the host is an IPv6
// address.
func listenTCP(a Address) (listener, error) {
	network, host := "tcp4", a.Host
	switch {
	case host == "*":
		host = ""
	case strings.Contains(host, ":"):
		network, host = "tcp6", strings.Trim(host, "[]")
	}
	address := net.JoinHostPort(host, strconv.Itoa(a.Port))
	var c net.ListenConfig
	l, err := c.Listen(context.Background(), network, address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("http://%s: %w", address, ErrInUse)
	}
	if err != nil {
		return nil, err
	}
	return l.(*net.TCPListener), nil
}
