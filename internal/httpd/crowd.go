package httpd

import (
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// crowd keeps the connections of a server to a part of the files that the daemon may
// have open: the others are for its programs, so that no crowd of clients keeps one
// from being started. What comes beyond is closed.
type crowd struct {
	most int64
	log  *slog.Logger

	here atomic.Int64
	full atomic.Bool // and it was said
}

// crowdPart is how many servers could fill up together before programs suffer.
const crowdPart = 4

func newCrowd(log *slog.Logger) *crowd {
	most := int64(math.MaxInt64)
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err == nil && uint64(limit.Cur) < math.MaxInt64 {
		most = max(1, int64(limit.Cur)/crowdPart)
	}
	return &crowd{most: most, log: log}
}

// connState is http.Server.ConnState.
func (c *crowd) connState(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		if c.here.Add(1) <= c.most {
			return
		}
		if c.full.CompareAndSwap(false, true) {
			c.log.Warn(fmt.Sprintf("too many connections to %s: it has %d, more are closed at once", conn.LocalAddr(), c.most))
		}
		// Its StateClosed follows.
		if err := conn.Close(); err != nil {
			c.log.Debug("close a connection too many", "error", err)
		}
	case http.StateClosed, http.StateHijacked:
		if c.here.Add(-1) < c.most/2 {
			c.full.Store(false)
		}
	}
}
