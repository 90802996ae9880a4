package postgres_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore/sqlstoretest"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/job/storetest"
	"github.com/watchkeeper-go/watchkeeper/store/postgres"
)

func TestStore(t *testing.T) {
	url := need(t).Database(t)
	places := 0
	storetest.Run(t, func(t *testing.T) storetest.Place {
		places++
		prefix := fmt.Sprintf("place%d_", places)
		return storetest.Place{
			Holds: true,
			Open: func(t *testing.T) job.Store {
				s, err := postgres.Open(t.Context(), url, postgres.Options{Prefix: prefix})
				if err != nil {
					t.Fatal(err)
				}
				return s
			},
			Corrupt: func(t *testing.T, id string) {
				execute(t, url, `update `+prefix+`jobs set body = '{' where id = $1`, id)
			},
		}
	})
}

func TestPruneGoesAroundManyJobs(t *testing.T) {
	s := open(t, need(t).Database(t))
	defer s.Close()
	sqlstoretest.PruneManyJobs(t, s)
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
