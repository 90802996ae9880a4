package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"slices"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/api"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/classic"
	"github.com/watchkeeper-go/watchkeeper/internal/httpd"
	"github.com/watchkeeper-go/watchkeeper/internal/rpc"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

// drainTime is how long requests under way may take to end when a server is
// stopped.
const drainTime = 2 * time.Second

// server is one HTTP server: bound first, answering later.
type server struct {
	address  httpd.Address
	socket   *httpd.Socket
	listener net.Listener  // lent by the socket
	http     *httpd.Server // nil until it answers
}

// addressOf is a server of a configuration, and who is let in to it.
func (d *daemon) addressOf(all *config.Config, c config.Server) httpd.Address {
	a := httpd.Address{
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
		Tokens:   tokens(all),
		Sessions: d.people.sessions,
		Failures: &d.people.failures,
	}
	if c.TLS != nil {
		a.TLS = httpd.TLS{Cert: c.TLS.Cert, Key: c.TLS.Key, ClientCA: c.TLS.ClientCA}
	}
	return a
}

// people are those who log in to the page. A session goes on over a reload, as long
// as what it was begun with is accepted.
type people struct {
	sessions *auth.Sessions
	failures auth.Failures
}

// tokens are those of a configuration; all of its servers accept them.
func tokens(c *config.Config) *auth.Tokens {
	var list []auth.Token
	for _, t := range c.Tokens {
		role, roleErr := auth.ParseRole(string(t.Role))
		hash, hashErr := auth.ParseHash(t.Hash)
		if err := errors.Join(roleErr, hashErr); err != nil {
			panic(fmt.Sprintf("token %s was loaded with a fault: %v", t.Name, err))
		}
		list = append(list, auth.Token{Name: t.Name, Role: role, Hash: hash})
	}
	return auth.NewTokens(list...)
}

// checkTLS reports what would keep a server from coming up.
func checkTLS(a httpd.Address) error {
	if !a.TLS.On() {
		return nil
	}
	_, err := a.TLS.Load()
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("[%s]: %w (user %s must be able to read it)", a.Section, err, currentUser())
	case err != nil:
		return fmt.Errorf("[%s]: %w", a.Section, err)
	}
	return nil
}

// listen binds every server of the configuration. A socket of before a reload
// stays as it is where nothing about it has changed; the others are closed
// first, since a new one may be in their way.
func (i *instance) listen() error {
	fits := func(s *httpd.Socket) bool {
		return slices.ContainsFunc(i.config.Servers, func(c config.Server) bool { return s.Fits(i.addressOf(i.config, c)) })
	}
	err := i.closeSockets(func(s *httpd.Socket) bool { return !fits(s) })
	if err != nil {
		i.log.Warn(fmt.Sprintf("close a socket that is no longer wanted: %v", err))
	}
	for _, c := range i.config.Servers {
		s := &server{address: i.addressOf(i.config, c)}
		if err := checkTLS(s.address); err != nil {
			return usageError("Cannot open an HTTP server: %w", err)
		}
		if s.socket, err = i.socket(s.address); err != nil {
			return listenError(err)
		}
		i.servers = append(i.servers, s)
		if s.listener, err = s.socket.Lend(); err != nil {
			return fmt.Errorf("use the socket of %s: %w", s.address.Section, err)
		}
	}
	return nil
}

// reserve binds what a reload with next adds, and checks the sockets of its
// FastCGI programs, so that an address that cannot be had stops nothing, nor does
// a certificate that cannot be used. What one of our own sockets is in the way of
// has to wait for listen.
func (i *instance) reserve(next *config.Config) error {
	for _, c := range next.Servers {
		if err := checkTLS(i.addressOf(next, c)); err != nil {
			return err
		}
	}
	added, err := i.bindAdded(next)
	if err == nil {
		err = i.checkSockets(next)
	}
	if err != nil {
		for _, s := range added {
			err = errors.Join(err, s.Close())
		}
		return err
	}
	i.kept = append(i.kept, added...)
	return nil
}

// bindAdded binds the servers of next that nothing of ours is in the way of.
func (i *instance) bindAdded(next *config.Config) (added []*httpd.Socket, err error) {
	for _, c := range next.Servers {
		if slices.ContainsFunc(i.servers, func(s *server) bool { return s.blocks(c) }) || c.Port != 0 && i.hasSocketAt(c.Port) {
			continue
		}
		s, err := httpd.Bind(i.addressOf(next, c), i.unlinkingStale)
		if err != nil {
			return added, fmt.Errorf("[%s]: cannot listen: %w", c.Section, err)
		}
		added = append(added, s)
	}
	return added, nil
}

// blocks reports whether c cannot be bound while s is, or need not be.
func (s *server) blocks(c config.Server) bool {
	return s.address.Network == c.Network && s.address.Port == c.Port && s.address.Path == c.Path
}

// socket is one that was kept over the reload, or a new one.
func (i *instance) socket(a httpd.Address) (*httpd.Socket, error) {
	at := slices.IndexFunc(i.kept, func(s *httpd.Socket) bool { return s.Fits(a) })
	if at < 0 {
		return httpd.Bind(a, i.unlinkingStale)
	}
	s := i.kept[at]
	i.kept = slices.Delete(i.kept, at, at+1)
	return s, nil
}

