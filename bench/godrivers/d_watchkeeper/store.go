package main

import (
	"context"
	"fmt"
	"os"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
	"github.com/watchkeeper-go/watchkeeper/store/postgres"
	"github.com/watchkeeper-go/watchkeeper/store/redis"
	"github.com/watchkeeper-go/watchkeeper/store/sqlite"
)

// persistent is the store that WATCHKEEPER_STORE asks for; "": none.
func persistent() string { return os.Getenv("WATCHKEEPER_STORE") }

// openStore opens the store of a kind, memory or persistent, which is empty:
// the harness gives each measurement a server without data, and a file or a
// schema of their own are made here.
func openStore(kind string) (job.Store, error) {
	ctx := context.Background()
	if kind == "memory" {
		return memory.New(memory.Options{}), nil
	}
	name := fmt.Sprintf("bench_%d", os.Getpid())
	switch persistent() {
	case "redis":
		return redis.Open(ctx, redis.Options{Addr: os.Getenv("BENCH_REDIS_SOCKET")})
	case "postgres":
		return postgres.Open(ctx, os.Getenv("BENCH_PG_URL"), postgres.Options{Prefix: name + "_"})
	case "sqlite":
		dir, err := os.MkdirTemp("/var/tmp", name)
		if err != nil {
			return nil, err
		}
		return sqlite.Open(dir+"/jobs.db", sqlite.Options{})
	default:
		return nil, fmt.Errorf("WATCHKEEPER_STORE is %q, want redis, postgres or sqlite", persistent())
	}
}
