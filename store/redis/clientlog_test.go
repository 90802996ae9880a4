package redis_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9/logging"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/redis"
)

// lines is a log that can be read.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// take returns the lines so far, and forgets them.
func (l *lines) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.buf.String()
	l.buf.Reset()
	return slices.Collect(strings.Lines(text))
}

// logClients makes go-redis write to the lines, until the end of the test.
func logClients(t *testing.T) *lines {
	t.Helper()
	l := &lines{}
	redis.LogClients(slog.New(slog.NewTextHandler(l, nil)))
	t.Cleanup(logging.Enable)
	return l
}

func TestClientsTellOfAnOutageOnce(t *testing.T) {
	server := startServer(t)
	s := server.open(t, redis.Options{})
	log := logClients(t)
	server.kill(t)
	beat := func() error {
		_, err := s.Beat(t.Context(), job.Beat{Node: "a", Lease: time.Minute})
		return err
	}
	for range 20 {
		if err := beat(); err == nil {
			t.Fatal("a server that is away answers")
		}
	}
	got := log.take()
	if len(got) != 1 || !strings.Contains(got[0], "level=WARN") || !strings.Contains(got[0], "failed to dial") {
		t.Errorf("the log has %q, want one warning that there is no connection", got)
	}
	server.start(t)
	waitFor(t, "the server", beat)
	if got := log.take(); len(got) != 0 {
		t.Errorf("the log has %q when all is well, want nothing", got)
	}
}

func TestTroubleIsToldAgainAfterAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lines{}
		say := redis.ClientLog(slog.New(slog.NewTextHandler(l, nil)))
		for _, step := range []struct {
			pause  time.Duration
			format string
			arg    any
			want   int // lines
		}{
			{0, "redis: no connection after %d attempts", 1, 1},
			{10 * time.Second, "redis: no connection after %d attempts", 2, 0},
			{0, "redis: something else: %v", 1, 1},
			{59 * time.Second, "redis: no connection after %d attempts", 3, 0},
			{60 * time.Second, "redis: no connection after %d attempts", 4, 1},
			{0, "%s", "one", 1},
			{0, "%s", "another", 1},
			{0, "%s", "one", 0},
		} {
			time.Sleep(step.pause)
			say.Printf(context.Background(), step.format, step.arg)
			if got := l.take(); len(got) != step.want {
				t.Errorf("%v later %q is told in %d lines, want %d: %q", step.pause, step.format, len(got), step.want, got)
			}
		}
	})
}
