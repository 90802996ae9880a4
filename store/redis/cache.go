package redis

import (
	"bytes"
	"maps"
	"sync"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// cacheSize is how many entries a cache has at most: enough for all jobs that
// are due within seconds, and a few megabytes.
const cacheSize = 20_000

// cache keeps what was made of texts that come again and again. When it is
// full it begins anew.
type cache[V any] struct {
	mu      sync.Mutex
	entries map[string]V
}

func (c *cache[V]) get(key string) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.entries[key]
	return v, ok
}

func (c *cache[V]) set(key string, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil || len(c.entries) >= cacheSize {
		c.entries = make(map[string]V)
	}
	c.entries[key] = v
}

func (c *cache[V]) drop(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, key)
}

// all is a copy of what the cache has.
func (c *cache[V]) all() map[string]V {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) == 0 {
		return map[string]V{}
	}
	return maps.Clone(c.entries)
}

// decoded is a job as it is stored and what it says.
type decoded struct {
	spec string
	job  job.Job
}

// encoded is a Work and what it is stored as.
type encoded struct {
	work job.Work
	hash string
	text []byte
}

// decodeJob is job.DecodeJob, at no cost for what was decoded before.
func (s *Store) decodeJob(id, spec string) (job.Job, error) {
	if d, ok := s.specs.get(id); ok && d.spec == spec {
		return d.job, nil
	}
	j, err := job.DecodeJob([]byte(spec))
	if err != nil {
		return job.Job{ID: id}, err
	}
	s.bad.drop(id)
	j.ID = id // the field of the hash is what it goes by
	s.specs.set(id, decoded{spec, j})
	return j, nil
}

// encodeWork is encodeWork, at no cost for the Work that the last run of the
// job had.
func (s *Store) encodeWork(of string, w job.Work) (encoded, error) {
	if e, ok := s.works.get(of); ok && sameWork(e.work, w) {
		return e, nil
	}
	hash, text, err := encodeWork(w)
	if err != nil {
		return encoded{}, err
	}
	e := encoded{w, hash, text}
	s.works.set(of, e)
	return e, nil
}

func sameWork(a, b job.Work) bool {
	return a.Executor == b.Executor && a.Func == b.Func && a.Policy == b.Policy && bytes.Equal(a.Args, b.Args)
}
