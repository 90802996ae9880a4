package httpd

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// warnings counts what is logged at WARN.
type warnings struct {
	slog.Handler

	n atomic.Int32
}

func (w *warnings) Enabled(context.Context, slog.Level) bool { return true }

func (w *warnings) Handle(_ context.Context, r slog.Record) error {
	if r.Level == slog.LevelWarn {
		w.n.Add(1)
	}
	return nil
}

func TestConnectionsTooManyAreClosed(t *testing.T) {
	var said warnings
	c := &crowd{most: 2, log: slog.New(&said)}
	closed := make(chan struct{}, 10)
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		c.connState(conn, state)
		if state == http.StateClosed {
			closed <- struct{}{}
		}
	}
	s.Start()
	defer s.Close()
	address := s.Listener.Addr().String()
	answered := func(conn net.Conn) bool {
		t.Helper()
		if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
			return false
		}
		line, err := bufio.NewReader(conn).ReadString('\n')
		return err == nil && strings.Contains(line, "404")
	}
	var conns []net.Conn
	for range 4 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conns = append(conns, conn)
		if got, want := answered(conn), len(conns) <= 2; got != want {
			t.Errorf("connection %d is answered: %v, want %v", len(conns), got, want)
		}
	}
	if got := said.n.Load(); got != 1 {
		t.Errorf("the log says it %d times, want once for a burst", got)
	}
	conns[0].Close()
	for range 3 { // it, and the two that were too many
		<-closed
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if !answered(conn) {
		t.Error("one has gone, and another is refused")
	}
}
