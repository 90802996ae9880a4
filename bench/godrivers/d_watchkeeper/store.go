package main

import (
	"context"
	"fmt"
	"os"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
	"github.com/watchkeeper-go/watchkeeper/store/redis"
)

// persistent is the store that WATCHKEEPER_STORE asks for; "": none.
func persistent() string { return os.Getenv("WATCHKEEPER_STORE") }

// openStore opens the store of a kind, memory or persistent, which is empty:
// the harness gives each measurement a server without data.
func openStore(kind string) (job.Store, error) {
	if kind == "memory" {
		return memory.New(memory.Options{}), nil
	}
	switch name := persistent(); name {
	case "redis":
		return redis.Open(context.Background(), redis.Options{Addr: os.Getenv("BENCH_REDIS_SOCKET")})
	default:
		return nil, fmt.Errorf("WATCHKEEPER_STORE is %q, want redis", name)
	}
}
