package mongo_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	mongodb "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/watchkeeper-go/watchkeeper/internal/ferrettest"
	"github.com/watchkeeper-go/watchkeeper/store/mongo"
)

// serverEnv names the server for tests. Who sets it has all tests run against
// that one, such as a real MongoDB; else TestMain starts FerretDB.
const serverEnv = "WATCHKEEPER_TEST_MONGO"

func TestMain(m *testing.M) {
	stop := func() {}
	if os.Getenv(serverEnv) == "" {
		server, err := ferrettest.Start()
		switch {
		case err == nil:
			stop = func() {
				if err := server.Stop(); err != nil {
					fmt.Fprintln(os.Stderr, "stop FerretDB:", err)
				}
			}
			os.Setenv(serverEnv, "mongodb://"+server.Address()+"/")
		case os.Getenv("CI") == "true":
			fmt.Fprintln(os.Stderr, "FerretDB is needed and does not start:", err)
			os.Exit(1)
		default:
			fmt.Fprintln(os.Stderr, "tests of the mongo store are skipped: FerretDB does not start:", err)
		}
	}
	code := m.Run()
	stop()
	os.Exit(code)
}

func serverURI(t testing.TB) string {
	t.Helper()
	uri := os.Getenv(serverEnv)
	if uri == "" {
		t.Skip("FerretDB does not start here")
	}
	return uri
}

// place is a database of a test's own.
type place struct {
	uri      string
	database string
	shared   *mongodb.Client
}

func newPlace(t testing.TB) place {
	t.Helper()
	p := place{uri: serverURI(t), database: "t" + bson.NewObjectID().Hex()}
	p.shared = p.client(t, nil)
	t.Cleanup(func() {
		if err := p.shared.Database(p.database).Drop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (p place) client(t testing.TB, dialer options.ContextDialer) *mongodb.Client {
	t.Helper()
	o := options.Client().ApplyURI(p.uri)
	if dialer != nil {
		o.SetDialer(dialer)
	}
	client, err := mongodb.Connect(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	return client
}

// open is a handle of the store, with a clock that the test sets.
func (p place) open(t testing.TB, clock func() time.Time) *mongo.Store {
	t.Helper()
	s, err := mongo.New(t.Context(), p.shared, mongo.Options{
		Database: p.database, Clock: clock, Poll: 10 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
