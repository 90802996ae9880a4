package e2e_test

import (
	"net"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// connects tells whether somebody listens at a unix path or at host:port.
func connects(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, false, args, 1, "[!] connects ADDRESS")
	network, address := networkOf(ts, args[0])
	conn, err := net.Dial(network, address)
	if err == nil {
		ts.Check(conn.Close())
	}
	switch {
	case err != nil && !neg:
		ts.Fatalf("%v", err)
	case err == nil && neg:
		ts.Fatalf("somebody listens at %s", args[0])
	}
}

// networkOf completes an address, which is a path or host:port.
func networkOf(ts *testscript.TestScript, address string) (network, full string) {
	if strings.Contains(address, ":") {
		return "tcp", address
	}
	return "unix", ts.MkAbs(address)
}
