package output_test

import (
	"net"
	"path/filepath"
	"regexp"
	"testing"

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
