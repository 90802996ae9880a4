package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
)

// ServerTLS is what a [tls_server:x] has besides what a server on TCP has: the
// absolute paths of files in PEM.
type ServerTLS struct {
	Cert, Key string
	ClientCA  string // "": clients need no certificate
}

const tlsPrefix = "tls_server:"

// tlsServers reads the [tls_server:x] sections, which Supervisor does not
// open: there, keys for TLS in a section that it opens would leave the port
// open without it.
func (l *loader) tlsServers() {
	l.each(tlsPrefix, func(section *ini.Section) {
		if _, ok := l.namedSection(section); !ok {
			return
		}
		v := l.serverValues(section)
		a := get[address](v, "port")
		s := Server{Section: section.Name, Network: "tcp", Host: a.host, Port: a.port, ChownUID: unchanged, ChownGID: unchanged}
		s.authenticate(v)
		path := func(key string) string {
			if file := ini.TrimSpace(get[string](v, key)); file != "" {
				return l.host.normalize(file)
			}
			return ""
		}
		s.TLS = &ServerTLS{Cert: path(keyCert), Key: path(keyKey), ClientCA: path(keyClientCA)}
		if s.TLS.Cert != "" && s.TLS.Key != "" && !l.host.Portable {
			l.checkCertificate(section, *s.TLS)
		}
		l.config.Servers = append(l.config.Servers, s)
	})
}

// checkCertificate tells what the server would stop at. What is there and may
// not be read is only noted: check may be run by another user than the daemon.
func (l *loader) checkCertificate(section *ini.Section, files ServerTLS) {
	told := false
	for _, row := range []struct{ key, file string }{{keyCert, files.Cert}, {keyKey, files.Key}, {keyClientCA, files.ClientCA}} {
		if row.file == "" {
			continue
		}
		text, err := os.ReadFile(row.file)
		switch {
		case errors.Is(err, fs.ErrPermission):
			told = true
			l.addNote(placed(section, row.key, err, "the daemon's user must be able to read it"))
		case err != nil:
			told = true
			l.wrong(section, row.key, err, "give the path of a file in PEM")
		case row.key == keyClientCA && !x509.NewCertPool().AppendCertsFromPEM(text):
			l.wrong(section, row.key, says("%s has no certificate in PEM", row.file), "give the certificates of those who sign for clients")
		}
	}
	if told {
		return
	}
	pair, err := tls.LoadX509KeyPair(files.Cert, files.Key)
	if err != nil {
		l.wrong(section, keyCert, says("it cannot be used with the key: %w", err), "give a certificate in PEM, those between it and the root after it, and its own key")
		return
	}
	if until := pair.Leaf.NotAfter; time.Now().After(until) {
		l.addNote(placed(section, keyCert, fmt.Errorf("it expired on %s, and clients refuse it", until.Format(time.DateOnly)), "renew it; the daemon notices that by itself"))
	}
}

// Open reports whether s lets in everybody who can connect: it has no password.
// A server with TLS wants a password, a client certificate or a token.
func (s Server) Open() bool { return s.Username == "" && s.TLS == nil }

// Exposed reports whether s is Open to other machines, so that whoever reaches
// it from there controls the daemon.
func (s Server) Exposed() bool { return s.Open() && s.Network == "tcp" && !loopback(s.Host) }

// loopback tells whether only this machine reaches what listens on host. A
// name that is not localhost may be anything.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil && len(host) > 2 && host[0] == '[' {
		ip, err = netip.ParseAddr(host[1 : len(host)-1])
	}
	return err == nil && ip.Unmap().IsLoopback()
}

// firewall is how a port is opened where firewalld guards the machine: for good,
// which the running firewall knows only after it has read it.
func firewall(port int) string {
	return fmt.Sprintf("firewall-cmd --permanent --add-port=%d/tcp && firewall-cmd --reload", port)
}

// lintServer notes a server that is open to a network, and one that nobody can use.
func (l *loader) lintServer(s Server) {
	section := l.set.Section(s.Section)
	switch {
	case s.Port == 0: // a socket, or a port that is a fault already
	case s.Exposed():
		l.addNote(placed(section, "port", errors.New("whoever reaches this address controls the daemon: the server asks for no password"),
			"add username and password, or listen on 127.0.0.1; to let others reach it for good: "+firewall(s.Port)))
	case s.Open() && s.Network == "tcp" && l.config.Scheduler != nil:
		l.addNote(placed(section, "port", errors.New("every user of this machine can add a job, which runs any command as the user of the daemon: the server asks for no password"),
			"add username and password, or use a [unix_http_server]"))
	case s.TLS != nil && s.Username == "" && s.TLS.ClientCA == "" && len(l.config.Tokens) == 0:
		l.addNote(&Error{File: section.File, Line: section.Line, Section: s.Section, Err: errors.New("nobody can use this server: it has no password, and there is no token"),
			Hint: "add username and password, " + keyClientCA + " or a [token:x]"})
	}
}
