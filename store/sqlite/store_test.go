package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore/sqlstoretest"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/job/storetest"
	"github.com/watchkeeper-go/watchkeeper/store/sqlite"
)

// clock is one that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Place {
		path := filepath.Join(t.TempDir(), "jobs.db")
		c := &clock{now: time.Now()}
		return storetest.Place{
			Open:    func(t *testing.T) job.Store { return open(t, path, sqlite.Options{Now: c.Now}) },
			Advance: c.Advance,
			Now:     c.Now,
			Corrupt: func(t *testing.T, id string) {
				execute(t, path, `update watchkeeper_jobs set body = '{' where id = ?`, id)
			},
		}
	})
}

func TestPruneGoesAroundManyJobs(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "jobs.db"), sqlite.Options{Fast: true})
	defer s.Close()
	sqlstoretest.PruneManyJobs(t, s)
}

func open(tb testing.TB, path string, o sqlite.Options) *sqlite.Store {
	tb.Helper()
	s, err := sqlite.Open(path, o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// execute changes the file as somebody else would.
func execute(tb testing.TB, path, statement string, args ...any) {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement, args...); err != nil {
		tb.Fatal(err)
	}
}
