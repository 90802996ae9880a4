package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/watchkeeper-go/watchkeeper/job"
)

const (
	// schema is the version of the layout of the keys.
	schema = 1
	// oldest is the first major version of Redis whose scripts may read the
	// time and write afterwards.
	oldest = 5
)

// prepare makes the store, or finds that it is there and ours.
func (s *Store) prepare(ctx context.Context) error {
	if err := s.checkVersion(ctx); err != nil {
		return err
	}
	kept, err := s.client.Get(ctx, s.key("schema")).Result()
	isNew := errors.Is(err, redis.Nil)
	if err != nil && !isNew {
		return s.foreign(err)
	}
	if err := s.checkTypes(ctx); err != nil {
		return err
	}
	if err := s.checkValues(ctx, isNew); err != nil {
		return err
	}
	if isNew {
		if err := s.client.SetNX(ctx, s.key("schema"), schema, 0).Err(); err != nil {
			return fmt.Errorf("write the version: %w", err)
		}
		return nil
	}
	if kept != strconv.Itoa(schema) {
		return fmt.Errorf("it has version %s, and this release knows version %d", kept, schema)
	}
	return nil
}

func (s *Store) checkVersion(ctx context.Context) error {
	info, err := s.client.Info(ctx, "server").Result()
	if err != nil {
		return err
	}
	version := infoField(info, "redis_version")
	major, _, _ := strings.Cut(version, ".")
	if n, err := strconv.Atoi(major); err != nil || n < oldest {
		return fmt.Errorf("the server is Redis %q, and Redis %d or newer is needed", version, oldest)
	}
	return nil
}

// infoField is one line's value of what INFO answers.
func infoField(info, name string) string {
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// checkTypes refuses keys that are something else than they should be.
func (s *Store) checkTypes(ctx context.Context) error {
	for i, want := range []string{"hash", "zset"} {
		is, err := s.client.Type(ctx, s.keys[i]).Result()
		if err != nil {
			return err
		}
		if is != "none" && is != want {
			return fmt.Errorf("key %q is a %s, which %w: choose another", s.keys[i], is, job.ErrForeign)
		}
	}
	return nil
}

// checkValues looks at some of what is kept as jobs. In a store that is new to
// us all of these must be ours.
func (s *Store) checkValues(ctx context.Context, isNew bool) error {
	page, _, err := s.client.HScan(ctx, s.keys[0], 0, "", 100).Result()
	if err != nil {
		return err
	}
	for i := 0; i+1 < len(page); i += 2 {
		id, value := page[i], page[i+1]
		if isPickle(value) {
			return fmt.Errorf("the jobs under %q are APScheduler's, so the key %w; nothing was changed. "+
				"Choose another jobs_key, and take the jobs over as docs/scheduler.md says under \"Coming from APScheduler\"",
				s.keys[0], job.ErrForeign)
		}
		if !isNew {
			continue
		}
		if _, err := job.DecodeJob([]byte(value)); err != nil {
			return fmt.Errorf("the value of %q under %q is no job, so the key %w (%v); nothing was changed: choose another jobs_key",
				id, s.keys[0], job.ErrForeign, err)
		}
	}
	return nil
}

// isPickle says whether a value begins as what Python's pickle writes does:
// with its mark from protocol 2 on, and with a dict in protocols 0 and 1. JSON
// of ours begins with a brace and a quote.
func isPickle(value string) bool {
	for _, start := range []string{"\x80", "(d", "(i", "(l", "(t", "c", "}q", "]q", ")q", "(", "}"} {
		if strings.HasPrefix(value, start) {
			return true
		}
	}
	return false
}

// foreign makes of an error about the type of a key one that says so.
func (s *Store) foreign(err error) error {
	if strings.HasPrefix(err.Error(), "WRONGTYPE ") {
		return fmt.Errorf("key %q %w: choose another jobs_key", s.key("schema"), job.ErrForeign)
	}
	return err
}

// hashTag is the part of a key that says in which slot of a cluster it is; ""
// when that is the whole key.
func hashTag(key string) string {
	_, rest, ok := strings.Cut(key, "{")
	tag, _, closed := strings.Cut(rest, "}")
	if !ok || !closed {
		return ""
	}
	return tag
}
