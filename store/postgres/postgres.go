package postgres

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// Options are what may be chosen; the zero Options are fine.
type Options struct {
	Prefix string // of the names of tables and of the channel; "": "watchkeeper_"
	// IdleInTransaction is after how long the server ends a session that holds
	// a transaction open and says nothing, such as that of a process that was
	// stopped; 0: 5 s. It is to be below the lease of the schedulers.
	IdleInTransaction time.Duration
}

const (
	defaultPrefix = "watchkeeper_"
	defaultIdle   = 5 * time.Second
	// maxTries is how often a transaction is begun that loses against others.
	maxTries = 10
)

// Store is a job.Store in a PostgreSQL database. It may be used concurrently,
// and by many processes at once.
type Store struct {
	*sqlstore.Base
	pool    *pgxpool.Pool
	prefix  string
	text    statements
	watches sqlstore.Watches
}

var (
	_ job.Store      = (*Store)(nil)
	_ job.Watcher    = (*Store)(nil)
	_ job.Examiner   = (*Store)(nil)
	_ job.NodeLister = (*Store)(nil)
)

// Open connects to the database that url names (postgres://..., or
// "host=... dbname=...", as libpq has them; pool_max_conns is understood, too)
// and returns the Store in it, which is made when it is not there. There is
// job.ErrForeign when tables of these names are somebody else's.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	o.Prefix = cmp.Or(o.Prefix, defaultPrefix)
	if err := sqlstore.CheckPrefix(o.Prefix); err != nil {
		return nil, fmt.Errorf("open postgres store: %w", err)
	}
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("open postgres store: %w", err)
	}
	set := cfg.ConnConfig.RuntimeParams
	idle := cmp.Or(o.IdleInTransaction, defaultIdle)
	set["idle_in_transaction_session_timeout"] = fmt.Sprint(idle.Milliseconds())
	// Every statement has its index. A plan that was made while a table was
	// empty, and is kept, would walk over it when it is large.
	set["enable_seqscan"] = "off"
	// No statement is worth being compiled, but a walk over the few nodes, which
	// has no index, looks as if it were: so it would take a second.
	set["jit"] = "off"
	if set["application_name"] == "" {
		set["application_name"] = "watchkeeper"
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open postgres store: %w", err)
	}
	s := &Store{pool: pool, prefix: o.Prefix}
	d := s.dialect()
	s.Base = sqlstore.New(&database{pool}, d)
	s.text = statementsOf(d)
	if err := s.prepare(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("open postgres store: %w", err)
	}
	return s, nil
}

// Close implements job.Store.
func (s *Store) Close() error {
	s.watches.Stop()
	s.pool.Close()
	return nil
}

// prepare makes the tables, or finds that they are there and ours. One process
// does so at a time.
func (s *Store) prepare(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx sqlstore.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended($1, 0))`, "migrate "+s.prefix); err != nil {
			return fmt.Errorf("lock the schema: %w", err)
		}
		return s.Migrate(ctx, tx, func(table string) (bool, error) {
			rows, err := tx.Query(ctx, `select to_regclass($1) is not null`, table)
			if err != nil {
				return false, err
			}
			found, err := sqlstore.Collect(rows, sqlstore.One[bool])
			return err == nil && found[0], err
		})
	})
}
