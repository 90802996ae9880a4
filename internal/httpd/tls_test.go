package httpd_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/certtest"
	"github.com/watchkeeper-go/watchkeeper/internal/httpd"
)

// site is a directory with an authority and what it has signed.
type site struct {
	t         *testing.T
	dir       string
	authority *certtest.Authority
	tls       httpd.TLS
}

func newSite(t *testing.T) site {
	t.Helper()
	authority, err := certtest.New()
	if err != nil {
		t.Fatal(err)
	}
	s := site{t: t, dir: t.TempDir(), authority: authority}
	s.tls.Cert, s.tls.Key = s.issue("server")
	return s
}

func (s site) issue(name string) (cert, key string) {
	s.t.Helper()
	cert, key, err := s.authority.Write(s.dir, name)
	if err != nil {
		s.t.Fatal(err)
	}
	return cert, key
}

// trusting is a client that makes a connection for each request.
func (s site) trusting(certificates ...tls.Certificate) *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{
		RootCAs: s.authority.Pool(), Certificates: certificates,
	}}}
}

func (s site) pair(name string) tls.Certificate {
	s.t.Helper()
	pair, err := tls.LoadX509KeyPair(s.issue(name))
	if err != nil {
		s.t.Fatal(err)
	}
	return pair
}

// whoami answers with the identity.
func whoami() httpd.Route {
	return httpd.Route{Prefix: "/", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := auth.From(r.Context())
		_, _ = io.WriteString(w, id.Name+"/"+id.Role.String())
	})}
}

// ask gives the status and the body, or the error.
func ask(t *testing.T, client *http.Client, url, authorization string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	response, err := client.Do(r)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		return response.Status + " " + response.Header.Get("WWW-Authenticate")
	}
	return string(body)
}

const basic = "Basic dTpwOnc=" // u:p:w

