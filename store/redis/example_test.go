package redis_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/redis"
)

// A store with the keys of one's own. Other processes that open the same keys
// share its jobs.
func ExampleOpen() {
	ctx := context.Background()
	store, err := redis.Open(ctx, redis.Options{
		Addr:        "127.0.0.1:6379",
		DB:          2,
		JobsKey:     "shop.jobs",
		RunTimesKey: "shop.run_times",
	})
	if errors.Is(err, job.ErrForeign) {
		log.Fatal(err) // it says what is under that key, and what to do
	}
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = store.Close() }()

	jobs, err := store.List(ctx, job.Filter{Limit: 10})
	if err != nil {
		log.Fatal(err)
	}
	for _, j := range jobs {
		fmt.Println(j.State.Next, j.ID)
	}
}

// All of it in one text, as in a configuration file.
func ExampleOpen_url() {
	store, err := redis.Open(context.Background(), redis.Options{
		URL: "redis://:secret@127.0.0.1:6379/2?jobs_key=shop.jobs&run_times_key=shop.run_times",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = store.Close() }()
}
