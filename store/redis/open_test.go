package redis_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/redis"
)

// TestJobsOfAPSchedulerAreLeftAlone: the samples were written by its
// RedisJobStore, in all of pickle's protocols.
func TestJobsOfAPSchedulerAreLeftAlone(t *testing.T) {
	data, err := os.ReadFile("testdata/apscheduler.json")
	if err != nil {
		t.Fatal(err)
	}
	var samples []struct {
		Label, APScheduler, Field, Value string
		Protocol                         int
		Score                            *string
	}
	if err := json.Unmarshal(data, &samples); err != nil {
		t.Fatal(err)
	}
	srv := startServer(t)
	c := srv.client(t)
	for _, s := range samples {
		t.Run(s.APScheduler+" "+s.Label+" protocol "+strconv.Itoa(s.Protocol), func(t *testing.T) {
			value, err := hex.DecodeString(s.Value)
			if err != nil {
				t.Fatal(err)
			}
			c.FlushAll(t.Context())
			c.HSet(t.Context(), "apscheduler.jobs", s.Field, value)
			if s.Score != nil {
				score, err := strconv.ParseFloat(*s.Score, 64)
				if err != nil {
					t.Fatal(err)
				}
				c.ZAdd(t.Context(), "apscheduler.run_times", goredis.Z{Score: score, Member: s.Field})
			}
			before := c.Keys(t.Context(), "*").Val()
			_, err = redis.Open(t.Context(), redis.Options{Addr: srv.Socket(), JobsKey: "apscheduler.jobs"})
			if !errors.Is(err, job.ErrForeign) || !strings.Contains(err.Error(), "Coming from APScheduler") {
				t.Errorf("got %v, want ErrForeign and how to import", err)
			}
			after := c.Keys(t.Context(), "*").Val()
			slices.Sort(before)
			slices.Sort(after)
			if got := c.HGet(t.Context(), "apscheduler.jobs", s.Field).Val(); got != string(value) || !slices.Equal(before, after) {
				t.Errorf("something was changed: keys were %v and are %v", before, after)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	srv := startServer(t)
	for name, prepare := range map[string]func(c *goredis.Client){
		"values that are no jobs":     func(c *goredis.Client) { c.HSet(t.Context(), redis.DefaultJobsKey, "x", `{"a":1}`) },
		"a key of another type":       func(c *goredis.Client) { c.Set(t.Context(), redis.DefaultJobsKey, "x", 0) },
		"run times of another type":   func(c *goredis.Client) { c.Set(t.Context(), "watchkeeper.run_times", "x", 0) },
		"a version of another type":   func(c *goredis.Client) { c.HSet(t.Context(), redis.DefaultJobsKey+":schema", "x", 0) },
		"a version that is not known": func(c *goredis.Client) { c.Set(t.Context(), redis.DefaultJobsKey+":schema", 99, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			c := srv.client(t)
			c.FlushAll(t.Context())
			prepare(c)
			before := c.DBSize(t.Context()).Val()
			_, err := redis.Open(t.Context(), redis.Options{Addr: srv.Socket()})
			if err == nil || errors.Is(err, job.ErrForeign) == strings.Contains(name, "not known") {
				t.Errorf("got %v", err)
			}
			if after := c.DBSize(t.Context()).Val(); after != before {
				t.Errorf("there were %d keys and are %d", before, after)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	srv := startServer(t)
	ctx := t.Context()
	for name, o := range map[string]redis.Options{
		"by fields": {Addr: srv.Socket(), DB: 2, JobsKey: "my.jobs", RunTimesKey: "my.times"},
		"by URL":    {URL: "unix://" + srv.Socket() + "?db=2&jobs_key=my.jobs&run_times_key=my.times"},
		"by both":   {URL: "unix://" + srv.Socket() + "?db=1&jobs_key=other", DB: 2, JobsKey: "my.jobs", RunTimesKey: "my.times"},
	} {
		t.Run(name, func(t *testing.T) {
			c := goredis.NewClient(&goredis.Options{Network: "unix", Addr: srv.Socket(), DB: 2})
			defer func() { _ = c.Close() }()
			c.FlushAll(ctx)
			s, err := redis.Open(ctx, o)
			if err != nil {
				t.Fatal(err)
			}
			mustAdd(t, s, newJob("j", base()))
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if !c.HExists(ctx, "my.jobs", "j").Val() || c.ZScore(ctx, "my.times", "j").Val() != float64(base().Unix()) {
				t.Errorf("the job is not under the keys that were named: %v", c.Keys(ctx, "*").Val())
			}
		})
	}
	for _, o := range []redis.Options{{URL: "http://x"}, {URL: "redis://x?nonsense=1"}, {JobsKey: "a", RunTimesKey: "a:b"}} {
		if _, err := redis.Open(ctx, o); err == nil {
			t.Errorf("%+v: got no error", o)
		}
	}
	cluster := goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: []string{"localhost:1"}})
	defer func() { _ = cluster.Close() }()
	if _, err := redis.New(ctx, cluster, redis.Options{}); err == nil || !strings.Contains(err.Error(), "hash tag") {
		t.Errorf("in a cluster: got %v, want that a hash tag is needed", err)
	}
}

func TestExamine(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"a good server": {args: []string{"--appendonly", "yes"}},
		"no file":       {want: []string{"appendonly is no"}},
		"eviction":      {[]string{"--appendonly", "yes", "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"}, []string{"allkeys-lru"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := startServer(t, c.args...).open(t, redis.Options{}).Examine(t.Context())
			if err != nil || len(got) != len(c.want) {
				t.Fatalf("got %q, %v, want %q", got, err, c.want)
			}
			for i := range got {
				if !strings.Contains(got[i], c.want[i]) {
					t.Errorf("got %q, want something about %q", got[i], c.want[i])
				}
			}
		})
	}
	t.Run("a replica", func(t *testing.T) {
		srv := startServer(t, "--appendonly", "yes")
		s := srv.open(t, redis.Options{})
		srv.client(t).ReplicaOf(t.Context(), "localhost", "1")
		// It cannot heal there: that is an error, and the line is there.
		got, err := s.Examine(t.Context())
		if len(got) != 1 || !strings.Contains(got[0], "replica") {
			t.Errorf("got %q, %v, want that it is a replica", got, err)
		}
	})
}
