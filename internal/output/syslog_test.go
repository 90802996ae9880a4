package output_test

import (
	"bufio"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
)

func TestSyslog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	listen := func() *net.UnixConn {
		conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	want := func(conn *net.UnixConn, text string) {
		t.Helper()
		buffer := make([]byte, 1000)
		n, err := conn.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		form := `^<14>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d supervisord: ` + regexp.QuoteMeta(text) + `$`
		if !regexp.MustCompile(form).Match(buffer[:n]) {
			t.Errorf("got %q, want it to match %s", buffer[:n], form)
		}
	}
	daemon := listen()
	s := output.NewSyslogAt("supervisord", path)
	defer s.Close()
	s.WriteLine("web a line")
	want(daemon, "web a line")
	daemon.Close()
	removeIfThere(t, path)
	daemon = listen() // it was restarted
	s.WriteLine("web another")
	want(daemon, "web another")
	daemon.Close()
	removeIfThere(t, path)
	s.WriteLine("lost") // and does not wait
}

// A system logger that does not read holds nobody up for more than a moment.
func TestSyslogThatDoesNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	daemon, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer daemon.Close()
	s := output.NewSyslogAt("supervisord", path)
	defer s.Close()
	start := time.Now()
	for range 10_000 {
		s.WriteLine("a line")
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("10000 lines took %v", took)
	}
}

// The C library ends a record of a stream with a zero byte, and so do we.
func TestSyslogOverAStream(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	daemon, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer daemon.Close()
	s := output.NewSyslogAt("supervisord", path)
	defer s.Close()
	s.WriteLine("a line")
	conn, err := daemon.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	got, err := bufio.NewReader(conn).ReadString(0)
	if err != nil || !strings.HasSuffix(got, " supervisord: a line\x00") {
		t.Errorf("got %q, %v", got, err)
	}
}
