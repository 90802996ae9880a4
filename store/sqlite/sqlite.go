package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// Options are what may be chosen; the zero Options are fine.
type Options struct {
	Prefix string // of the names of tables; "": "watchkeeper_"
	// Now is the store's clock; nil: time.Now.
	Now func() time.Time
	// Fast leaves it to the system when what is acknowledged reaches the disk
	// (synchronous = NORMAL). A loss of power may then undo the last moments,
	// and what was run in them is run again; a crash of the program does not.
	Fast bool
}

const (
	defaultPrefix = "watchkeeper_"
	// busy is how long a writer waits for one of another process.
	busy = 10 * time.Second
	// maxReaders is how many connections read at the same time.
	maxReaders = 4
)

// Store is a job.Store in a file. It may be used concurrently, and by many
// processes of one host at once.
type Store struct {
	*sqlstore.Base
	path    string
	readers *readers
	writer  *writer
	prefix  string
	now     func() time.Time
	text    statements
	watches sqlstore.Watches
}

var (
	_ job.Store      = (*Store)(nil)
	_ job.Watcher    = (*Store)(nil)
	_ job.Examiner   = (*Store)(nil)
	_ job.NodeLister = (*Store)(nil)
)

// Open opens the file at path, which is made when it is not there, and returns
// the Store in it. There is job.ErrForeign when the file is something else, or
// has tables of these names that are somebody else's.
func Open(path string, o Options) (*Store, error) {
	o.Prefix = cmp.Or(o.Prefix, defaultPrefix)
	s, err := open(path, o)
	if err != nil {
		return nil, fmt.Errorf("open sqlite store %s: %w", path, err)
	}
	return s, nil
}

func open(path string, o Options) (*Store, error) {
	if path == "" || path == ":memory:" {
		return nil, errors.New("it needs a file; package store/memory keeps jobs without one")
	}
	if err := sqlstore.CheckPrefix(o.Prefix); err != nil {
		return nil, err
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	connector, err := sqlite.NewConnector(source(path, o))
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, prefix: o.Prefix, now: o.Now, readers: newReaders(sql.OpenDB(connector))}
	if s.now == nil {
		s.now = time.Now
	}
	s.writer = newWriter(sql.OpenDB(connector))
	d := s.dialect()
	s.text = statementsOf(d)
	s.Base = sqlstore.New(&database{s}, d)
	if err := s.prepare(context.Background()); err != nil {
		if code(err) == lib.SQLITE_NOTADB {
			err = fmt.Errorf("the file %w: %w", job.ErrForeign, err)
		}
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// source names the file and what each connection to it is to be.
func source(path string, o Options) string {
	synchronous := "FULL"
	if o.Fast {
		synchronous = "NORMAL"
	}
	q := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busy.Milliseconds()),
		"journal_mode(WAL)",
		"synchronous(" + synchronous + ")",
		"temp_store(MEMORY)",
		"cache_size(-16384)",
		"wal_autocheckpoint(4000)",
	}}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}).String()
}

// code is the primary code of an error of SQLite; 0: it is none.
func code(err error) int {
	return extended(err) & 0xff
}

// extended is the code with what SQLite adds to it.
func extended(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// Close implements job.Store.
func (s *Store) Close() error {
	s.watches.Stop()
	return errors.Join(s.writer.close(), s.readers.close())
}

func (s *Store) prepare(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx sqlstore.Tx) error {
		return s.Migrate(ctx, tx, func(table string) (bool, error) {
			rows, err := tx.Query(ctx, `select count(*) from sqlite_master where name = ?1`, table)
			if err != nil {
				return false, err
			}
			found, err := sqlstore.Collect(rows, sqlstore.One[bool])
			return err == nil && found[0], err
		})
	})
}
