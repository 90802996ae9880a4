package ctl_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/client"
	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/certtest"
	"github.com/watchkeeper-go/watchkeeper/internal/ctl"
)

// daemonWithTLS answers getVersion and getPID to who shows token.
func daemonWithTLS(t *testing.T, mutual bool, token string) (url string, files config.ClientTLS) {
	t.Helper()
	authority, err := certtest.New()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if files.CA, err = authority.WriteCA(dir); err != nil {
		t.Fatal(err)
	}
	if files.Cert, files.Key, err = authority.Write(dir, "host"); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		value := "<string>3.0</string>"
		switch {
		case bytes.Contains(body, []byte("getPID")):
			value = "<int>42</int>"
		case bytes.Contains(body, []byte("stopProcess")):
			_, _ = io.WriteString(w, forbidden)
			return
		}
		_, _ = io.WriteString(w, "<?xml version='1.0'?><methodResponse><params><param><value>"+value+"</value></param></params></methodResponse>")
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if s.TLS, err = client.LoadTLS(files.CA, files.Cert, files.Key); err != nil {
		t.Fatal(err)
	}
	if mutual {
		s.TLS.ClientAuth, s.TLS.ClientCAs = tls.RequireAndVerifyClientCert, s.TLS.RootCAs
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL, files
}

// forbidden is what our daemon answers to a token of too small a role.
const forbidden = `<?xml version='1.0'?><methodResponse><fault><value><struct>
<member><name>faultCode</name><value><int>403</int></value></member>
<member><name>faultString</name><value><string>FORBIDDEN: supervisor.stopProcess needs the role operate</string></value></member>
</struct></value></fault></methodResponse>`

// TestTLS: what people read who talk to a server with TLS, and about it.
func TestTLS(t *testing.T) {
	const token = "wkt_token"
	open, files := daemonWithTLS(t, false, token)
	mutual, mutualFiles := daemonWithTLS(t, true, token)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	for title, tt := range map[string]struct {
		client config.Client
		code   int
		want   string
		words  []string
	}{
		"a token":              {config.Client{ServerURL: open, Token: token, TLS: config.ClientTLS{CA: files.CA}}, 0, "42\n", nil},
		"too small a role":     {config.Client{ServerURL: open, Token: token, TLS: config.ClientTLS{CA: files.CA}}, 1, "ERROR: not permitted: supervisor.stopProcess needs the role operate\n", []string{"stop", "web"}},
		"a wrong token":        {config.Client{ServerURL: open, Token: "x", TLS: config.ClientTLS{CA: files.CA}}, 1, "Server requires authentication\n", nil},
		"a stranger's server":  {config.Client{ServerURL: open, Token: token}, 4, open + ": its certificate is not trusted: ", nil},
		"jobs of a stranger":   {config.Client{ServerURL: open, Token: token}, 1, "Error: " + open + ": its certificate is not trusted: ", []string{"job", "list"}},
		"no certificate":       {config.Client{ServerURL: mutual, Token: token, TLS: config.ClientTLS{CA: mutualFiles.CA}}, 4, mutual + ": it wants a certificate of ours", nil},
		"a certificate":        {config.Client{ServerURL: mutual, Token: token, TLS: mutualFiles}, 0, "42\n", nil},
		"an authority of none": {config.Client{ServerURL: open, TLS: config.ClientTLS{CA: files.CA + "?"}}, 1, "error: <class 'OSError'>, read who may sign for the server: open ", nil},
		"files for http count not": {config.Client{ServerURL: plain.URL, TLS: config.ClientTLS{CA: files.CA + "?"}}, 1,
			"error: <class 'xmlrpc.client.ProtocolError'>, <ProtocolError for 127.0.0.1/RPC2: 404 Not Found>", nil},
		"a server without TLS": {config.Client{ServerURL: strings.Replace(plain.URL, "http", "https", 1)}, 4, "it does not speak TLS", nil},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			if tt.words == nil {
				tt.words = []string{"pid"}
			}
			var out bytes.Buffer
			code := ctl.Run(t.Context(), ctl.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Client: tt.client}, tt.words)
			if code != tt.code || !strings.Contains(out.String(), tt.want) {
				t.Errorf("exit %d and\n%s\nwant %d and %q", code, out.String(), tt.code, tt.want)
			}
		})
	}
}
