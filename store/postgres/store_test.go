package postgres_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/watchkeeper-go/watchkeeper/internal/pgtest"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/job/storetest"
	"github.com/watchkeeper-go/watchkeeper/store/postgres"
)

func TestStore(t *testing.T) {
	server := pgtest.Need(t)
	storetest.Run(t, func(t *testing.T) storetest.Place {
		url := server.Database(t)
		return storetest.Place{
			Open: func(t *testing.T) job.Store { return open(t, url) },
			Corrupt: func(t *testing.T, id string) {
				execute(t, url, `update watchkeeper_jobs set body = '{' where id = $1`, id)
			},
		}
	})
}

func open(tb testing.TB, url string) *postgres.Store {
	tb.Helper()
	s, err := postgres.Open(tb.Context(), url, postgres.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// execute changes the database as somebody else would.
func execute(tb testing.TB, url, statement string, args ...any) {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(tb.Context())
	if _, err := conn.Exec(tb.Context(), statement, args...); err != nil {
		tb.Fatal(err)
	}
}
