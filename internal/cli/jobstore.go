package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/mongo"
	"github.com/watchkeeper-go/watchkeeper/store/postgres"
	"github.com/watchkeeper-go/watchkeeper/store/redis"
	"github.com/watchkeeper-go/watchkeeper/store/sqlite"
)

// openStore opens the store that a URL names, as one of [jobstore:NAME] does; it
// is made if there is none. In sqlite:///jobs.db the file is in the current directory,
// in sqlite:///srv/jobs.db it is /srv/jobs.db.
func openStore(ctx context.Context, address string) (job.Store, error) {
	scheme, rest, _ := strings.Cut(address, "://")
	switch scheme {
	case "redis", "rediss", "unix":
		return opened(redis.Open(ctx, redis.Options{URL: address}))
	case "postgres", "postgresql":
		return opened(postgres.Open(ctx, address, postgres.Options{}))
	case "mongodb", "mongodb+srv":
		return opened(mongo.Open(ctx, address, mongo.Options{}))
	case "sqlite":
		path := rest
		if bare := strings.TrimPrefix(rest, "/"); !strings.Contains(bare, "/") {
			path = bare
		}
		return opened(sqlite.Open(path, sqlite.Options{}))
	}
	return nil, errors.New("a store is redis://HOST/DB, sqlite:///FILE, postgres://HOST/DB or mongodb://HOST/DB")
}

// opened keeps a nil store from becoming a store that is not nil.
func opened[S job.Store](s S, err error) (job.Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}
