package redis

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// LogClients makes the client library, go-redis, tell its troubles to log instead
// of standard error, which it fills with a line for each attempt to connect
// while a server is away. log gets the first of them, as a warning, and the next
// once there was none for a minute: one an outage. nil: nothing is told;
// callers get the errors anyway.
//
// The library has one logger for the process. So this is for the program to
// call, before it opens stores, and not for a Store to do.
func LogClients(log *slog.Logger) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	redis.SetLogger(newClientLog(log))
}

// outageEnds is how long a trouble was not spoken of when it is over. Schedulers
// try again every ten seconds at least.
const outageEnds = time.Minute

// clientLog is the logger of go-redis.
type clientLog struct {
	log *slog.Logger

	mu   sync.Mutex
	said map[string]time.Time // what was said within outageEnds, and when last
}

func newClientLog(log *slog.Logger) *clientLog {
	return &clientLog{log: log, said: map[string]time.Time{}}
}

// Printf implements the interface that go-redis wants. What has the same format
// is the same trouble, whatever its arguments.
func (c *clientLog) Printf(ctx context.Context, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	trouble := format
	if format == "%s" {
		trouble = text
	}
	if c.isNew(trouble, time.Now()) {
		c.log.WarnContext(ctx, "the client of redis is in trouble", "err", strings.TrimPrefix(text, "redis: "))
	}
}

// isNew reports whether a trouble was not spoken of lately, and notes that it is
// now.
func (c *clientLog) isNew(trouble string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.said, func(_ string, last time.Time) bool { return now.Sub(last) >= outageEnds })
	_, known := c.said[trouble]
	c.said[trouble] = now
	return !known
}
