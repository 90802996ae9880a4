package e2e_test

import (
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/watchkeeper-go/watchkeeper/internal/redistest"
)

// redisServer starts a private Redis and sets a variable to its port.
func redisServer(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1, "redis VARIABLE")
	s, err := redistest.Start()
	ts.Check(err)
	ts.Defer(func() {
		if err := s.Stop(); err != nil {
			ts.Logf("stop Redis: %v", err)
		}
	})
	ts.Setenv(args[0], port(s.Address()))
}

// port is the last part of HOST:PORT.
func port(address string) string {
	for at := len(address) - 1; at >= 0; at-- {
		if address[at] == ':' {
			return address[at+1:]
		}
	}
	return ""
}
