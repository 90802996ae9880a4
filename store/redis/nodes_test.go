package redis_test

import (
	"slices"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/redis"
)

// TestNodesAreForgotten: whose lease ran out days ago is in no list, and in
// no key once another one is remembered.
func TestNodesAreForgotten(t *testing.T) {
	server := startServer(t)
	s := server.open(t, redis.Options{})
	client := server.client(t)
	leases, former := redis.DefaultJobsKey+":leases", redis.DefaultJobsKey+":former"
	silent := func(node string, since time.Duration) {
		t.Helper()
		mustBeat(t, s, node)
		ended := goredis.Z{Member: node, Score: float64(time.Now().Add(-since).UnixMicro())}
		if err := client.ZAdd(t.Context(), leases, ended).Err(); err != nil {
			t.Fatal(err)
		}
	}
	silent("long ago", job.RememberNodes+time.Minute)
	wantNodes := func(when string, want ...string) {
		t.Helper()
		nodes, err := s.Nodes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, n := range nodes {
			got = append(got, n.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("the nodes %s are %q, want %q", when, got, want)
		}
	}
	wantNodes("before a claim")
	mustBeat(t, s, "living")
	mustClaim(t, s, "living")
	silent("a minute", time.Minute)
	mustClaim(t, s, "living")
	wantNodes("after a claim", "a minute", "living")
	kept, err := client.ZRange(t.Context(), former, 0, -1).Result()
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a minute"}; !slices.Equal(kept, want) {
		t.Errorf("who is remembered: %q, want %q", kept, want)
	}
}
