package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/httpd"
	"github.com/watchkeeper-go/watchkeeper/internal/rpc"
	"github.com/watchkeeper-go/watchkeeper/internal/web"
)

// drainTime is how long requests under way may take to end when a server is
// stopped.
const drainTime = 2 * time.Second

// server is one HTTP server: bound first, answering later.
type server struct {
	address  httpd.Address
	listener net.Listener
	http     *httpd.Server // nil until it answers
}

func address(c config.Server) httpd.Address {
	return httpd.Address{
		Section:  c.Section,
		Network:  c.Network,
		Host:     c.Host,
		Port:     c.Port,
		Path:     c.Path,
		Mode:     c.Chmod,
		UID:      c.ChownUID,
		GID:      c.ChownGID,
		Username: c.Username,
		Password: c.Password,
	}
}

// listen binds every server of the configuration.
func (i *instance) listen() error {
	for _, c := range i.config.Servers {
		s := &server{address: address(c)}
		listener, err := httpd.Listen(s.address, i.unlinkingStale)
		if err != nil {
			return listenError(err)
		}
		s.listener = listener
		i.servers = append(i.servers, s)
	}
	return nil
}

// unlinkingStale tells that a dead socket is replaced; the log is not open
// yet, and the original says it on standard error, too.
func (i *instance) unlinkingStale(path string) {
	fmt.Fprintf(i.options.Stderr, "Unlinking stale socket %s\n", path)
}

// listenError is what the user reads (as ServerOptions.openhttpservers).
func listenError(err error) error {
	if errors.Is(err, httpd.ErrInUse) {
		return usageError("Another program is already listening on a port that one of our HTTP servers is configured"+
			" to use.  Shut this program down first before starting supervisord.\n%w", err)
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return usageError("Cannot open an HTTP server: socket.error reported errno.%s (%d)\n%w", unix.ErrnoName(errno), int(errno), err)
	}
	return usageError("Cannot open an HTTP server: %w", err)
}

// announceServers logs what each server offers, and that it asks for no
// password (as make_http_servers).
func (i *instance) announceServers() {
	for _, s := range i.servers {
		for _, r := range i.config.RPC {
			i.log.Info(fmt.Sprintf("RPC interface '%s' initialized", r.Name))
		}
		if s.address.Username == "" {
			critical(i.log, fmt.Sprintf("Server '%s' running without any HTTP authentication checking", s.address.Section))
		}
	}
}

// serve begins to answer on all servers.
func (i *instance) serve() {
	supervisor := false
	for _, r := range i.config.RPC {
		supervisor = supervisor || r.Name == "supervisor"
	}
	routes := []httpd.Route{
		{Prefix: "/RPC2", Handler: rpc.Handler(i.service, rpc.Options{Supervisor: supervisor, Log: i.log})},
		{Prefix: "/logtail", Handler: rpc.LogTail(i.service)},
		{Prefix: "/mainlogtail", Handler: rpc.MainLogTail(i.service)},
		{Prefix: "/", Handler: web.Handler(i.service)},
	}
	for _, s := range i.servers {
		s.http = httpd.NewServer(s.address, routes, i.log)
		i.running.Go(func() {
			if err := s.http.Serve(s.listener); err != nil {
				i.log.Error(fmt.Sprintf("server %s stopped: %v", s.address.Section, err))
			}
		})
	}
}

// closeServers stops all servers and removes their sockets.
func (i *instance) closeServers() {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	for _, s := range i.servers {
		var err error
		if s.http != nil {
			err = s.http.Stop(ctx)
		} else {
			err = s.listener.Close()
		}
		if err != nil && i.log != nil {
			i.log.Warn(fmt.Sprintf("stop server %s: %v", s.address.Section, err))
		}
	}
	i.servers = nil
}
