package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
)

// database is the sqlstore.DB of a pool.
type database struct{ pool *pgxpool.Pool }

// Read runs each statement by itself, on one connection.
func (d *database) Read(ctx context.Context, f func(sqlstore.Tx) error) error {
	conn, err := d.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	return f(session{conn})
}

// Write runs f in a transaction at the level read committed.
func (d *database) Write(ctx context.Context, f func(sqlstore.Tx) error) error {
	return persist(ctx, func() error {
		return pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error { return f(session{tx}) })
	})
}

// session is the sqlstore.Tx of a connection or of a transaction.
type session struct{ on querier }

type querier interface {
	Exec(ctx context.Context, statement string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, statement string, args ...any) (pgx.Rows, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

func (s session) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	tag, err := s.on.Exec(ctx, statement, args...)
	return tag.RowsAffected(), err
}

func (s session) Query(ctx context.Context, statement string, args ...any) (sqlstore.Rows, error) {
	return s.on.Query(ctx, statement, args...)
}

// SQLSTATEs of errors after which a transaction is begun anew.
const (
	uniqueViolation      = "23505"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	lockNotAvailable     = "55P03" // which is no reason to begin anew
)

// persist calls f until it does not fail for what another transaction did.
func persist(ctx context.Context, f func() error) error {
	for try := 1; ; try++ {
		err := f()
		if try == maxTries || !(is(err, serializationFailure) || is(err, deadlockDetected) || is(err, uniqueViolation)) {
			return err
		}
		select {
		case <-time.After(time.Duration(try) * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

func is(err error, state string) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == state
}
