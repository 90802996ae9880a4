package httpd_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/httpd"
)

func bind(t *testing.T, a httpd.Address) *httpd.Socket {
	t.Helper()
	s, err := httpd.Bind(a, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // it may be closed
	return s
}

// answerOn serves one life of a server on the socket, during which do is called.
func answerOn(t *testing.T, s *httpd.Socket, answer string, do func()) {
	t.Helper()
	l, err := s.Lend()
	if err != nil {
		t.Fatal(err)
	}
	server := httpd.NewServer(httpd.Address{}, []httpd.Route{{
		Prefix:  "/",
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) }),
	}}, slog.New(slog.DiscardHandler))
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	do()
	if err := server.Stop(context.Background()); err != nil {
		t.Errorf("stop: %v", err)
	}
	if err := <-done; err != nil {
		t.Errorf("serve: %v", err)
	}
}

// get asks over the connection, which is closed behind the answer.
func get(t *testing.T, conn net.Conn) string {
	t.Helper()
	defer conn.Close()
	if _, err := conn.Write([]byte("GET / HTTP/1.0\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	buffer := make([]byte, 4096)
	for {
		n, err := conn.Read(buffer)
		all.Write(buffer[:n])
		if err != nil {
			return all.String()
		}
	}
}

func dial(t *testing.T, path string) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestWhoComesBetweenTwoServersWaits(t *testing.T) {
	a := socket(t)
	s := bind(t, a)
	answerOn(t, s, "first", func() {
		if got := get(t, dial(t, a.Path)); !strings.Contains(got, "first") {
			t.Errorf("the first server answers %q", got)
		}
	})
	between := dial(t, a.Path)
	answerOn(t, s, "second", func() {
		if got := get(t, between); !strings.Contains(got, "second") {
			t.Errorf("who came between gets %q", got)
		}
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(a.Path); !os.IsNotExist(err) {
		t.Errorf("the path is left behind: %v", err)
	}
}

func TestSocketFits(t *testing.T) {
	a := socket(t)
	s := bind(t, a)
	for name, tt := range map[string]struct {
		change func(*httpd.Address)
		want   bool
	}{
		"the same":         {func(*httpd.Address) {}, true},
		"another password": {func(a *httpd.Address) { a.Username, a.Password = "u", "p" }, true},
		"a certificate":    {func(a *httpd.Address) { a.TLS = httpd.TLS{Cert: "c", Key: "k"} }, true},
		"tokens":           {func(a *httpd.Address) { a.Tokens = auth.NewTokens(auth.Token{}) }, true},
		"another section":  {func(a *httpd.Address) { a.Section = "unix_http_server:b" }, true},
		"another mode":     {func(a *httpd.Address) { a.Mode = 0o770 }, false},
		"another path":     {func(a *httpd.Address) { a.Path += "2" }, false},
		"another network":  {func(a *httpd.Address) { a.Network = "tcp" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			asked := a
			tt.change(&asked)
			if got := s.Fits(asked); got != tt.want {
				t.Errorf("Fits = %v, want %v", got, tt.want)
			}
		})
	}
	if err := os.Remove(a.Path); err != nil {
		t.Fatal(err)
	}
	if s.Fits(a) {
		t.Error("a socket whose path was removed still fits")
	}
}