// closeSockets closes those of the kept sockets that meet a condition.
func (d *daemon) closeSockets(these func(*httpd.Socket) bool) error {
	var errs []error
	d.kept = slices.DeleteFunc(d.kept, func(s *httpd.Socket) bool {
		if !these(s) {
			return false
		}
		errs = append(errs, s.Close())
		return true
	})
	return errors.Join(errs...)
}

func every(*httpd.Socket) bool { return true }

// unlinkingStale tells that a dead socket is replaced; the log is not open
// yet, and the original says it on standard error, too.
func (i *instance) unlinkingStale(path string) {
	i.complain("Unlinking stale socket " + path)
}

// listenError is what the user reads (as ServerOptions.openhttpservers).
func listenError(err error) error {
	if errors.Is(err, httpd.ErrInUse) {
		return usageError("Another program is already listening on a port that one of our HTTP servers is configured"+
			" to use.  Shut this program down first before starting supervisord.\n%w", err)
	}
	var chown *httpd.ChownError
	if errors.As(err, &chown) {
		return usageError("Not permitted to chown %s to uid/gid (%d, %d); adjust \"sockchown\" value in config file or on command line"+
			" to values that the current user (%s) can successfully chown\n%w", chown.Path, chown.UID, chown.GID, currentUser(), err)
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return usageError("Cannot open an HTTP server: socket.error reported errno.%s (%d)\n%w", unix.ErrnoName(errno), int(errno), err)
	}
	return usageError("Cannot open an HTTP server: %w", err)
}

// currentUser is the name of the effective user, or its number where it has none.
func currentUser() string {
	uid := strconv.Itoa(os.Geteuid())
	if u, err := user.LookupId(uid); err == nil {
		return u.Username
	}
	return uid
}

// announceServers logs what each server offers, and that it asks for no
// password (as make_http_servers). That it is open to other machines, too, the
// notes of the configuration have told.
func (i *instance) announceServers() {
	for _, c := range i.config.Servers {
		for _, r := range i.config.RPC {
			if r.Kind != config.RPCForeign {
				i.log.Info(fmt.Sprintf("RPC interface '%s' initialized", r.Name))
			}
		}
		if c.Open() {
			critical(i.log, fmt.Sprintf("Server '%s' running without any HTTP authentication checking", c.Section))
		}
	}
}

// loginBody is how many bytes anybody may post to the login page.
const loginBody = 8 << 10

// serve begins to answer on all servers.
func (i *instance) serve() {
	site, supervisors := i.fronts.site, classic.Handler(i.service)
	v1 := api.Handler(i.service, api.Options{Log: i.log})
	routes := []httpd.Route{
		{Prefix: "/RPC2", Handler: rpc.Handler(i.service, i.interfaces())},
		{Prefix: "/logtail", Handler: rpc.LogTail(i.service)},
		{Prefix: "/mainlogtail", Handler: rpc.MainLogTail(i.service)},
		{Prefix: "/api/v1", Handler: v1, Modern: true},
		{Prefix: "/docs", Handler: v1, Modern: true, Page: true},
		{Prefix: "/metrics", Handler: i.fronts.metrics, Modern: true},
		{Prefix: httpd.LoginPath, Handler: site, When: site.Serves, Open: true, MaxBody: loginBody},
		{Prefix: "/assets/", Handler: site, When: site.Serves, Open: true},
		{Prefix: "/", Handler: site, When: site.Serves, Page: true},
		{Prefix: "/classic", Handler: supervisors, Page: true},
		{Prefix: "/", Handler: supervisors, Page: true},
	}
	connections := mostConnections()
	for _, s := range i.servers {
		s.address.Connections = connections
		s.http = httpd.NewServer(s.address, routes, i.log)
		i.running.Go(func() {
			if err := s.http.Serve(s.listener); err != nil {
				i.log.Error(fmt.Sprintf("server %s stopped: %v", s.address.Section, err))
			}
		})
	}
}

// crowdPart is how many servers would have to fill up together before the programs
// lack the files that they are started with.
const crowdPart = 4

// mostConnections is how many a server may have of the files that we may have open,
// so that no crowd of clients keeps a program from being started; 0: the system does
// not tell.
func mostConnections() int {
	_, limit, ok := proc.OwnDescriptors()
	if !ok {
		return 0
	}
	return max(1, limit/crowdPart)
}

// interfaces are the XML-RPC interfaces that the configuration wants.
func (i *instance) interfaces() rpc.Options {
	o := rpc.Options{Log: i.log}
	for _, r := range i.config.RPC {
		switch {
		case r.Kind == config.RPCTwiddler:
			o.Twiddlers = append(o.Twiddlers, rpc.Twiddler{Name: r.Name, Whitelist: r.Whitelist})
		case r.Kind == config.RPCMain && r.Name == "supervisor":
			o.Supervisor = true
		}
	}
	return o
}

// closeServers stops all servers and keeps their sockets, or removes them.
func (i *instance) closeServers(keep bool) {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	for _, s := range i.servers {
		i.kept = append(i.kept, s.socket)
		if s.http == nil {
			continue
		}
		if err := s.http.Stop(ctx); err != nil {
			i.log.Warn(fmt.Sprintf("stop server %s: %v", s.address.Section, err))
		}
	}
	i.servers = nil
	if keep {
		return
	}
	if err := i.closeSockets(every); err != nil && i.log != nil {
		i.log.Warn(fmt.Sprintf("close sockets: %v", err))
	}
}
