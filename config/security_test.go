package config_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/certtest"
)

const hashOfTest = "{SHA256}9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

// withCertificate writes a certificate and a configuration, in which $D is the directory.
func withCertificate(t *testing.T, text string) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	authority, err := certtest.New()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := authority.WriteCA(dir); err != nil {
		t.Fatal(err)
	}
	if _, _, err := authority.Write(dir, "server"); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "main.conf")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "$D", dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, path
}

func TestServersWithTLSAndTokens(t *testing.T) {
	t.Parallel()
	dir, path := withCertificate(t, `[supervisord]
[tls_server:main]
port = 127.0.0.1:9443
tls_cert = %(here)s/server.pem
tls_key = $D/server.key
tls_client_ca = $D/ca.pem
username = ops
password = pw
[unix_http_server]
file = /tmp/s.sock
[token:ci]
role = operate
token = `+strings.ToUpper(hashOfTest)+`
[token:board]
role = read
token = {SHA256}`+strings.Repeat("0", 64)+`
[supervisorctl]
serverurl = https://h:9443
token = wkt_x
tls_ca = ~/ca.pem
tls_cert = c.pem
tls_key = /k.pem
`)
	c, err := config.Load(path, config.System(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Notes) > 0 {
		t.Errorf("notes: %v", c.Notes)
	}
	wantServers := []config.Server{
		{Section: "unix_http_server", Network: "unix", Path: "/tmp/s.sock", Chmod: 0o700, ChownUID: -1, ChownGID: -1},
		{Section: "tls_server:main", Network: "tcp", Host: "127.0.0.1", Port: 9443, ChownUID: -1, ChownGID: -1,
			Username: "ops", Password: "pw", Auth: true,
			TLS: &config.ServerTLS{Cert: dir + "/server.pem", Key: dir + "/server.key", ClientCA: dir + "/ca.pem"}},
	}
	if diff := cmp.Diff(wantServers, c.Servers); diff != "" {
		t.Errorf("servers (-want +got):\n%s", diff)
	}
	wantTokens := []config.Token{
		{Name: "board", Role: config.ReadRole, Hash: "{SHA256}" + strings.Repeat("0", 64)},
		{Name: "ci", Role: config.OperateRole, Hash: hashOfTest},
	}
	if diff := cmp.Diff(wantTokens, c.Tokens); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
	if c.ServerURL != "unix:///tmp/s.sock" {
		t.Errorf("programs are told %q", c.ServerURL)
	}
	host := config.System()
	host.Home = func(string) (string, bool) { return "/home/me", true }
	host.Cwd = "/cwd"
	client, err := config.LoadClient(path, host)
	want := config.Client{ServerURL: "https://h:9443", Prompt: "supervisor", Token: "wkt_x",
		TLS: config.ClientTLS{CA: "/home/me/ca.pem", Cert: "/cwd/c.pem", Key: "/k.pem"}}
	if diff := cmp.Diff(want, client); diff != "" || err != nil {
		t.Errorf("client (-want +got), error %v:\n%s", err, diff)
	}
}

// Programs know http and unix only, so a server with TLS alone is none for them.
func TestProgramsAreNotToldOfServersWithTLS(t *testing.T) {
	t.Parallel()
	_, path := withCertificate(t, "[supervisord]\n[tls_server:main]\nport = 127.0.0.1:1\ntls_cert = $D/server.pem\ntls_key = $D/server.key\n")
	c, err := config.Load(path, config.System(), nil)
	if err != nil || c.ServerURL != "" {
		t.Errorf("programs are told %q (error %v)", c.ServerURL, err)
	}
}

// The JSON has keys of their own for what Supervisor does not have, and only
// where it is.
func TestJSONOfServersWithTLSAndTokens(t *testing.T) {
	t.Parallel()
	dir, path := withCertificate(t, `[supervisord]
[tls_server:main]
port = 127.0.0.1:9443
tls_cert = $D/server.pem
tls_key = $D/server.key
[token:ci]
role = admin
token = `+hashOfTest)
	c, err := config.Load(path, config.System(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := c.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	decode(t, b.Bytes(), &got)
	wantServers := []any{map[string]any{"section": "tls_server:main", "family": "inet", "host": "127.0.0.1", "port": 9443.0, "username": nil, "password": nil,
		"tls_cert": dir + "/server.pem", "tls_key": dir + "/server.key", "tls_client_ca": nil}}
	if diff := cmp.Diff(wantServers, got["tls_servers"]); diff != "" {
		t.Errorf("tls_servers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]any{map[string]any{"name": "ci", "role": "admin", "token": hashOfTest}}, got["tokens"]); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
	if servers := got["servers"]; len(servers.([]any)) != 0 {
		t.Errorf("servers are %v, want only those that Supervisor opens", servers)
	}
}

// A certificate that cannot be used is a fault on this machine; on another one
// nothing is known of it.
func TestCertificatesAreChecked(t *testing.T) {
	t.Parallel()
	dir, path := withCertificate(t, "[supervisord]\n[tls_server:main]\nport = 127.0.0.1:1\ntls_cert = $D/server.pem\ntls_key = $D/ca.pem\n")
	_, err := config.Load(path, config.System(), nil)
	want := fmt.Sprintf("%s/main.conf:4: [tls_server:main] tls_cert: it cannot be used with the key: ", dir)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	if _, err := config.Load(path, config.Portable(), nil); err != nil {
		t.Errorf("portable: %v", err)
	}
}

func TestExpiredCertificatesAreNoted(t *testing.T) {
	t.Parallel()
	dir, path := withCertificate(t, "[supervisord]\n[tls_server:main]\nport = 127.0.0.1:1\ntls_cert = $D/server.pem\ntls_key = $D/server.key\nusername = u\npassword = p\n")
	authority, err := certtest.New()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := authority.WriteUntil(dir, "server", time.Now().Add(-time.Minute)); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, config.System(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Notes) != 1 || !strings.Contains(c.Notes[0].Error(), "main.conf:4: [tls_server:main] tls_cert: it expired on ") {
		t.Errorf("notes: %v", c.Notes)
	}
}

func TestNamesOfSections(t *testing.T) {
	t.Parallel()
	for name, good := range map[string]bool{
		"ci": true, "a.b-c_d": true, "中": true, "": false, "a b": false, " a": false, "a:b": false, "a/b": false, "a]": false, "a\n[x]": false,
	} {
		if config.IsName(name) != good {
			t.Errorf("%q is a name: %v", name, !good)
		}
	}
}
