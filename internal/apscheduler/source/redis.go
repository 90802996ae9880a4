package source

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/watchkeeper-go/watchkeeper/internal/apscheduler"
)

// batch is how many jobs are asked for at a time.
const batch = 500

// readRedis reads what RedisJobStore keeps: a hash of pickles, and a sorted set
// of run times in which jobs that are paused are missing.
func readRedis(ctx context.Context, address, jobsKey, runTimesKey string) (records []apscheduler.Record, err error) {
	options, err := redis.ParseURL(address)
	if err != nil {
		return nil, err
	}
	options.DisableIdentity = true
	client := redis.NewClient(options)
	defer func() { err = errors.Join(err, client.Close()) }()

	if err := checkKey(ctx, client, options.DB, jobsKey, "hash"); err != nil {
		return nil, err
	}
	due, err := client.ZRangeWithScores(ctx, runTimesKey, 0, -1).Result()
	if err != nil {
		return nil, fmt.Errorf("%q: %w", runTimesKey, err)
	}
	times := make(map[string]time.Time, len(due))
	for _, z := range due {
		if id, ok := z.Member.(string); ok {
			times[id] = timeOfSeconds(z.Score)
		}
	}
	// A hash that grows while it is read may give a job twice.
	seen := map[string]bool{}
	jobs := client.HScan(ctx, jobsKey, 0, "", batch).Iterator()
	for jobs.Next(ctx) {
		id := jobs.Val()
		if !jobs.Next(ctx) {
			break
		}
		if !seen[id] {
			seen[id] = true
			records = append(records, apscheduler.Record{ID: id, State: []byte(jobs.Val()), Due: times[id]})
		}
	}
	for id, at := range times {
		if !seen[id] {
			records = append(records, apscheduler.Record{ID: id, Due: at})
		}
	}
	return records, jobs.Err()
}

// checkKey: a name that was mistyped is no store without jobs.
func checkKey(ctx context.Context, client *redis.Client, db int, key, want string) error {
	is, err := client.Type(ctx, key).Result()
	switch {
	case err != nil:
		return err
	case is == "none":
		return fmt.Errorf("there is no key %q in database %d", key, db)
	case is != want:
		return fmt.Errorf("the key %q is a %s, not a %s", key, is, want)
	}
	return nil
}

// timeOfSeconds is a time that was stored as a number of seconds since 1970.
func timeOfSeconds(seconds float64) time.Time {
	return time.UnixMicro(int64(math.Round(seconds * 1e6))).UTC()
}
