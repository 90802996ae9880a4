package httpd

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
)

// crowd holds a server to Address.Connections.
type crowd struct {
	most int64
	log  *slog.Logger

	here atomic.Int64
	full atomic.Bool // and it was said
}

// connState is http.Server.ConnState.
func (c *crowd) connState(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		if here := c.here.Add(1); c.most == 0 || here <= c.most {
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
