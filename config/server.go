package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
)

// servers reads the sections of servers, those on TCP first
// (server_configs_from_parser), and works out what children are told.
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
	s := Server{Section: section.Name, Network: "tcp", ChownUID: unchanged, ChownGID: unchanged}
	l.authentication(section, v, &s)
	if !v.has("port") && section.Get("port") == nil {
		l.missing(section, "port", fmt.Errorf("section [%s] has no port value", section.Name), "add a line such as port = 127.0.0.1:9001")
	}
	a := get[address](v, "port")
	s.Host, s.Port = a.host, a.port
	return s
}

func (l *loader) unixServer(section *ini.Section) Server {
	v := l.serverValues(section)
	s := Server{Section: section.Name, Network: "unix", ChownUID: unchanged, ChownGID: unchanged, Chmod: defaultSocketMode}
	if !v.has("file") && section.Get("file") == nil {
		l.missing(section, "file", fmt.Errorf("section [%s] has no file value", section.Name), "add a line such as file = /run/supervisor.sock")
	}
	s.Path = l.host.normalize(ini.TrimSpace(get[string](v, "file")))
	l.authentication(section, v, &s)
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

// authentication takes the user name and password, of which neither goes
// without the other.
func (l *loader) authentication(section *ini.Section, v values, s *Server) {
	s.Username, s.Password = get[string](v, "username"), get[string](v, "password")
	s.Auth = v.has("username") && v.has("password")
	given, lacking := "username", "password"
	if v.has("password") {
		given, lacking = lacking, given
	}
	if v.has(given) && !v.has(lacking) && section.Get(lacking) == nil {
		l.wrong(section, given, fmt.Errorf("Section [%s] contains incomplete authentication: If a username or a password is specified, both the username and password must be specified", section.Name),
			"add a line with "+lacking)
	}
}
