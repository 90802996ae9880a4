package httpd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Listen opens the socket. A stale unix socket (connecting is refused) is
// replaced, and stale, which may be nil, is told so; one that accepts, and goes on
// to do so for half a second, is ErrInUse, even if it never answers; a path that is no socket is
// sockfile.ErrNotSocket. Other errors wrap the system's.
//
// Closing a unix listener removes its path, unless another socket has taken
// that since.
func Listen(a Address, stale func(path string)) (net.Listener, error) { return bind(a, stale) }

// letGo is how long an address may be in use before that counts: a daemon that
// was killed is gone for everybody who looks, and still has its sockets until the
// last of its threads has ended.
const letGo = 500 * time.Millisecond

func bind(a Address, stale func(path string)) (listener, error) {
	for began := time.Now(); ; time.Sleep(letGo / 20) {
		l, err := bindOnce(a, stale)
		if !errors.Is(err, ErrInUse) || time.Since(began) > letGo {
			return l, err
		}
	}
}

func bindOnce(a Address, stale func(path string)) (listener, error) {
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
