// Command apscheduler is a small program for APScheduler, written for
// Watchkeeper function for function: two functions, a listener, a Redis store
// with keys of its own, an interval job with a start and an end, and what to do
// when the job is there already. It prints what the program in Python prints.
//
//	go run ./examples/apscheduler -redis 127.0.0.1:6379
//
// Without a Redis it says so and keeps its jobs in memory. Start it twice: with
// APScheduler two schedulers must not share a store, here they share the work.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
	"github.com/watchkeeper-go/watchkeeper/store/redis"
)

func main() {
	address := flag.String("redis", "127.0.0.1:6379", "address of the Redis server")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, *address); err != nil {
		fmt.Fprintln(os.Stderr, "apscheduler:", err)
		os.Exit(1)
	}
}

// run is the program until ctx is over.
func run(ctx context.Context, out io.Writer, address string) (err error) {
	store, err := open(ctx, address)
	if err != nil {
		say(out, "no Redis at %s (%v): the jobs are kept in memory and end with this program\n", address, err)
		store = memory.New(memory.Options{})
	}
	defer func() {
		if closing := store.Close(); err == nil {
			err = closing
		}
	}()
	p, err := newProgram(out, store, nil)
	if err != nil {
		return err
	}
	if err := p.addJobs(ctx); err != nil {
		return err
	}
	say(out, "任务启动 ==> 当前时间: %s\n", now())
	return p.run(ctx) // as asyncio.get_event_loop().run_forever()
}

// open makes the store of the original: RedisJobStore(db=2, jobs_key=…,
// run_times_key=…).
func open(ctx context.Context, address string) (job.Store, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return redis.Open(ctx, redis.Options{
		Addr:        address,
		DB:          2,
		JobsKey:     "apschedulers.default_jobs",
		RunTimesKey: "apschedulers.default_run_times",
	})
}

// say prints a line. That nobody can read it any more ends no job.
func say(out io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(out, format, args...) }

// now is the time as the program prints it.
func now() string { return time.Now().Format(time.DateTime) }
