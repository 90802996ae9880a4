package httpd

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// TLS names the files, in PEM, of a server with TLS.
type TLS struct {
	Cert     string // the certificate, and those between it and the root
	Key      string
	ClientCA string // "": no client certificates; else every client must have one that these have signed
}

// On reports whether the server has TLS.
func (t TLS) On() bool { return t.Cert != "" }

// Load reads the files. The error names the one that is wrong.
//
// The protocol is HTTP/1.1, for which the limits of this package are made,
// over TLS 1.2 or 1.3 with Go's choice of ciphers.
func (t TLS) Load() (*tls.Config, error) {
	cert, err := os.ReadFile(t.Cert)
	if err != nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	key, err := os.ReadFile(t.Key)
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("use certificate %s with key %s: %w", t.Cert, t.Key, err)
	}
	c := &tls.Config{
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"http/1.1"},
		Certificates: []tls.Certificate{pair},
	}
	if t.ClientCA == "" {
		return c, nil
	}
	authorities, err := os.ReadFile(t.ClientCA)
	if err != nil {
		return nil, fmt.Errorf("read the authorities of clients: %w", err)
	}
	c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
	if !c.ClientCAs.AppendCertsFromPEM(authorities) {
		return nil, fmt.Errorf("%s has no certificate in PEM", t.ClientCA)
	}
	// A resumed session would skip the verification by authorities that may
	// have changed since.
	c.SessionTicketsDisabled = true
	return c, nil
}

// files are those that are there to be watched.
func (t TLS) files() []string {
	files := []string{t.Cert, t.Key}
	if t.ClientCA != "" {
		files = append(files, t.ClientCA)
	}
	return files
}

// lookEvery is how often a handshake looks whether the files have changed.
const lookEvery = time.Second

// certificates keep a server's certificate as fresh as its files: a handshake
// looks at them, at most once a second, and reads them when they have
// changed. So a renewal needs no signal and no reload, and an idle server
// looks at nothing. While what the files hold cannot be used (a renewal may
// be half done), the last that could be goes on, and the log says so once.
type certificates struct {
	files   TLS
	log     *slog.Logger
	started time.Time
	looked  atomic.Int64 // when, in nanoseconds since started
	current atomic.Pointer[loaded]
}

// loaded is what the files held, as they were before they were read; it does
// not change.
type loaded struct {
	config *tls.Config
	before []os.FileInfo // nil for a file that was not there
	fault  string        // why config is of an earlier look; "" if it is not
}

func newCertificates(files TLS, log *slog.Logger) *certificates {
	return &certificates{files: files, log: log, started: time.Now()}
}

// listen is the configuration to listen with: each handshake gets the current one.
func (c *certificates) listen() (*tls.Config, error) {
	before := stat(c.files.files())
	config, err := c.files.Load()
	if err != nil {
		return nil, err
	}
	c.current.Store(&loaded{config: config, before: before})
	c.looked.Store(int64(time.Since(c.started)))
	outer := config.Clone()
	outer.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.fresh(), nil }
	return outer, nil
}

// fresh is the configuration for one handshake. Only one of those that come
// at the same time looks at the files; the others take what there is.
func (c *certificates) fresh() *tls.Config {
	last, now := c.looked.Load(), int64(time.Since(c.started))
	if now-last >= int64(lookEvery) && c.looked.CompareAndSwap(last, now) {
		c.look()
	}
	return c.current.Load().config
}

// look reads the files if they have changed, or could not be used before.
func (c *certificates) look() {
	have := c.current.Load()
	before := stat(c.files.files())
	if have.fault == "" && sameFiles(have.before, before) {
		return
	}
	next := &loaded{config: have.config, before: before}
	config, err := c.files.Load()
	switch {
	case err == nil:
		next.config = config
		c.log.Info("the certificate has changed and is used from now on: " + c.files.Cert)
	case err.Error() != have.fault:
		c.log.Error(fmt.Sprintf("the certificate has changed and cannot be used, the one before it still is: %v", err))
	}
	if err != nil {
		next.fault = err.Error()
	}
	c.current.Store(next)
}

// stat is taken before the files are read: one that changes meanwhile is then
// read again at the next look.
func stat(files []string) []os.FileInfo {
	infos := make([]os.FileInfo, len(files))
	for i, file := range files {
		if info, err := os.Stat(file); err == nil { // else reading it will tell why
			infos[i] = info
		}
	}
	return infos
}

func sameFiles(a, b []os.FileInfo) bool {
	for i := range a {
		switch {
		case a[i] == nil || b[i] == nil:
			return false
		case !os.SameFile(a[i], b[i]), a[i].Size() != b[i].Size(), !a[i].ModTime().Equal(b[i].ModTime()):
			return false
		}
	}
	return true
}
