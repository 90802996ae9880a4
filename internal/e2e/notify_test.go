package e2e_test

import (
	"net"
	"regexp"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// managerOf is the key under which a script has its service manager.
type managerOf struct{}

// managerBox holds the service manager of a script, once it has one.
type managerBox struct{ *net.UnixConn }

// manager is a service manager: it listens at a unix datagram socket, and sets
// NOTIFY_SOCKET for the commands that follow.
func manager(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1, "manager SOCKET")
	path := ts.MkAbs(args[0])
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	ts.Check(err)
	ts.Defer(func() { _ = c.Close() }) // nothing was written
	ts.Value(managerOf{}).(*managerBox).UnixConn = c
	ts.Setenv("NOTIFY_SOCKET", path)
}

// told checks the next datagram that the service manager gets.
func told(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1, "told PATTERN")
	c := ts.Value(managerOf{}).(*managerBox).UnixConn
	if c == nil {
		ts.Fatalf("there is no manager yet")
	}
	ts.Check(c.SetReadDeadline(time.Now().Add(patience)))
	buf := make([]byte, 4096)
	n, err := c.Read(buf)
	ts.Check(err)
	if !regexp.MustCompile(args[0]).Match(buf[:n]) {
		ts.Fatalf("the service manager was told %q, want %s", buf[:n], args[0])
	}
}
