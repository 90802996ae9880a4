package httpd_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/httpd"
)

// pipes is a listener whose connections are in memory, so that a server works
// in virtual time.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// inBubble gives test a connection to a server of handler, in virtual time.
func inBubble(t *testing.T, handler http.HandlerFunc, test func(t *testing.T, conn net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		s := httpd.NewServer(httpd.Address{}, []httpd.Route{{Prefix: "/", Handler: handler}}, slog.New(slog.DiscardHandler))
		done := make(chan error, 1)
		go func() { done <- s.Serve(l) }()
		ours, theirs := net.Pipe()
		l.conns <- theirs
		defer func() {
			_ = ours.Close() // the server may have done so
			if err := errors.Join(s.Stop(context.Background()), <-done); err != nil {
				t.Error(err)
			}
		}()
		test(t, ours)
	})
}

// hello answers with the body that it got.
func hello(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }

func write(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
}

// TestTheServerWaitsOnlySoLong: for each thing that a client can be slow with.
func TestTheServerWaitsOnlySoLong(t *testing.T) {
	for title, tt := range map[string]struct {
		say   string        // at the beginning
		drip  string        // again and again, every second
		waits time.Duration // until it hangs up
		want  string        // what the answer, if any, begins with
	}{
		"for a first request":              {"", "", 10 * time.Second, ""},
		"for a header":                     {"GET / HTTP/1.1\r\n", "X: y\r\n", 10 * time.Second, ""},
		"for a body":                       {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n", "x", 60 * time.Second, "HTTP/1.1 408 "},
		"for a body that it does not want": {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999\r\n\r\n", "", time.Second, "HTTP/1.1 413 "},
		"for another request":              {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "", 5 * time.Minute, "HTTP/1.1 200 "},
	} {
		t.Run(title, func(t *testing.T) {
			inBubble(t, hello, func(t *testing.T, conn net.Conn) {
				start := time.Now()
				var dripping sync.WaitGroup
				dripping.Go(func() {
					_, err := io.WriteString(conn, tt.say)
					for tt.drip != "" && err == nil { // until it hangs up
						time.Sleep(time.Second)
						_, err = io.WriteString(conn, tt.drip)
					}
				})
				got, err := io.ReadAll(conn)
				if err != nil || !strings.HasPrefix(string(got), tt.want) || tt.want == "" && len(got) > 0 {
					t.Errorf("the answer is %q, %v, want %q", got, err, tt.want)
				}
				if took := time.Since(start); took > tt.waits+time.Second || took < tt.waits-time.Second {
					t.Errorf("it hung up after %v, want about %v", took, tt.waits)
				}
				_ = conn.Close()
				dripping.Wait()
			})
		})
	}
}

// TestAHandlerMayTakeItsTime: the limits are for clients. What waits for a
// process answers after an hour, too.
func TestAHandlerMayTakeItsTime(t *testing.T) {
	slow := func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Hour)
		hello(w, r)
	}
	inBubble(t, slow, func(t *testing.T, conn net.Conn) {
		write(t, conn, "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc")
		got, err := io.ReadAll(conn)
		if err != nil || !strings.HasSuffix(string(got), "abc") {
			t.Errorf("the answer is %q, %v", got, err)
		}
	})
}

// TestAClientThatTakesNothing: it is given up, one that takes a little is not.
func TestAClientThatTakesNothing(t *testing.T) {
	var failed error
	chunk := bytes.Repeat([]byte("x"), 64<<10)
	stream := func(w http.ResponseWriter, _ *http.Request) {
		for failed == nil {
			_, failed = w.Write(chunk)
		}
	}
	inBubble(t, stream, func(t *testing.T, conn net.Conn) {
		write(t, conn, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
		for range 10 {
			time.Sleep(50 * time.Second)
			if _, err := io.ReadFull(conn, make([]byte, len(chunk))); err != nil {
				t.Fatalf("a client that takes a little is given up: %v", err)
			}
		}
		time.Sleep(2*time.Minute + time.Second)
		synctest.Wait()
		if failed == nil {
			t.Error("after two minutes the handler still writes")
		}
	})
}

// TestRequestsAreTraced: a line each, in the form of the original.
func TestRequestsAreTraced(t *testing.T) {
	for title, tt := range map[string]struct {
		level slog.Level
		from  string
		want  string // a pattern of the line
	}{
		"from a port":        {-8, "192.0.2.1:1234", `^192\.0\.2\.1:1234 - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "POST /x\?y=z HTTP/1\.1" 200 5$`},
		"from a unix socket": {-8, "@", `^localhost:0 - - `},
		"not at debug":       {slog.LevelDebug, "@", `^$`},
	} {
		t.Run(title, func(t *testing.T) {
			var log bytes.Buffer
			text := slog.NewTextHandler(&log, &slog.HandlerOptions{Level: tt.level})
			s := httpd.NewServer(httpd.Address{}, []httpd.Route{{Prefix: "/", Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "hello")
			})}}, slog.New(text))
			r := httptest.NewRequest("POST", "/x?y=z", nil)
			r.Header.Set("Content-Length", "0")
			r.RemoteAddr = tt.from
			s.ServeHTTP(httptest.NewRecorder(), r)
			_, message, _ := strings.Cut(log.String(), " msg=")
			if line, err := strconv.Unquote(strings.TrimSpace(message)); err == nil {
				message = line
			}
			if !regexp.MustCompile(tt.want).MatchString(message) {
				t.Errorf("logged %q, want %s", message, tt.want)
			}
		})
	}
}

// TestIdleConnectionsCostLittle: what many clients that stay connected take of
// the heap and of stacks, each.
func TestIdleConnectionsCostLittle(t *testing.T) {
	const clients, most = 200, 40 << 10
	address, _ := serve(t, httpd.Address{}, httpd.Route{Prefix: "/", Handler: http.HandlerFunc(hello)})
	before := inUse()
	for range clients {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() }) // nothing is left to say
		write(t, conn, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
		if answer := make([]byte, 9); readFull(conn, answer) != nil || string(answer) != "HTTP/1.1 " {
			t.Fatalf("the answer begins with %q", answer)
		}
	}
	each := (inUse() - before) / clients
	t.Logf("%d bytes for each idle connection", each)
	if each > most {
		t.Errorf("an idle connection costs %d bytes, want at most %d", each, most)
	}
}

func readFull(r io.Reader, p []byte) error {
	_, err := io.ReadFull(r, p)
	return err
}

// inUse is the memory that the heap and stacks hold.
func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
