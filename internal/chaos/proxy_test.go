package chaos_test

import (
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/chaos"
)

// echo is a server that sends back what it gets.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.Copy(c, c)
				_ = c.Close()
			}()
		}
	}()
	return l.Addr().String()
}

func TestProxyCutsAndStalls(t *testing.T) {
	p, err := chaos.NewProxy("tcp", echo(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", p.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	said := func(c net.Conn, wait time.Duration) error {
		t.Helper()
		if err := c.SetDeadline(time.Now().Add(wait)); err != nil {
			t.Fatal(err)
		}
		_, err := io.ReadFull(c, make([]byte, 4))
		return err
	}
	c := dial()
	if _, err := c.Write([]byte("ping")); err != nil {
		t.Fatal(err)
	}
	if err := said(c, 10*time.Second); err != nil {
		t.Fatalf("through the proxy: %v", err)
	}
	resume := p.Stall()
	if _, err := c.Write([]byte("ping")); err != nil {
		t.Fatal(err)
	}
	if err := said(c, 50*time.Millisecond); !os.IsTimeout(err) {
		t.Errorf("while it stalls: %v, want a timeout", err)
	}
	resume()
	if err := said(c, 10*time.Second); err != nil {
		t.Errorf("after the stall: %v", err)
	}
	p.Cut()
	if err := said(c, 10*time.Second); err == nil || os.IsTimeout(err) {
		t.Errorf("after the cut: %v, want the end of the connection", err)
	}
	c = dial()
	if _, err := c.Write([]byte("ping")); err != nil {
		t.Fatal(err)
	}
	if err := said(c, 10*time.Second); err != nil {
		t.Errorf("a connection after the cut: %v", err)
	}
}
