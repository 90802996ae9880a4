package client_test

import (
	"crypto/tls"
	"errors"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/client"
	"github.com/watchkeeper-go/watchkeeper/internal/certtest"
)

// certificates are files of an authority: its own, and a pair that it signed.
type certificates struct{ authority, cert, key string }

func issue(t *testing.T) certificates {
	t.Helper()
	authority, err := certtest.New()
	if err != nil {
		t.Fatal(err)
	}
	var c certificates
	dir := t.TempDir()
	c.authority, err = authority.WriteCA(dir)
	if err != nil {
		t.Fatal(err)
	}
	if c.cert, c.key, err = authority.Write(dir, "host"); err != nil {
		t.Fatal(err)
	}
	return c
}

// serveTLS answers calls on https://127.0.0.1 and wants a certificate of the
// client when mutual is set.
func serveTLS(t *testing.T, c certificates, mutual bool) (url string) {
	t.Helper()
	config, err := client.LoadTLS(c.authority, c.cert, c.key)
	if err != nil {
		t.Fatal(err)
	}
	if mutual {
		config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, config.RootCAs
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(echo))
	s.TLS = config
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// version calls a method of the server with the files.
func version(t *testing.T, url, ca, cert, key string) error {
	t.Helper()
	config, err := client.LoadTLS(ca, cert, key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(client.Options{ServerURL: url, TLS: config})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.Call(t.Context(), "supervisor.getVersion")
	return err
}

func TestHTTPS(t *testing.T) {
	here, elsewhere := issue(t), issue(t)
	url := serveTLS(t, here, false)
	if err := version(t, url, here.authority, "", ""); err != nil {
		t.Errorf("the authority is known: %v", err)
	}
	if err := version(t, strings.Replace(url, "127.0.0.1", "localhost", 1), here.authority, "", ""); err != nil {
		t.Errorf("by name: %v", err)
	}
	for title, ca := range map[string]string{"another authority": elsewhere.authority, "whom the machine trusts": ""} {
		err := version(t, url, ca, "", "")
		if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok {
			t.Errorf("%s: %v, want that the certificate cannot be verified", title, err)
		}
	}
}

func TestHTTPToTLS(t *testing.T) {
	url := strings.Replace(serveTLS(t, issue(t), false), "https://", "http://", 1)
	err := version(t, url, "", "", "")
	if _, ok := errors.AsType[*client.HTTPError](err); !ok || !errors.Is(err, client.ErrWantsTLS) {
		t.Errorf("a call fails with %v", err)
	}
	c, err := client.New(client.Options{ServerURL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Scheduler(t.Context()); !errors.Is(err, client.ErrWantsTLS) {
		t.Errorf("a request to the API fails with %v", err)
	}
}

func TestClientCertificate(t *testing.T) {
	here, elsewhere := issue(t), issue(t)
	url := serveTLS(t, here, true)
	if err := version(t, url, here.authority, here.cert, here.key); err != nil {
		t.Errorf("with a certificate: %v", err)
	}
	for title, pair := range map[string]certificates{"none": {}, "of a stranger": elsewhere} {
		err := version(t, url, here.authority, pair.cert, pair.key)
		if e, ok := errors.AsType[*net.OpError](err); !ok || e.Op != "remote error" {
			t.Errorf("%s: %v, want the server's alert", title, err)
		}
	}
}

func TestBearer(t *testing.T) {
	var got string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("Authorization")
		if r.URL.RawQuery != "" {
			t.Errorf("the query is %s", r.URL.RawQuery)
		}
		echo(w, r)
	}))
	t.Cleanup(s.Close)
	c, err := client.New(client.Options{ServerURL: s.URL, Username: "me", Password: "secret", Token: "wkt_x"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if _, err := c.Call(t.Context(), "m"); err != nil || got != "Bearer wkt_x" {
		t.Errorf("sent %q (error %v), want the token in place of the password", got, err)
	}
}

func TestLoadTLS(t *testing.T) {
	if config, err := client.LoadTLS("", "", ""); config != nil || err != nil {
		t.Errorf("without files: %v, %v", config, err)
	}
	c := issue(t)
	garbage := filepath.Join(t.TempDir(), "garbage")
	if err := os.WriteFile(garbage, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for title, tt := range map[string]struct {
		ca, cert, key string
		missing       bool
		want          string
	}{
		"no authority":       {ca: garbage + "?", missing: true, want: "who may sign"},
		"garbage":            {ca: garbage, want: "has no certificate"},
		"certificate alone":  {cert: c.cert, missing: true, want: c.cert},
		"key alone":          {key: c.key, missing: true, want: c.key},
		"garbage as the key": {cert: c.cert, key: garbage, want: garbage},
	} {
		_, err := client.LoadTLS(tt.ca, tt.cert, tt.key)
		if err == nil || !strings.Contains(err.Error(), tt.want) || errors.Is(err, fs.ErrNotExist) != tt.missing {
			t.Errorf("%s: %v", title, err)
		}
	}
}
