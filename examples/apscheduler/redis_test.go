package main

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/watchkeeper-go/watchkeeper/internal/redistest"
)

// output collects what is printed, and may be read meanwhile.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// String is what was printed so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// running runs the program until something is true, and returns its output.
func running(t *testing.T, address string, until func(printed string) bool) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var out output
	done := make(chan error, 1)
	go func() { done <- run(ctx, &out, address) }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); !until(out.String()); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("it printed only:\n%s", out.String())
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// started is when the jobs are there.
func started(printed string) bool {
	return strings.Contains(printed, "任务启动 ==> 当前时间: ")
}

func TestRunKeepsItsJobsInRedis(t *testing.T) {
	address := redistest.Need(t).Address()
	client := redis.NewClient(&redis.Options{Addr: address, DB: 2})
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	printed := running(t, address, started)
	if strings.Contains(printed, "no Redis") {
		t.Fatal(printed)
	}
	ids := []string{"async_func_test", "interval_func_test"}
	kept, err := client.HKeys(t.Context(), "apschedulers.default_jobs").Result()
	slices.Sort(kept)
	if err != nil || !slices.Equal(kept, ids) {
		t.Errorf("jobs_key has %v, %v", kept, err)
	}
	timed, err := client.ZRangeWithScores(t.Context(), "apschedulers.default_run_times", 0, -1).Result()
	if err != nil || len(timed) != len(ids) {
		t.Fatalf("run_times_key has %v, %v", timed, err)
	}
	for _, z := range timed {
		if in := time.Until(time.Unix(int64(z.Score), 0)); in < -time.Minute || in > time.Minute {
			t.Errorf("%v is due in %s", z.Member, in)
		}
	}
	// Started again, it finds them.
	printed = running(t, address, started)
	for _, id := range ids {
		if !strings.Contains(printed, "Job identifier ("+id+") conflicts with an existing job\nkey "+id+" 存在 干掉它\n") {
			t.Errorf("nothing is said of %s:\n%s", id, printed)
		}
	}
}

func TestRunSaysThatThereIsNoRedis(t *testing.T) {
	address, err := redistest.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	printed := running(t, address, started)
	line, _, _ := strings.Cut(printed, "\n")
	if !strings.HasPrefix(line, "no Redis at 127.0.0.1:") || !strings.HasSuffix(line, "the jobs are kept in memory and end with this program") {
		t.Errorf("the first line is %q", line)
	}
	if strings.Count(printed, "\n") != 2 {
		t.Errorf("it printed:\n%s", printed)
	}
}
