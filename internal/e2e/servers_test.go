package e2e_test

import (
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/watchkeeper-go/watchkeeper/internal/redistest"
)

// redisOf is the key under which a script has its Redis.
type redisOf struct{}

// redisServer starts a private Redis, which keeps what it acknowledges, and sets
// a variable to its port; or kills it, or starts it again.
func redisServer(ts *testscript.TestScript, neg bool, args []string) {
	const usage = "redis VARIABLE | kill | restart"
	arguments(ts, neg, args, 1, usage)
	if args[0] == "kill" || args[0] == "restart" {
		s, ok := ts.Value(redisOf{}).(*redisBox)
		if !ok || s.Server == nil {
			ts.Fatalf("there is no Redis yet: %s", usage)
		}
		if args[0] == "kill" {
			ts.Check(s.Kill())
		} else {
			ts.Check(s.Restart())
		}
		return
	}
	s, err := redistest.Start("--appendonly", "yes", "--appendfsync", "always")
	ts.Check(err)
	ts.Defer(func() {
		if err := s.Stop(); err != nil {
			ts.Logf("stop Redis: %v", err)
		}
	})
	ts.Value(redisOf{}).(*redisBox).Server = s
	ts.Setenv(args[0], port(s.Address()))
}

// redisBox holds the Redis of a script, once it has one.
type redisBox struct{ *redistest.Server }

// port is the last part of HOST:PORT.
func port(address string) string {
	for at := len(address) - 1; at >= 0; at-- {
		if address[at] == ':' {
			return address[at+1:]
		}
	}
	return ""
}
