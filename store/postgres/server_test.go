package postgres_test

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/pgtest"
	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// shared is the server of all tests that do not harm it. The first of them
// starts it.
var shared struct {
	sync.Once
	*pgtest.Server
	err error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.Server != nil {
		if err := shared.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// need is the shared server; without PostgreSQL the test is skipped, and fails
// where CI is true.
func need(tb testing.TB) *pgtest.Server {
	tb.Helper()
	shared.Do(func() { shared.Server, shared.err = pgtest.Start() })
	switch err := shared.err; {
	case err == nil:
	case errors.Is(err, pgtest.ErrMissing):
		servertest.Missing(tb, "a server", err)
	default:
		tb.Fatal(err)
	}
	return shared.Server
}
