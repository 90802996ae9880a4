package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// maxBacklog is the largest socket_backlog.
const maxBacklog = 65535

// fastCGI reads an [fcgi-program:x] that is a group of its own.
func (l *loader) fastCGI(section *ini.Section) {
	name, ok := l.sectionName(section, false)
	if !ok {
		return
	}
	p := place{section: section, table: tableOf(l.tables, section.Name), program: name}
	v := make(values)
	l.read(p, atGroup, v)
	spec, err := l.parseSocket(v)
	if err != nil {
		spec = nil // checkSocket has told it
	}
	programs := l.programs(section, p.table, name)
	handSocket(programs, spec)
	l.addGroup(supervise.GroupSpec{
		Name:     name,
		Priority: v.integer("priority"),
		Kind:     supervise.KindFastCGI,
		Socket:   spec,
		Programs: programs,
	})
}

// handSocket makes spec the socket of all of the given programs.
func handSocket(programs []supervise.Program, spec *supervise.SocketSpec) {
	for i := range programs {
		programs[i].Socket = spec
	}
}

// memberSocket reads the socket of an [fcgi-program:x] that a group lists; nil
// when it has none that can be used. The original does not look at these options
// then, and loads whatever they say: what is wrong is no fault but a note.
func (l *loader) memberSocket(section *ini.Section) *supervise.SocketSpec {
	name, ok := l.sectionName(section, true)
	if !ok {
		return nil
	}
	v := make(values)
	l.asNotes(func() {
		l.read(place{section: section, table: tableOf(l.tables, section.Name), program: name}, atGroup, v)
	})
	spec, err := l.parseSocket(v)
	if err != nil {
		return nil // checkSocket has told it
	}
	return spec
}

func checkBacklog(l *loader, p place, v values) {
	if backlog := get[int64](v, "socket_backlog"); v.has("socket_backlog") && (backlog < 1 || backlog > maxBacklog) {
		l.wrong(p.section, "socket_backlog", says("Invalid socket_backlog value %d", backlog), "give 1 to 65535")
	}
}

func checkSocket(l *loader, p place, v values) {
	if get[string](v, "socket") == "" {
		if v.has("socket") || p.section.Get("socket") == nil {
			l.missing(p, "socket", fmt.Errorf(`[%s] section requires a "socket" line`, p.section.Name), "add a line such as socket = unix:///run/app.sock")
		}
		return
	}
	if _, err := l.parseSocket(v); err != nil {
		l.wrong(p.section, "socket", fmt.Errorf("%w in [%s] socket", err, p.section.Name),
			"give tcp://host:port, tcp://[::1]:port for IPv6 or unix:///absolute/path; owner and mode belong to a path only")
	}
}

// parseSocket reads the socket of a FastCGI program (parse_fcgi_socket). Two
// of its errors are the tuples that the original prints. An address of IPv6 in
// brackets is ours: the original refuses it.
func (l *loader) parseSocket(v values) (*supervise.SocketSpec, error) {
	url := get[string](v, "socket")
	if path, ok := strings.CutPrefix(url, "unix://"); ok {
		if !strings.HasPrefix(path, "/") {
			return nil, fmt.Errorf("('Unix socket path %%s is not an absolute path', %s)", ini.Repr(path))
		}
		return l.unixSocket(path, v), nil
	}
	if v.has("socket_owner") || v.has("socket_mode") {
		return nil, errors.New("socket_owner and socket_mode params should only be used with a Unix domain socket")
	}
	address, ok := strings.CutPrefix(url, "tcp://")
	host, port, isAddress := splitAddress(address)
	if !ok || !isAddress {
		return nil, fmt.Errorf("('Bad socket format %%s', %s)", ini.Repr(url))
	}
	number, err := parsePort(port)
	if err != nil {
		return nil, err
	}
	return &supervise.SocketSpec{
		URL:     "tcp://" + net.JoinHostPort(strings.ToLower(host), strconv.Itoa(number)),
		Backlog: backlog(v),
		UID:     unchanged,
		GID:     unchanged,
	}, nil
}

// splitAddress takes host:port apart, of which the port is digits.
func splitAddress(address string) (host, port string, ok bool) {
	if inner, rest, bracketed := strings.Cut(strings.TrimPrefix(address, "["), "]:"); bracketed && address[0] == '[' {
		ip, err := netip.ParseAddr(inner)
		host, port, ok = inner, rest, err == nil && ip.Is6() && ip.Zone() == ""
	} else {
		host, port, ok = strings.Cut(address, ":")
	}
	digits := strings.TrimFunc(port, unicode.IsDigit) == "" && port != ""
	return host, port, ok && digits && host != "" && !strings.ContainsFunc(host, unicode.IsSpace)
}

// lintSockets notes programs that have one socket between them.
func (l *loader) lintSockets() {
	first := make(map[string]string) // the section that has a socket, by URL
	for _, g := range l.config.Groups {
		for _, p := range g.Programs {
			if p.Socket == nil {
				continue
			}
			if first[p.Socket.URL] == "" {
				first[p.Socket.URL] = p.Section
			}
			if other := first[p.Socket.URL]; other != p.Section {
				l.note(p.Section, l.set.Section(p.Section).Get("socket"),
					fmt.Errorf("[%s] has the same socket: a connection goes to a process of either", other), "give each a socket of its own")
			}
		}
	}
}

// backlog is socket_backlog, 0 without one that is good.
func backlog(v values) int {
	if n := get[int64](v, "socket_backlog"); n >= 1 && n <= maxBacklog {
		return int(n)
	}
	return 0
}

// unixSocket belongs to the program's user unless socket_owner says otherwise
// or that user is ours anyway.
func (l *loader) unixSocket(path string, v values) *supervise.SocketSpec {
	spec := &supervise.SocketSpec{
		URL:     "unix://" + l.host.normalize(path),
		Mode:    defaultSocketMode,
		Backlog: backlog(v),
		UID:     unchanged,
		GID:     unchanged,
	}
	user := get[*proc.User](v, "user")
	switch {
	case v.has("socket_owner"):
		o := get[owner](v, "socket_owner")
		spec.UID, spec.GID = o.uid, o.gid
	case user != nil && int(user.UID) != l.host.UID:
		spec.UID, spec.GID = int(user.UID), int(user.GID)
	}
	if v.has("socket_mode") {
		spec.Mode = uint32(get[int](v, "socket_mode"))
	}
	return spec
}
