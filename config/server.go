package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
)

// servers reads the sections of servers, those on TCP first
// (server_configs_from_parser), and works out what children are told. Of
// servers with TLS they are not told: the libraries that they talk to us by
// know http and unix.
func (l *loader) servers() {
	c := l.config
	for _, section := range l.set.Sections() {
		if strings.HasPrefix(section.Name, "inet_http_server") {
			c.Servers = append(c.Servers, l.inetServer(section))
		}
	}
	for _, section := range l.set.Sections() {
		if strings.HasPrefix(section.Name, "unix_http_server") {
			c.Servers = append(c.Servers, l.unixServer(section))
		}
	}
	c.ServerURL = serverURL(c.Servers)
	l.tlsServers()
}

// serverURL is the first unix server, else the last inet one.
func serverURL(servers []Server) string {
	url := ""
	for _, s := range servers {
		if s.Network == "unix" {
			return "unix://" + s.Path
		}
		host := s.Host
		if host == "" {
			host = "localhost"
		}
		url = "http://" + host + ":" + strconv.Itoa(s.Port)
	}
	return url
}

// Owner ids of a server whose socket keeps the daemon's owner.
const unchanged = -1

// defaultSocketMode is the mode of a unix socket that says nothing.
const defaultSocketMode = 0o700

func (l *loader) inetServer(section *ini.Section) Server {
	v := l.serverValues(section)
	a := get[address](v, "port")
	s := Server{Section: section.Name, Network: "tcp", Host: a.host, Port: a.port, ChownUID: unchanged, ChownGID: unchanged}
	s.authenticate(v)
	return s
}

func (l *loader) unixServer(section *ini.Section) Server {
	v := l.serverValues(section)
	s := Server{Section: section.Name, Network: "unix", ChownUID: unchanged, ChownGID: unchanged, Chmod: defaultSocketMode}
	s.Path = l.host.normalize(ini.TrimSpace(get[string](v, "file")))
	s.authenticate(v)
	if v.has("chown") {
		o := get[owner](v, "chown")
		s.ChownUID, s.ChownGID = o.uid, o.gid
	}
	if v.has("chmod") {
		s.Chmod = uint32(get[int](v, "chmod"))
	}
	return s
}

func (l *loader) serverValues(section *ini.Section) values {
	v := make(values)
	l.read(place{section: section, table: tableOf(l.tables, section.Name)}, atSection, v)
	return v
}

func (s *Server) authenticate(v values) {
	s.Username, s.Password = get[string](v, "username"), get[string](v, "password")
	s.Auth = v.has("username") && v.has("password")
}

// checkAuthentication: neither a user name nor a password goes without the other.
func checkAuthentication(l *loader, p place, _ values) {
	given, lacking := "username", "password"
	if p.section.Get(given) == nil {
		given, lacking = lacking, given
	}
	if p.section.Get(given) != nil && p.section.Get(lacking) == nil {
		l.wrong(p.section, given, says("Section [%s] contains incomplete authentication: If a username or a password is specified, both the username and password must be specified", p.section.Name),
			"add a line with "+lacking)
	}
}

// mustHave makes a check that the section has key; text are the original's
// words, with %s for the section.
func mustHave(key, text, hint string) func(*loader, place, values) {
	return func(l *loader, p place, _ values) {
		if p.section.Get(key) == nil {
			l.missing(p, key, fmt.Errorf(text, p.section.Name), hint)
		}
	}
}
