package config

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

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
	if backlog := v.integer("socket_backlog"); v.has("socket_backlog") && (backlog < 1 || backlog > maxBacklog) {
		l.wrong(section, "socket_backlog", fmt.Errorf("Invalid socket_backlog value %d", backlog), "give 1 to 65535")
	}
	l.addGroup(supervise.GroupSpec{
		Name:     name,
		Priority: v.integer("priority"),
		Kind:     supervise.KindFastCGI,
		Socket:   l.socket(section, v),
		Programs: l.programs(section, p.table, name),
	})
}

// socket reads the socket of a FastCGI program (parse_fcgi_socket).
func (l *loader) socket(section *ini.Section, v values) *supervise.SocketSpec {
	url := get[string](v, "socket")
	if url == "" {
		if l.set.Section(section.Name).Get("socket") == nil || v.has("socket") {
			l.missing(section, "socket", fmt.Errorf(`[%s] section requires a "socket" line`, section.Name),
				"add a line such as socket = unix:///run/app.sock")
		}
		return nil
	}
	spec, err := l.parseSocket(url, v)
	if err != nil {
		l.wrong(section, "socket", fmt.Errorf("%w in [%s] socket", err, section.Name),
			"give tcp://host:port or unix:///absolute/path; owner and mode belong to a path only")
		return nil
	}
	spec.Backlog = v.integer("socket_backlog")
	return spec
}

func (l *loader) parseSocket(url string, v values) (*supervise.SocketSpec, error) {
	if path, ok := strings.CutPrefix(url, "unix://"); ok {
		if !strings.HasPrefix(path, "/") {
			return nil, fmt.Errorf("('Unix socket path %%s is not an absolute path', %s)", ini.Repr(path)) // a tuple, as the original prints it
		}
		return l.unixSocket(path, v), nil
	}
	if v.has("socket_owner") || v.has("socket_mode") {
		return nil, errors.New("socket_owner and socket_mode params should only be used with a Unix domain socket")
	}
	m := regexp.MustCompile(`^tcp://([^\s:]+):(\d+)$`).FindStringSubmatch(url)
	if m == nil {
		return nil, fmt.Errorf("('Bad socket format %%s', %s)", ini.Repr(url))
	}
	port, err := parsePort(m[2])
	if err != nil {
		return nil, err
	}
	return &supervise.SocketSpec{URL: "tcp://" + strings.ToLower(m[1]) + ":" + strconv.Itoa(port)}, nil
}

// unixSocket belongs to the program's user unless socket_owner says otherwise
// or that user is ours anyway.
func (l *loader) unixSocket(path string, v values) *supervise.SocketSpec {
	spec := &supervise.SocketSpec{URL: "unix://" + l.host.normalize(path), Mode: defaultSocketMode}
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
