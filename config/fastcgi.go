package config

import (
	"errors"
	"fmt"
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
	l.addGroup(supervise.GroupSpec{
		Name:     name,
		Priority: v.integer("priority"),
		Kind:     supervise.KindFastCGI,
		Socket:   spec,
		Programs: l.programs(section, p.table, name),
	})
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
			"give tcp://host:port or unix:///absolute/path; owner and mode belong to a path only")
	}
}

// parseSocket reads the socket of a FastCGI program (parse_fcgi_socket). Two
// of its errors are the tuples that the original prints.
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
	host, port, hasPort := strings.Cut(address, ":")
	digits := strings.TrimFunc(port, unicode.IsDigit) == "" && port != ""
	if !ok || !hasPort || host == "" || !digits || strings.ContainsFunc(host, unicode.IsSpace) {
		return nil, fmt.Errorf("('Bad socket format %%s', %s)", ini.Repr(url))
	}
	number, err := parsePort(port)
	if err != nil {
		return nil, err
	}
	return &supervise.SocketSpec{URL: "tcp://" + strings.ToLower(host) + ":" + strconv.Itoa(number), Backlog: v.integer("socket_backlog")}, nil
}

// unixSocket belongs to the program's user unless socket_owner says otherwise
// or that user is ours anyway.
func (l *loader) unixSocket(path string, v values) *supervise.SocketSpec {
	spec := &supervise.SocketSpec{URL: "unix://" + l.host.normalize(path), Mode: defaultSocketMode, Backlog: v.integer("socket_backlog")}
	user := get[*proc.User](v, "user")
	switch {
	case v.has("socket_owner"):
		o := get[owner](v, "socket_owner")
		spec.Owner = ownerText(o)
	case user != nil && int(user.UID) != l.host.UID:
		spec.Owner = ownerText(owner{uid: int(user.UID), gid: int(user.GID)})
	}
	if v.has("socket_mode") {
		spec.Mode = uint32(get[int](v, "socket_mode"))
	}
	return spec
}

// ownerText is "uid" or "uid:gid".
func ownerText(o owner) string {
	if o.gid == unchanged {
		return strconv.Itoa(o.uid)
	}
	return strconv.Itoa(o.uid) + ":" + strconv.Itoa(o.gid)
}
