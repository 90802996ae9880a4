package redis_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/redis"
)

const (
	jobsKey  = redis.DefaultJobsKey
	timesKey = "watchkeeper.run_times"
)

// TestHealing: what is left when half of an entry is deleted by hand.
func TestHealing(t *testing.T) {
	soon := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	for name, c := range map[string]struct {
		damage func(t *testing.T, c *goredis.Client)
		stays  bool
		due    bool
	}{
		"the hash's half is gone": {func(t *testing.T, c *goredis.Client) { c.HDel(t.Context(), jobsKey, hostile) }, false, false},
		"the set's half is gone":  {func(t *testing.T, c *goredis.Client) { c.ZRem(t.Context(), timesKey, hostile) }, true, true},
		"the set is gone":         {func(t *testing.T, c *goredis.Client) { c.Del(t.Context(), timesKey) }, true, true},
		"the hash is gone":        {func(t *testing.T, c *goredis.Client) { c.Del(t.Context(), jobsKey) }, false, false},
		"the state is gone":       {func(t *testing.T, c *goredis.Client) { c.HDel(t.Context(), jobsKey+":state", hostile) }, true, true},
		"only the hash is left": {func(t *testing.T, c *goredis.Client) {
			c.Del(t.Context(), append(c.Keys(t.Context(), jobsKey+":*").Val(), timesKey)...)
		}, true, false},
		"only hash and set are left": {func(t *testing.T, c *goredis.Client) {
			for _, key := range c.Keys(t.Context(), jobsKey+":*").Val() {
				c.Del(t.Context(), key)
			}
		}, true, true},
		"somebody listed nothing": {func(t *testing.T, c *goredis.Client) {
			c.ZAdd(t.Context(), timesKey, goredis.Z{Score: 1, Member: "nothing"})
		}, true, true},
	} {
		for _, when := range []string{"a claim finds it", "it is examined"} {
			t.Run(name+", "+when, func(t *testing.T) {
				srv := startServer(t)
				s := srv.open(t, redis.Options{})
				client := srv.client(t)
				mustAdd(t, s, newJob(hostile, soon))
				c.damage(t, client)
				mustBeat(t, s, "one")
				heal(t, s, when)
				jobs := list(t, s, job.Filter{})
				if !c.stays {
					if len(jobs) != 0 || client.ZCard(t.Context(), timesKey).Val() != 0 || client.HLen(t.Context(), jobsKey+":state").Val() != 0 {
						t.Errorf("something is left: %v", jobs)
					}
					mustAdd(t, s, newJob(hostile, soon))
					return
				}
				if len(jobs) != 1 || jobs[0].ID != hostile || jobs[0].State.Next.IsZero() == c.due {
					t.Fatalf("got %+v, want the job, due %v", jobs, c.due)
				}
				if got := client.ZRange(t.Context(), timesKey, 0, -1).Val(); c.due != slices.Equal(got, []string{hostile}) {
					t.Errorf("listed are %q, want the job %v", got, c.due)
				}
				if b := mustClaim(t, s, "one"); b.NextDue.Equal(soon) != c.due {
					t.Errorf("next due is %v, want %v: %v", b.NextDue, soon, c.due)
				}
				j := jobs[0]
				if _, err := s.Replace(t.Context(), j); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func heal(t *testing.T, s *redis.Store, when string) {
	t.Helper()
	if when == "it is examined" {
		if _, err := s.Examine(t.Context()); err != nil {
			t.Fatal(err)
		}
		return
	}
	news := s.Watch(t.Context())
	<-news
	mustClaim(t, s, "one")
	waitFor(t, "healing", func() error {
		if !s.Healed() {
			return fmt.Errorf("it goes on")
		}
		return nil
	})
}

// TestDueJobWithoutItsHalf: what a claim itself comes upon.
func TestDueJobWithoutItsHalf(t *testing.T) {
	srv := startServer(t)
	s := srv.open(t, redis.Options{})
	mustAdd(t, s, newJob("gone", base()), newJob("unlisted", base()), newJob("stays", base()))
	c := srv.client(t)
	c.HDel(t.Context(), jobsKey, "gone")
	c.ZRem(t.Context(), timesKey, "unlisted")
	mustBeat(t, s, "one")
	b := mustClaim(t, s, "one")
	var got []string
	for _, d := range b.Jobs {
		got = append(got, d.Job.ID)
	}
	if want := []string{"stays", "unlisted"}; !slices.Equal(got, want) {
		t.Fatalf("claimed %v, want %v", got, want)
	}
	mustCommit(t, s, "one", advanceOf(b.Jobs[0].Job), advanceOf(b.Jobs[1].Job))
	if got := c.ZRange(t.Context(), timesKey, 0, -1).Val(); !slices.Equal(got, []string{"stays", "unlisted"}) {
		t.Errorf("listed are %v, want both", got)
	}
}

// TestUndecodableJobWaitsForAnotherRelease: it is kept, listed as parked, and
// in nobody's way.
func TestUndecodableJobWaitsForAnotherRelease(t *testing.T) {
	srv := startServer(t)
	s := srv.open(t, redis.Options{})
	mustAdd(t, s, newJob("later", base()), newJob("now", base()))
	c := srv.client(t)
	const text = `{"v":99,"id":"later"}`
	c.HSet(t.Context(), jobsKey, "later", text)
	mustBeat(t, s, "one")
	for range 2 {
		if b := mustClaim(t, s, "one"); len(b.Jobs) != 1 || b.Jobs[0].Job.ID != "now" {
			t.Errorf("claimed %+v, want the other job", b.Jobs)
		}
	}
	j := list(t, s, job.Filter{IDs: []string{"later"}})[0]
	if j.State.Parked == "" || j.State.Next.IsZero() {
		t.Errorf("got the state %+v, want it parked", j.State)
	}
	j.Trigger = newJob("x", base()).Trigger
	if _, err := s.Replace(t.Context(), j); err == nil {
		t.Error("it was written over")
	}
	if got := c.HGet(t.Context(), jobsKey, "later").Val(); got != text {
		t.Errorf("it is %q now", got)
	}
	if err := s.Remove(t.Context(), "later", j.State.Rev); err != nil {
		t.Error(err)
	}
}
