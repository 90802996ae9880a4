package cli

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/daemon"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// openStore opens the store that a URL names, as one of [jobstore:NAME] does; it
// is made if there is none. In sqlite:///jobs.db the file is in the current directory,
// in sqlite:///srv/jobs.db it is /srv/jobs.db.
func openStore(ctx context.Context, address string) (job.Store, error) {
	scheme, rest, _ := strings.Cut(address, "://")
	c := config.JobStore{URL: address}
	switch scheme {
	case "redis", "rediss", "unix":
		c.Type = config.RedisStore
	case "postgres", "postgresql":
		c.Type = config.PostgresStore
	case "mongodb", "mongodb+srv":
		c.Type = config.MongoStore
	case "sqlite":
		c.Type, c.Path = config.SQLiteStore, rest
		if bare := strings.TrimPrefix(rest, "/"); !strings.Contains(bare, "/") {
			c.Path = bare
		}
	default:
		return nil, errors.New("a store is redis://HOST/DB, sqlite:///FILE, postgres://HOST/DB or mongodb://HOST/DB")
	}
	return daemon.OpenStore(ctx, c, slog.Default())
}
