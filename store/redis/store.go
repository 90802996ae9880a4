package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Store is a job.Store, job.Watcher and job.Examiner. All methods may be called
// concurrently; many processes may have the same keys open.
type Store struct {
	client redis.UniversalClient
	ours   bool     // the client: Close closes it
	keys   []string // JobsKey, RunTimesKey
	log    *slog.Logger
	sc     scripts

	specs cache[decoded]  // by job
	works cache[encoded]  // by job
	known cache[job.Work] // by what it is kept under
	bad   cache[int64]    // revisions of jobs that cannot be decoded, by job

	life   context.Context // until Close
	end    context.CancelFunc
	doing  sync.WaitGroup // of what goes on in the background
	healer healer
}

var (
	_ job.Store      = (*Store)(nil)
	_ job.Watcher    = (*Store)(nil)
	_ job.Examiner   = (*Store)(nil)
	_ job.NodeLister = (*Store)(nil)
)

// Open connects to the server that o names and returns the store in it, which
// is made when it is not there. It reads some of the jobs, however many there
// are. job.ErrForeign when JobsKey holds something else, such as the jobs of
// APScheduler: nothing is changed then.
func Open(ctx context.Context, o Options) (*Store, error) {
	o, to, err := o.resolve()
	if err != nil {
		return nil, fmt.Errorf("open redis store: %w", err)
	}
	client := redis.NewClient(to)
	s, err := New(ctx, client, o)
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	s.ours = true
	return s, nil
}

// New is Open with a client of the caller's, which Close leaves open. The client
// should not repeat commands (MaxRetries: -1). With a cluster's client both keys
// must have the same {hash tag}: all of a store lives in one slot, on one node.
// Of o only the keys and Log count.
func New(ctx context.Context, client redis.UniversalClient, o Options) (*Store, error) {
	o, err := o.withKeys()
	if err != nil {
		return nil, fmt.Errorf("open redis store: %w", err)
	}
	if _, cluster := client.(*redis.ClusterClient); cluster {
		if tag := hashTag(o.JobsKey); tag == "" || tag != hashTag(o.RunTimesKey) {
			return nil, fmt.Errorf("open redis store: in a cluster jobs_key %q and run_times_key %q need the same hash tag, such as {jobs}",
				o.JobsKey, o.RunTimesKey)
		}
	}
	s := &Store{client: client, keys: []string{o.JobsKey, o.RunTimesKey}, log: o.Log, sc: newScripts()}
	s.life, s.end = context.WithCancel(context.Background())
	if err := s.prepare(ctx); err != nil {
		s.end()
		return nil, fmt.Errorf("open redis store %s: %w", o.JobsKey, err)
	}
	return s, nil
}

// Close implements job.Store.
func (s *Store) Close() error {
	s.end()
	s.doing.Wait()
	if !s.ours {
		return nil
	}
	return s.client.Close()
}

func (s *Store) key(name string) string { return s.keys[0] + ":" + name }
