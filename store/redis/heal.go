package redis

import (
	"context"
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// healer mends what is left when somebody deletes keys, or parts of them, by
// hand. Claims compare the sizes of what is kept, which costs nothing, and have
// everything looked through when they do not fit together.
type healer struct {
	mu   sync.Mutex
	busy bool
	last time.Time
}

// healPause is how long the store waits before it looks through everything
// again.
const healPause = time.Second

// healSoon begins to heal in the background, unless that goes on.
func (s *Store) healSoon() {
	h := &s.healer
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.busy || s.life.Err() != nil || time.Since(h.last) < healPause {
		return
	}
	h.busy = true
	s.doing.Go(func() {
		if err := s.heal(s.life); err != nil && s.life.Err() == nil {
			s.log.Warn("store cannot be healed now", "err", err)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.busy, h.last = false, time.Now()
	})
}

// heal goes through all jobs, and through all places that name one, in small
// steps.
func (s *Store) heal(ctx context.Context) error {
	for _, scan := range []func(cursor uint64) ([]string, uint64, error){
		func(c uint64) ([]string, uint64, error) { return s.client.HScan(ctx, s.keys[0], c, "", chunk).Result() },
		func(c uint64) ([]string, uint64, error) {
			return s.client.HScan(ctx, s.key("state"), c, "", chunk).Result()
		},
		func(c uint64) ([]string, uint64, error) { return s.client.ZScan(ctx, s.keys[1], c, "", chunk).Result() },
		func(c uint64) ([]string, uint64, error) {
			return s.client.ZScan(ctx, s.key("idle"), c, "", chunk).Result()
		},
	} {
		var cursor uint64
		for {
			pairs, next, err := scan(cursor)
			if err != nil {
				return err
			}
			var ids []string
			for i := 0; i < len(pairs); i += 2 {
				ids = append(ids, pairs[i])
			}
			if err := s.healJobs(ctx, ids); err != nil {
				return err
			}
			if cursor = next; cursor == 0 {
				break
			}
		}
	}
	return nil
}

func (s *Store) healJobs(ctx context.Context, ids []string) error {
	for from := 0; from < len(ids); from += chunk {
		some := ids[from:min(len(ids), from+chunk)]
		stateless, err := s.healChunk(ctx, some, nil)
		if err != nil {
			return err
		}
		if len(stateless) == 0 {
			continue
		}
		var left []string
		for id := range stateless {
			left = append(left, id)
		}
		if _, err := s.healChunk(ctx, left, stateless); err != nil {
			return err
		}
	}
	return nil
}

// healChunk heals some jobs, and returns those that are left because they have
// no state, with one to give them.
func (s *Store) healChunk(ctx context.Context, ids []string, given map[string]job.Job) (map[string]job.Job, error) {
	var e encoder
	e.list(2)
	e.list(len(ids))
	for _, id := range ids {
		e.str(id)
	}
	e.pairs(len(given))
	for id, j := range given {
		e.str(id)
		e.list(2)
		e.kind(j.Work())
		e.body(j.State)
	}
	d, err := s.run(ctx, s.sc.healer, e.buf)
	if err != nil {
		return nil, err
	}
	d.list()
	for range d.list() {
		s.log.Warn("job was removed by hand: what was left of it is removed", "job", d.str())
	}
	for range d.list() {
		s.log.Warn("job was half removed by hand: it is listed again", "job", d.str())
	}
	stateless := map[string]job.Job{}
	for range d.list() {
		d.list()
		id, spec := d.str(), d.str()
		j, err := s.decodeJob(id, spec)
		if err != nil {
			s.log.Warn("job cannot be decoded", "job", id, "err", err)
		}
		stateless[id] = j
	}
	return stateless, d.fail
}