// TestWhoIsLetIn: each row is a server, what a client sends, and as whom it is let in.
func TestWhoIsLetIn(t *testing.T) {
	s := newSite(t)
	ca, err := s.authority.WriteCA(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	mutual := s.tls
	mutual.ClientCA = ca
	secret, hash := auth.NewSecret()
	tokens := auth.NewTokens(auth.Token{Name: "ci", Role: auth.Operator, Hash: hash})
	stranger := newSite(t).pair("stranger")
	known := s.pair("laptop")
	bearer := "Bearer " + secret
	for title, tt := range map[string]struct {
		server        httpd.Address
		authorization string
		certificates  []tls.Certificate
		want          string
	}{
		"plain, open":                         {httpd.Address{}, "", nil, "/admin"},
		"plain, open, a header that is moot":  {httpd.Address{}, "Bearer x", nil, "/admin"},
		"plain, open, a token":                {httpd.Address{Tokens: tokens}, bearer, nil, "token:ci/operate"},
		"plain, open, a wrong token":          {httpd.Address{Tokens: tokens}, "Bearer x", nil, `401 Unauthorized Bearer realm="default", error="invalid_token"`},
		"plain, open in spite of tokens":      {httpd.Address{Tokens: tokens}, "", nil, "/admin"},
		"plain, password":                     {httpd.Address{Username: "u", Password: "p:w", Tokens: tokens}, basic, nil, "u/admin"},
		"plain, password, a token":            {httpd.Address{Username: "u", Password: "p:w", Tokens: tokens}, bearer, nil, "token:ci/operate"},
		"plain, password, nothing":            {httpd.Address{Username: "u", Password: "p:w", Tokens: tokens}, "", nil, `401 Unauthorized Basic realm="default"`},
		"plain, password, a token of nobody":  {httpd.Address{Username: "u", Password: "p:w"}, bearer, nil, `401 Unauthorized Basic realm="default"`},
		"TLS, nothing is configured":          {httpd.Address{TLS: s.tls}, "", nil, `401 Unauthorized Bearer realm="default"`},
		"TLS, a token where there is none":    {httpd.Address{TLS: s.tls}, bearer, nil, `401 Unauthorized Bearer realm="default"`},
		"TLS, password":                       {httpd.Address{TLS: s.tls, Username: "u", Password: "p:w"}, basic, nil, "u/admin"},
		"TLS, password, nothing":              {httpd.Address{TLS: s.tls, Username: "u", Password: "p:w"}, "", nil, `401 Unauthorized Basic realm="default"`},
		"TLS, a token":                        {httpd.Address{TLS: s.tls, Tokens: tokens}, bearer, nil, "token:ci/operate"},
		"TLS, tokens, nothing":                {httpd.Address{TLS: s.tls, Tokens: tokens}, "", nil, `401 Unauthorized Bearer realm="default"`},
		"TLS, tokens and a password of none":  {httpd.Address{TLS: s.tls, Tokens: tokens}, basic, nil, `401 Unauthorized Bearer realm="default"`},
		"mutual, a certificate":               {httpd.Address{TLS: mutual}, "", []tls.Certificate{known}, "laptop/admin"},
		"mutual, a certificate and a token":   {httpd.Address{TLS: mutual, Tokens: tokens}, bearer, []tls.Certificate{known}, "token:ci/operate"},
		"mutual, a certificate, no password":  {httpd.Address{TLS: mutual, Username: "u", Password: "p:w"}, "", []tls.Certificate{known}, `401 Unauthorized Basic realm="default"`},
		"mutual, no certificate":              {httpd.Address{TLS: mutual}, "", nil, "certificate required"},
		"mutual, a token is no certificate":   {httpd.Address{TLS: mutual, Tokens: tokens}, bearer, nil, "certificate required"},
		"mutual, a certificate of a stranger": {httpd.Address{TLS: mutual}, "", []tls.Certificate{stranger}, "unknown certificate authority"},
	} {
		t.Run(title, func(t *testing.T) {
			address, _ := serve(t, tt.server, whoami())
			url := "http://" + address
			if tt.server.TLS.On() {
				url = "https://" + address
			}
			got := ask(t, s.trusting(tt.certificates...), url, tt.authorization)
			if !strings.HasSuffix(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A token in the URL is not looked at: URLs get into logs and histories.
func TestTokensAreNotReadFromURLs(t *testing.T) {
	secret, hash := auth.NewSecret()
	closed, _ := serve(t, httpd.Address{Username: "u", Password: "p:w", Tokens: auth.NewTokens(auth.Token{Role: auth.Admin, Hash: hash})}, whoami())
	for _, query := range []string{"access_token=", "token=", "authorization=Bearer%20"} {
		if got := ask(t, http.DefaultClient, "http://"+closed+"/?"+query+secret, ""); !strings.HasPrefix(got, "401") {
			t.Errorf("%s: %s", query, got)
		}
	}
}

func TestTokensAreNotLogged(t *testing.T) {
	secret, hash := auth.NewSecret()
	var log safeBuffer
	a := httpd.Address{Network: "tcp", Host: "127.0.0.1", Tokens: auth.NewTokens(auth.Token{Name: "ci", Role: auth.Viewer, Hash: hash})}
	address := serveLogged(t, a, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.Level(-8)})))
	if got := ask(t, http.DefaultClient, "http://"+address+"/", "Bearer "+secret); got != "token:ci/read" {
		t.Fatalf("got %s", got)
	}
	if got := ask(t, http.DefaultClient, "http://"+address+"/", "Bearer "+secret+"x"); !strings.HasPrefix(got, "401") {
		t.Fatalf("got %s", got)
	}
	if text := log.String(); strings.Count(text, "GET /") != 2 || strings.Contains(text, secret) || strings.Contains(text, hash.String()) {
		t.Errorf("the log is\n%s", text)
	}
}

// A page that rebound our name is refused on an open server with TLS, too,
// unless it has a token.
func TestRebindingAndTokens(t *testing.T) {
	secret, hash := auth.NewSecret()
	open, _ := serve(t, httpd.Address{Tokens: auth.NewTokens(auth.Token{Role: auth.Viewer, Hash: hash})}, whoami())
	const page = "GET / HTTP/1.0\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n"
	if got := say(t, open, page+"\r\n"); !strings.Contains(got, "403 Forbidden") {
		t.Errorf("without a token:\n%s", got)
	}
	if got := say(t, open, page+"Authorization: Bearer x\r\n\r\n"); !strings.Contains(got, "401 Unauthorized") {
		t.Errorf("with a wrong token:\n%s", got)
	}
	if got := say(t, open, page+"Authorization: Bearer "+secret+"\r\n\r\n"); !strings.Contains(got, "200 OK") {
		t.Errorf("with a token:\n%s", got)
	}
}

// tlsBubble gives test connections to a server with TLS, in virtual time.
func tlsBubble(t *testing.T, files httpd.TLS, log *slog.Logger, test func(t *testing.T, dial func() net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		s := httpd.NewServer(httpd.Address{TLS: files}, []httpd.Route{whoami()}, log)
		done := make(chan error, 1)
		go func() { done <- s.Serve(l) }()
		defer func() {
			if err := errors.Join(s.Stop(context.Background()), <-done); err != nil {
				t.Error(err)
			}
		}()
		test(t, func() net.Conn {
			ours, theirs := net.Pipe()
			l.conns <- theirs
			return ours
		})
	})
}

// TestRenewal: a server shows what its files hold, without a restart, and the
// last that could be used while they hold nothing of use.
func TestRenewal(t *testing.T) {
	s, now := newSite(t), time.Now() // in the bubble it is the year 2000
	renewedCert, renewedKey := s.issue("renewed")
	var log safeBuffer
	tlsBubble(t, s.tls, slog.New(slog.NewTextHandler(&log, nil)), func(t *testing.T, dial func() net.Conn) {
		shown := func() *x509.Certificate {
			t.Helper()
			conn := tls.Client(dial(), &tls.Config{RootCAs: s.authority.Pool(), ServerName: "localhost", Time: func() time.Time { return now }})
			defer conn.Close()
			if err := conn.Handshake(); err != nil {
				t.Fatal(err)
			}
			return conn.ConnectionState().PeerCertificates[0]
		}
		told := func(what string) int { return strings.Count(log.String(), what) }
		first := shown()

		if err := os.WriteFile(s.tls.Key, []byte("half a key"), 0o600); err != nil {
			t.Fatal(err)
		}
		if !shown().Equal(first) || told("cannot be used") != 0 {
			t.Error("the files were looked at twice in a second")
		}
		for range 3 {
			time.Sleep(time.Second)
			if !shown().Equal(first) {
				t.Error("the server does not show what it had")
			}
		}
		if n := told("cannot be used"); n != 1 {
			t.Errorf("the log tells %d times what cannot be used:\n%s", n, log.String())
		}

		if err := errors.Join(os.Rename(renewedKey, s.tls.Key), os.Rename(renewedCert, s.tls.Cert)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		second := shown()
		if second.Equal(first) || told("is used from now on") != 1 {
			t.Errorf("the new certificate is not shown, or not told of:\n%s", log.String())
		}

		if err := os.Remove(s.tls.Cert); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if !shown().Equal(second) || told("no such file") != 1 {
			t.Errorf("a certificate that is gone is not told of:\n%s", log.String())
		}
	})
}

// A client that opens a connection and does not shake hands is cut off as one
// that sends no header.
func TestTheServerWaitsForTheHandshakeOnlySoLong(t *testing.T) {
	s := newSite(t)
	tlsBubble(t, s.tls, slog.New(slog.DiscardHandler), func(t *testing.T, dial func() net.Conn) {
		conn, start := dial(), time.Now()
		defer conn.Close()
		if _, err := io.ReadAll(conn); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took > 11*time.Second {
			t.Errorf("it hung up after %v", took)
		}
	})
}

func TestLoadNamesWhatIsWrong(t *testing.T) {
	s := newSite(t)
	_, otherKey := s.issue("other")
	garbage := filepath.Join(s.dir, "garbage")
	if err := os.WriteFile(garbage, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for title, tt := range map[string]struct {
		files httpd.TLS
		want  string
	}{
		"no certificate":     {httpd.TLS{Cert: garbage + "?", Key: s.tls.Key}, "read the certificate: open " + garbage + "?"},
		"no key":             {httpd.TLS{Cert: s.tls.Cert, Key: garbage + "?"}, "read the key: open " + garbage + "?"},
		"key of another":     {httpd.TLS{Cert: s.tls.Cert, Key: otherKey}, "private key does not match public key"},
		"garbage":            {httpd.TLS{Cert: garbage, Key: s.tls.Key}, "use certificate " + garbage},
		"no authorities":     {httpd.TLS{Cert: s.tls.Cert, Key: s.tls.Key, ClientCA: garbage + "?"}, "read the authorities of clients"},
		"garbage for them":   {httpd.TLS{Cert: s.tls.Cert, Key: s.tls.Key, ClientCA: garbage}, garbage + " has no certificate in PEM"},
		"a directory":        {httpd.TLS{Cert: s.dir, Key: s.tls.Key}, "read the certificate"},
		"a key for the cert": {httpd.TLS{Cert: s.tls.Key, Key: s.tls.Key}, "use certificate " + s.tls.Key},
	} {
		t.Run(title, func(t *testing.T) {
			if _, err := tt.files.Load(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
}

// A server whose certificate cannot be used does not serve, with TLS or without.
func TestNothingIsServedWithoutACertificate(t *testing.T) {
	a := httpd.Address{Network: "tcp", Host: "127.0.0.1", TLS: httpd.TLS{Cert: "/nonexistent/c", Key: "/nonexistent/k"}}
	l, err := httpd.Listen(a, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = httpd.NewServer(a, []httpd.Route{whoami()}, slog.New(slog.DiscardHandler)).Serve(l)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Serve: %v, want that there is no such file", err)
	}
	if conn, err := net.Dial("tcp", l.Addr().String()); err == nil {
		conn.Close()
		t.Error("the socket is open")
	}
}

// What speaks no TLS gets an answer that says so.
func TestPlainHTTPToAServerWithTLS(t *testing.T) {
	s := newSite(t)
	address, _ := serve(t, httpd.Address{TLS: s.tls}, whoami())
	if got := say(t, address, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); !strings.Contains(got, "400 Bad Request") {
		t.Errorf("got %q", got)
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	s := newSite(t)
	address, _ := serve(t, httpd.Address{TLS: s.tls}, whoami())
	for version, good := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: s.authority.Pool(), ServerName: "localhost", MinVersion: version, MaxVersion: version})
		if err == nil {
			conn.Close()
		}
		if (err == nil) != good {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
	}
}

// serveLogged is serve with a log.
func serveLogged(t *testing.T, a httpd.Address, log *slog.Logger) (address string) {
	t.Helper()
	l, err := httpd.Listen(a, nil)
	if err != nil {
		t.Fatal(err)
	}
	server := httpd.NewServer(a, []httpd.Route{whoami()}, log)
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		if err := errors.Join(server.Stop(context.Background()), <-done); err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// safeBuffer is a log that a test reads while a server writes it.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
