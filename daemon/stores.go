package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/service"
	jobmemory "github.com/watchkeeper-go/watchkeeper/store/memory"
	"github.com/watchkeeper-go/watchkeeper/store/mongo"
	"github.com/watchkeeper-go/watchkeeper/store/postgres"
	"github.com/watchkeeper-go/watchkeeper/store/redis"
	"github.com/watchkeeper-go/watchkeeper/store/sqlite"
)

const (
	openTime   = 10 * time.Second // for one try to open a store
	firstRetry = time.Second      // after a try that failed, then twice as long each time
	lastRetry  = 5 * time.Second
	// Jobs that cannot be declared may have an id that is taken, which lasts.
	lastDeclare = time.Minute
)

// OpenStore opens the store that a section describes; it is made if there is
// none. This is where the types of stores are known by name.
func OpenStore(ctx context.Context, c config.JobStore, log *slog.Logger) (job.Store, error) {
	switch c.Type {
	case config.MemoryStore:
		return jobmemory.New(jobmemory.Options{}), nil
	case config.SQLiteStore:
		if err := ownFile(c.Path); err != nil {
			return nil, err
		}
		return opened(sqlite.Open(c.Path, sqlite.Options{Prefix: c.Prefix}))
	case config.RedisStore:
		return opened(redis.Open(ctx, redis.Options{URL: c.URL, JobsKey: c.JobsKey, RunTimesKey: c.RunTimesKey, Log: log}))
	case config.PostgresStore:
		return opened(postgres.Open(ctx, c.URL, postgres.Options{Prefix: c.Prefix}))
	case config.MongoStore:
		return opened(mongo.Open(ctx, c.URL, mongo.Options{Prefix: c.Prefix}))
	}
	return nil, fmt.Errorf("a store of type %s is not known", c.Type)
}

// ownFile makes the file of a database that is not there yet: environments of
// jobs are in it, which are nobody else's. SQLite gives its other files the same mode.
func ownFile(path string) error {
	if path == "" || path == ":memory:" {
		return nil // no file: the driver says what is wrong
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// opened keeps a nil store from becoming a store that is not nil.
func opened[S job.Store](s S, err error) (job.Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// stores opens the stores of a scheduler, each as soon as it can be had: one
// that is away holds up neither the others nor the daemon.
type stores struct {
	scheduler *schedule.Scheduler
	log       *slog.Logger
	former    string                                             // the scheduler of a daemon that was killed; its processes are gone
	declare   func(ctx context.Context, name string) (done bool) // called when the scheduler has got the store, until done
	running   sync.WaitGroup

	mu    sync.Mutex
	known []*store
}

// store is one of them.
type store struct {
	config   config.JobStore
	store    job.Store // nil until it is open
	err      error     // why it is not
	since    time.Time
	warnings []string
	done     chan struct{} // closed when it is open, or has failed for the first time
}

// add begins to open a store, unless it is known.
func (s *stores) add(ctx context.Context, c config.JobStore) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.known, func(o *store) bool { return o.config.Name == c.Name })
	if at >= 0 {
		if s.known[at].config != c {
			s.log.Warn(fmt.Sprintf("[jobstore:%s] has changed: that counts after a reload", c.Name))
		}
		return
	}
	o := &store{config: c, done: make(chan struct{})}
	s.known = append(s.known, o)
	slices.SortFunc(s.known, func(a, b *store) int { return strings.Compare(a.config.Name, b.config.Name) })
	s.running.Go(func() { s.open(ctx, o) })
}

// open tries until the store is open or ctx is over.
func (s *stores) open(ctx context.Context, o *store) {
	told := false
	tell := func() {
		if !told {
			told = true
			close(o.done)
		}
	}
	defer tell()
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		err := s.try(ctx, o)
		if err == nil || ctx.Err() != nil {
			return
		}
		if !told {
			s.log.Error(fmt.Sprintf("job store %s cannot be opened, and is tried again: %v", o.config, err))
		}
		tell()
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

// try opens the store once and hands it to the scheduler.
func (s *stores) try(ctx context.Context, o *store) error {
	limited, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	opened, err := OpenStore(limited, o.config, s.log)
	if err != nil {
		s.failed(o, err)
		return err
	}
	var warnings []string
	if e, ok := opened.(job.Examiner); ok {
		if warnings, err = e.Examine(limited); err != nil {
			warnings = []string{fmt.Sprintf("whether it keeps what it acknowledges is not known: %v", err)}
		}
	}
	for _, w := range warnings {
		s.log.Warn(fmt.Sprintf("job store %s: %s", o.config.Name, w))
	}
	if s.former != "" {
		if err := schedule.Bury(limited, opened, s.former); err != nil { // its lease ends by itself
			s.log.Warn(fmt.Sprintf("job store %s: %v", o.config.Name, err))
		}
	}
	err = s.scheduler.AddStore(o.config.Name, opened)
	s.mu.Lock() // whoever is told that it is open finds it in the scheduler
	away := !o.since.IsZero()
	o.store, o.err, o.since, o.warnings = opened, nil, time.Time{}, warnings
	s.mu.Unlock()
	if err != nil {
		s.log.Error(fmt.Sprintf("job store %s: %v", o.config.Name, err))
		return nil
	}
	if away {
		s.log.Info(fmt.Sprintf("job store %s is open now", o.config.Name))
	}
	if !s.declare(ctx, o.config.Name) {
		s.running.Go(func() { s.declareLater(ctx, o.config.Name) })
	}
	return nil
}

// declareLater tries again to put the jobs of the files into a store: until they
// are there, a due time of theirs is nobody's.
func (s *stores) declareLater(ctx context.Context, name string) {
	for wait := firstRetry; ; wait = min(2*wait, lastDeclare) {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
		if s.declare(ctx, name) {
			return
		}
	}
}

func (s *stores) failed(o *store, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.err = err; o.since.IsZero() {
		o.since = time.Now()
	}
}

// settle waits until each store is open or has failed once, a moment at most.
func (s *stores) settle(patience time.Duration) {
	s.mu.Lock()
	known := slices.Clone(s.known)
	s.mu.Unlock()
	timeout := time.After(patience)
	for _, o := range known {
		select {
		case <-o.done:
		case <-timeout:
			return
		}
	}
}

// health is the service's JobParts.Stores.
func (s *stores) health() []service.StoreHealth {
	s.mu.Lock()
	defer s.mu.Unlock()
	health := make([]service.StoreHealth, len(s.known))
	for n, o := range s.known {
		health[n] = service.StoreHealth{JobStore: o.config, Err: o.err, Since: o.since, Warnings: o.warnings}
		if o.store == nil && o.err == nil {
			health[n].Err = errOpening
		}
	}
	return health
}

// close closes the stores. Nothing may use them any more, and the context of
// add must be over.
func (s *stores) close() {
	s.running.Wait()
	for _, o := range s.known {
		if o.store == nil {
			continue
		}
		if err := o.store.Close(); err != nil {
			s.log.Warn(fmt.Sprintf("close job store %s: %v", o.config.Name, err))
		}
	}
}
